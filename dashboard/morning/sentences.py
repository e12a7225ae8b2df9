"""The sentences of the morning: a few patterns for each kind and language, filled with numbers that are formatted once.

Written to be read aloud. Nothing is said of why: the data do not know.
"""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from babel.dates import format_date

from dashboard import format as fmt
from dashboard.indicator import Better, Indicator, Unit, Window
from etl.text import Text


class Kind(StrEnum):
    """What a sentence says; the worst first."""

    MISSED_WORSE = "missed_worse"  # past its target, and worse than usual
    MISSED = "missed"  # past its target
    WORSE = "worse"  # worse than usual
    STALE = "stale"  # the data are too old to say anything


MARKS = {
    Kind.MISSED_WORSE: Text("▲ melewati target dan memburuk", "▲ past its target and worse"),
    Kind.MISSED: Text("▲ melewati target", "▲ past its target"),
    Kind.WORSE: Text("◆ memburuk", "◆ worse"),
    Kind.STALE: Text("■ belum dapat dinilai", "■ cannot be judged yet"),
}
PATTERNS = {
    Kind.MISSED_WORSE: Text(
        "{subject} {moved} menjadi {now} {when}, {side} target {aim}; {usual}.",
        "{subject} {moved} to {now} {when}, {side} the target of {aim}; {usual}.",
    ),
    Kind.MISSED: Text(
        "{subject} {still} {now} {when}, {side} target {aim}.",
        "{subject} {still} {now} {when}, {side} the target of {aim}.",
    ),
    Kind.WORSE: Text("{subject} {moved} menjadi {now} {when}; {usual}.", "{subject} {moved} to {now} {when}; {usual}."),
}
STALE = Text(
    "Data {app} terakhir masuk {moment}; {subject} belum dapat dinilai.",
    "The data of {app} last came in {moment}; {subject} cannot be judged yet.",
)
RISEN, FALLEN = Text("naik", "rose"), Text("turun", "fell")
ABOVE, BELOW = Text("di atas", "above"), Text("di bawah", "below")
STILL, REACHED, ONLY = Text("masih", "stayed at"), Text("mencapai", "came to"), Text("hanya", "came only to")
YESTERDAY = Text("kemarin", "yesterday")
AT_ITS_END = Text("sampai tadi malam", "by last night")
BY_REPORT = Text("menurut laporan terakhir", "by the latest report")
SO_FAR = Text("sampai kemarin", "up to yesterday")
WHEN = {Window.PERIOD: YESTERDAY, Window.WEEK: AT_ITS_END, Window.MOMENT: AT_ITS_END, Window.KNOWN: BY_REPORT}
ON_A_DAY, UP_TO_A_DAY = Text("pada {day}", "on {day}"), Text("sampai {day}", "up to {day}")  # read long afterwards
COUNTED_IN_WORDS = frozenset({Unit.MINUTES, Unit.HOURS, Unit.PER_100K, Unit.PER_1000, Unit.KG})


def amount(number: float, unit: Unit, language: str) -> str:
    """A value in a sentence. A count needs no unit's word: the subject says what is counted."""
    shown = fmt.figure(number, unit, language)
    return f"{shown} {unit.value.say(language)}" if unit in COUNTED_IN_WORDS else shown


def when_words(about: Indicator, day: dt.date, dated: bool, language: str) -> str:
    """When it was: yesterday, or in what is read long afterwards the day itself."""
    if not dated or about.window is Window.KNOWN:
        return WHEN.get(about.window, SO_FAR).say(language)
    named = ON_A_DAY if about.window is Window.PERIOD else UP_TO_A_DAY
    return named.say(language).format(day=fmt.day(day, language))


def usual_words(about: Indicator, usual: float, day: dt.date, language: str) -> str:
    """What a value is compared with."""
    shown = _average(usual, about.unit, language)
    if about.window is Window.MONTH:
        return Text(f"pada tanggal yang sama bulan lalu {shown}", f"by the same day last month {shown}").say(language)
    if about.window is Window.WEEK:
        return Text(f"rata-rata empat minggu sebelumnya {shown}", f"the four weeks before had {shown}").say(language)
    weekday = str(format_date(day, "EEEE", locale=language))
    return Text(f"biasanya {shown} pada hari {weekday}", f"on a {weekday} {shown} is usual").say(language)


def _average(usual: float, unit: Unit, language: str) -> str:
    """A mean of small counts with one decimal: 2.5 is not 3."""
    if unit.adds_up and unit is not Unit.RUPIAH and usual < 10 and usual != round(usual):
        return fmt.number(usual, language, 1)
    return amount(usual, unit, language)


@dataclass(frozen=True)
class Facts:
    """What a sentence is made of: values in the indicator's unit, of one day."""

    kind: Kind
    about: Indicator
    subject: Text
    now: float
    usual: float | None
    aim: float | None
    day: dt.date
    lasts: bool  # it was so the day before, too


def sentence(of: Facts, language: str, dated: bool) -> str:
    """What is to be said; ``dated`` names the day, for what is read long afterwards."""
    about, usual, aim = of.about, of.usual, of.aim
    moved = FALLEN if usual is not None and of.now < usual else RISEN
    side = BELOW if about.better is Better.MORE else ABOVE
    filled = PATTERNS[of.kind].say(language).format(
        subject=of.subject.say(language),
        moved=moved.say(language),
        still=(STILL if of.lasts else ONLY if about.better is Better.MORE else REACHED).say(language),
        now=amount(of.now, about.unit, language),
        when=when_words(about, of.day, dated, language),
        side=side.say(language),
        aim="" if aim is None else amount(aim, about.unit, language),
        usual="" if usual is None else usual_words(about, usual, of.day, language),
    )  # fmt: skip
    return capital(filled)


def stale(app: str, moment: str, subjects: list[Text], language: str) -> str:
    """That data are too old to say anything, and of what."""
    named = [subject.say(language) for subject in subjects]
    more = Text(f" dan {len(named) - 1} angka lain", f" and {len(named) - 1} more figures").say(language)
    return STALE.say(language).format(app=app, moment=moment, subject=named[0] + (more if len(named) > 1 else ""))


def since_words(first: dt.date, days: int, at_least: bool, language: str) -> str:
    """Since when it has been so."""
    if days < 2:
        return ""
    date = fmt.day(first, language)
    return Text(
        f"Sudah sejak {'sebelum ' if at_least else ''}{date}.", f"So since {'before ' if at_least else ''}{date}."
    ).say(language)


def capital(words: str) -> str:
    """With a capital letter at its beginning."""
    return words[:1].upper() + words[1:]
