"""How a table writes its numbers, days and moments: what reads the most cells, and what stays unclear.

A source declares one notation for all its columns, so the whole table is looked at at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from etl.cells import MONTHS, WEEKDAYS, number, typed
from etl.contract import Kind
from etl.source import Format
from etl.text import Text

ENOUGH = 0.95  # of the cells of a column: the others are told to a person
ZONE = "UTC"  # only whether a moment can be read matters here
MOST_FORMS = 4
MONEY = r"(?i)\b(?:rp|idr)\b\.?\s*[-(]?\d|^\(?-?\s*rp"
THOUSANDTHS = r"\.\d{3,}$"

NOTATIONS = {
    "1234.5": Format(),
    "1.234,5": Format(decimal=",", thousands="."),
    "1,234.5": Format(decimal=".", thousands=","),
    "1234,5": Format(decimal=",", thousands=""),
    "1 234,5": Format(decimal=",", thousands=" "),
}
"""Every notation that is proposed, by how it writes 1234.5; the plainest first."""

ISO_DAYS = ("%Y-%m-%d", "%Y/%m/%d")
DAYS_FIRST = ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d %m %Y", "%d/%m/%y", "%d-%m-%y")
MONTHS_FIRST = ("%m/%d/%Y", "%m-%d-%Y", "%m/%d/%y", "%m-%d-%y")
HOURS = ("%H:%M:%S%.f", "%H:%M", "%H.%M")
DAY_FORMS = (*ISO_DAYS, *DAYS_FIRST, *MONTHS_FIRST)
MOMENT_FORMS = (
    "%Y-%m-%dT%H:%M:%S%.f%#z",
    "%Y-%m-%d %H:%M:%S%.f%#z",
    "%Y-%m-%dT%H:%M:%S%.f",
    *(f"{day} {hour}" for day in DAY_FORMS for hour in HOURS),
)
BARE_DAY_FORMS = ("%Y%m%d", "excel")  # digits alone: only under a header that says a day
BARE_MOMENT_FORMS = ("epoch_ms", "epoch_s")
WITH_PARTS = r"\d[-/.\s]\w+[-/.\s]\d"  # a day of three parts, at the least
DATED = rf"{WITH_PARTS}|^\d+$"
OLDEST, NEWEST = "1990-01-01", "2100-01-01"  # of what bare digits may mean


@dataclass(frozen=True)
class Numbers:
    """The notation of a table; None when two notations read the same cells as different numbers."""

    format: Format | None
    doubt: Text | None = None


@dataclass(frozen=True)
class Forms:
    """The formats that read a table's days or moments, in the order in which they are tried."""

    forms: tuple[str, ...] = ()
    doubts: tuple[Text, ...] = field(default=())


def values(cells: pl.Series, notation: Format) -> pl.Series:
    """Cells as canonical number texts; null where this notation does not read them."""
    return pl.DataFrame({"text": cells}).select(number(pl.col("text"), notation)).to_series()


def is_numeric(cells: pl.Series) -> bool:
    """Whether some notation reads nearly all cells."""
    return any(reads(cells, notation) for notation in NOTATIONS.values())


def reads(cells: pl.Series, notation: Format) -> bool:
    """Whether one notation reads nearly all cells."""
    return len(cells) > 0 and values(cells, notation).null_count() <= len(cells) * (1 - ENOUGH)


def numbers(columns: Sequence[tuple[pl.Series, bool]]) -> Numbers:
    """The one notation of these number columns, each with whether its header says rupiah.

    Rupiah have no thousandths: under such a header, or behind ``Rp``, ``150.000`` is not in doubt.
    """
    if not columns:
        return Numbers(Format())
    texts = pl.concat([cells for cells, _ in columns]).unique(maintain_order=True)
    rupiah = pl.concat([cells if said else cells.filter(cells.str.contains(MONEY)) for cells, said in columns])
    read = {
        shown: values(texts, notation)
        for shown, notation in NOTATIONS.items()
        if not values(rupiah, notation).str.contains(THOUSANDTHS).any()
    }
    most = max((found.is_not_null().sum() for found in read.values()), default=0)
    best = {shown: found for shown, found in read.items() if found.is_not_null().sum() == most and most}
    if not best:
        return Numbers(None, Text("tidak ada bentuk bilangan yang cocok", "no notation of numbers fits"))
    first, *others = best
    different = {shown: best[first].cast(pl.Float64).ne_missing(best[shown].cast(pl.Float64)) for shown in others}
    in_doubt = [(shown, texts.filter(mark)[0]) for shown, mark in different.items() if mark.any()]
    return Numbers(None, _ambiguous(first, *in_doubt[0])) if in_doubt else Numbers(NOTATIONS[first])


