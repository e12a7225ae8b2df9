"""What people type on the page of screens: a schedule and a playlist, a line each."""

import re

from dashboard.wall.turns import Entry, Playlist, Slot
from dashboard.words import WEEKDAYS
from dashboard.wrong import Wrong
from etl.text import Text

LINE = re.compile(r"(?P<days>[^\s\d]+)\s+(?P<since>[\d:.]+)\s*[-–]\s*(?P<until>[\d:.]+)\s+(?P<playlist>\S+)")
DAYS = {name.lower(): number for names in WEEKDAYS.values() for number, name in enumerate(names, 1)}
EVERY_DAY = "setiap"


def schedule_of(written: str) -> tuple[Slot, ...]:
    """Slots from lines such as ``Sen-Jum 07:00-18:00 siang``. Raises Wrong naming the line."""
    lines = [line.strip() for line in written.splitlines() if line.strip()]
    return tuple(_slot(number, line) for number, line in enumerate(lines, 1))


def _slot(number: int, line: str) -> Slot:
    found = LINE.fullmatch(line)
    if found is None:
        raise Wrong(
            f"schedule[{number}]",
            Text(
                f"{line!r}: tulis hari, jam, daftar putar, misalnya Sen-Jum 07:00-18:00 siang.",
                f"{line!r}: write days, hours, playlist, such as Mon-Fri 07:00-18:00 day.",
            ),
        )
    since, until = (found[name].replace(".", ":").zfill(5) for name in ("since", "until"))
    return Slot(found["playlist"], _days(number, found["days"]), since, until)


def _days(number: int, said: str) -> tuple[int, ...]:
    if said.lower() in (EVERY_DAY, "daily"):
        return tuple(range(1, 8))
    days: list[int] = []
    for part in said.lower().split(","):
        first, _, last = part.partition("-")
        if first not in DAYS or (last and last not in DAYS):
            known = ", ".join(WEEKDAYS["id"])
            raise Wrong(f"schedule[{number}].days", Text(f"{said!r}: hari {known}.", f"{said!r}: days are {known}."))
        begin, end = DAYS[first], DAYS[last or first]
        days += [(begin - 1 + step) % 7 + 1 for step in range((end - begin) % 7 + 1)]
    return tuple(sorted(set(days)))


def schedule_words(schedule: tuple[Slot, ...], language: str) -> str:
    """The lines again, as they would be typed."""
    return "\n".join(f"{_day_words(one.days, language)} {one.since}-{one.until} {one.playlist}" for one in schedule)


def _day_words(days: tuple[int, ...], language: str) -> str:
    names = WEEKDAYS["en" if language == "en" else "id"]
    if len(days) == 7:
        return "daily" if language == "en" else EVERY_DAY
    if len(days) > 2 and days == tuple(range(days[0], days[-1] + 1)):
        return f"{names[days[0] - 1]}-{names[days[-1] - 1]}"
    return ",".join(names[day - 1] for day in days)


def playlist_of(written: str) -> Playlist:
    """A playlist from lines such as ``kota 45``. Raises Wrong naming the line."""
    lines = [line.split() for line in written.splitlines() if line.strip()]
    for number, words in enumerate(lines, 1):
        if len(words) != 2 or not words[1].isdecimal():
            raise Wrong(
                f"entries[{number}]",
                Text("Tulis adegan dan detiknya, misalnya kota 45.", "Write scene and seconds, such as kota 45."),
            )
    return Playlist(tuple(Entry(scene, int(seconds)) for scene, seconds in lines))


def playlist_words(playlist: Playlist) -> str:
    """The lines again, as they would be typed."""
    return "\n".join(f"{entry.scene} {entry.seconds:g}" for entry in playlist.entries)
