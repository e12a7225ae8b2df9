"""Whose turn it is: playlists, the days and hours they are for, and the scene that stands now.

The scene follows from the clock alone, so that a wall that was away comes back to where the others are.
``assets/wall.js`` counts in the same way.
"""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from dashboard.wall.scene import LONGEST_S, SHORTEST_S, Scene
from dashboard.wrong import Wrong
from etl.text import Text

EVERYTHING = "semua"  # the playlist that is always there: every scene of the city
CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
MOST_ENTRIES = 50
NO_DAYS = Text("Pilih hari 1–7 (1 = Senin).", "Days are 1 to 7; 1 is Monday.")


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A scene and for how many seconds it stands."""

    scene: str
    seconds: float


class Playlist(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Scenes that take turns."""

    entries: tuple[Entry, ...]


class Slot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """On these days (1 is Monday), between these hours of the city, a playlist; past midnight where until ≤ since."""

    playlist: str
    days: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7)
    since: str = "00:00"
    until: str = "24:00"

    def covers(self, moment: dt.datetime) -> bool:
        """Whether a local moment lies in it; the hours after midnight belong to the day on which they began."""
        clock = f"{moment:%H:%M}"
        if self.since < self.until:
            return moment.isoweekday() in self.days and self.since <= clock < self.until
        late = moment.isoweekday() in self.days and clock >= self.since
        early = (moment - dt.timedelta(days=1)).isoweekday() in self.days and clock < self.until
        return late or early


class Night(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Darker between these hours of the city; brightness in %."""

    since: str = "22:00"
    until: str = "05:30"
    brightness: int = 40


def check_playlist(playlist: Playlist, scenes: Mapping[str, Scene]) -> Playlist:
    """The playlist, when it can be shown. Raises Wrong naming the entry."""
    if not 1 <= len(playlist.entries) <= MOST_ENTRIES:
        raise Wrong("entries", Text(f"Isi 1–{MOST_ENTRIES} adegan.", f"Write 1 to {MOST_ENTRIES} scenes."))
    for number, entry in enumerate(playlist.entries, 1):
        if entry.scene not in scenes:
            known = ", ".join(scenes)
            raise Wrong(
                f"entries[{number}].scene",
                Text(
                    f"Tidak ada adegan {entry.scene!r}. Yang ada: {known}.",
                    f"There is no scene {entry.scene!r}. There are: {known}.",
                ),
            )
        if not SHORTEST_S <= entry.seconds <= LONGEST_S:
            raise Wrong(
                f"entries[{number}].seconds",
                Text(f"{SHORTEST_S}–{LONGEST_S} detik.", f"{SHORTEST_S} to {LONGEST_S} seconds."),
            )
    return playlist


def check_schedule(schedule: Sequence[Slot], playlists: Mapping[str, Playlist]) -> tuple[Slot, ...]:
    """The slots, when each makes sense. Raises Wrong naming the slot."""
    for number, slot in enumerate(schedule, 1):
        if slot.playlist not in playlists:
            known = ", ".join(playlists)
            raise Wrong(
                f"schedule[{number}].playlist",
                Text(
                    f"Tidak ada daftar putar {slot.playlist!r}. Yang ada: {known}.",
                    f"There is no playlist {slot.playlist!r}. There are: {known}.",
                ),
            )
        if not slot.days or not set(slot.days) <= set(range(1, 8)):
            raise Wrong(f"schedule[{number}].days", NO_DAYS)
        check_clock(f"schedule[{number}].since", slot.since)
        check_clock(f"schedule[{number}].until", slot.until)
    return tuple(schedule)


def check_clock(field: str, said: str) -> None:
    """Raises Wrong for what is no time of the day."""
    if not CLOCK.fullmatch(said):
        raise Wrong(field, Text(f"{said!r} bukan jam; tulis 07:00.", f"{said!r} is no time of day; write 07:00."))


def everything(scenes: Mapping[str, Scene]) -> Playlist:
    """Every scene for as long as it says itself."""
    return Playlist(tuple(Entry(slug, scene.seconds) for slug, scene in scenes.items()))


def playlist_now(schedule: Sequence[Slot], local: dt.datetime) -> str:
    """The playlist of the first slot that covers this moment; without one every scene takes its turn."""
    return next((slot.playlist for slot in schedule if slot.covers(local)), EVERYTHING)


@dataclass(frozen=True)
class Turn:
    """What stands: the place in the playlist, and for how many seconds more."""

    index: int
    left_s: float


def turn(entries: Sequence[Entry], shift_s: float, now: dt.datetime) -> Turn:
    """The entry that stands at a moment."""
    total = sum(entry.seconds for entry in entries)
    into = (now.timestamp() + shift_s) % total
    for index, entry in enumerate(entries):
        if into < entry.seconds:
            return Turn(index, entry.seconds - into)
        into -= entry.seconds
    return Turn(0, entries[0].seconds)  # rounding at the very end


def stepped(entries: Sequence[Entry], shift_s: float, now: dt.datetime, steps: int) -> float:
    """The shift by which the entry so many steps on begins now."""
    wanted = (turn(entries, shift_s, now).index + steps) % len(entries)
    total = sum(entry.seconds for entry in entries)
    begins = sum(entry.seconds for entry in entries[:wanted])
    return (begins - now.timestamp()) % total