def _ambiguous(one: str, other: str, cell: str) -> Text:
    return Text(
        f"{cell!r} dibaca berbeda menurut bentuk {one} dan {other}; tanyakan kepada pengirim,"
        f" lalu ulangi dengan --numbers {one} atau --numbers {other}",
        f"{cell!r} reads differently in the notations {one} and {other}; ask the sender,"
        f" then repeat with --numbers {one} or --numbers {other}",
    )


def is_spelled(cells: pl.Series) -> bool:
    """Whether days are spelled with Indonesian months or weekdays."""
    months = "|".join(name for name, _ in MONTHS)
    return bool(cells.str.contains(rf"(?i)\d\s*(?:{months})\s*\d|{WEEKDAYS.removeprefix('(?i)')}[,(\s]*\d").any())


def forms_of(cells: pl.Series, kind: Kind, spelled: bool, bare: bool = False) -> tuple[str, ...]:
    """The formats that together read nearly all cells as this kind; empty when none do.

    The one that reads most is first, and DD/MM before MM/DD. ``bare`` also tries digits alone.
    """
    if cells.str.contains(DATED if bare else WITH_PARTS).sum() < len(cells) * ENOUGH:
        return ()
    left, chosen = cells, list[str]()
    while len(left) and len(chosen) < MOST_FORMS:
        read = {form: _read(left, kind, form, spelled) for form in _candidates(kind, bare)}
        best = max(read, key=lambda form: int(read[form].sum()))
        if read[best].sum() < max(1, len(cells) * (1 - ENOUGH)):
            break
        chosen.append(best)
        left = left.filter(~read[best])
    return tuple(chosen) if len(left) <= len(cells) * (1 - ENOUGH) else ()


def forms(columns: Sequence[pl.Series], kind: Kind, spelled: bool, bare: bool) -> Forms:
    """The formats of all columns of this kind together, and what they leave in doubt."""
    if not columns:
        return Forms()
    texts = pl.concat(columns)
    chosen = forms_of(texts, kind, spelled, bare)
    return Forms(chosen, tuple(filter(None, (_turned(texts, kind, form, spelled, chosen) for form in chosen))))


def _candidates(kind: Kind, bare: bool) -> tuple[str, ...]:
    if kind is Kind.DATE:
        return (*DAY_FORMS, *(BARE_DAY_FORMS if bare else ()))
    return (*MOMENT_FORMS, *(BARE_MOMENT_FORMS if bare else ()))


def _read(cells: pl.Series, kind: Kind, form: str, spelled: bool) -> pl.Series:
    written = Format(dates=(form,), datetimes=(form,), indonesian_months=spelled)
    found = pl.DataFrame({"text": cells}).select(typed(kind, pl.col("text"), written, ZONE)).to_series()
    if form in (*BARE_DAY_FORMS, *BARE_MOMENT_FORMS):
        return found.dt.date().is_between(pl.lit(OLDEST).str.to_date(), pl.lit(NEWEST).str.to_date()).fill_null(False)
    return found.is_not_null()


def _turned(texts: pl.Series, kind: Kind, form: str, spelled: bool, chosen: tuple[str, ...]) -> Text | None:
    """The doubt about a format whose day and month could be the other way round."""
    other = _swapped(form)
    if other is None or other not in _candidates(kind, bare=False):
        return None
    mine, theirs = _read(texts, kind, form, spelled), _read(texts, kind, other, spelled)
    if other in chosen and "%d" in form and form.index("%d") < form.index("%m"):
        return Text(
            f"hari-bulan ({form}) dan bulan-hari ({other}) tercampur; yang bisa keduanya dibaca {form}",
            f"day-month ({form}) and month-day ({other}) are mixed; what can be both is read {form}",
        )
    if other in chosen or (mine & ~theirs).any():
        return None
    cell = texts.filter(mine)[0]
    return Text(
        f"{cell!r} dibaca hari dahulu ({form}); tidak ada sel yang membuktikannya",
        f"{cell!r} is read day first ({form}); no cell proves it",
    )


def _swapped(form: str) -> str | None:
    day, month = form.find("%d"), form.find("%m")
    if day < 0 or month < 0 or form.startswith("%Y"):
        return None
    return form.replace("%d", "%%").replace("%m", "%d").replace("%%", "%m")
