"""Whose turn it is: the same on every screen at every moment, and always somebody's."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.wall.scene import read_scene, scene_files
from dashboard.wall.spoken import playlist_of, playlist_words, schedule_of, schedule_words
from dashboard.wall.turns import (
    EVERYTHING,
    Entry,
    Playlist,
    Slot,
    check_playlist,
    check_schedule,
    everything,
    playlist_now,
    stepped,
    turn,
)
from dashboard.wrong import Wrong
from etl.cities import all_cities

SCENES = {slug: read_scene(path) for slug, path in scene_files(all_cities()[0]).items()}
moments = st.datetimes(dt.datetime(2020, 1, 1), dt.datetime(2040, 1, 1), timezones=st.just(dt.UTC))
playlists = st.lists(st.builds(Entry, st.sampled_from(sorted(SCENES)), st.integers(5, 600)), min_size=1, max_size=12)
slots = st.builds(
    Slot,
    st.just(EVERYTHING),
    st.sets(st.integers(1, 7), min_size=1).map(lambda days: tuple(sorted(days))),
    st.times().map(lambda clock: f"{clock:%H:%M}"),
    st.times().map(lambda clock: f"{clock:%H:%M}"),
)


@given(playlists, st.floats(-1e6, 1e6), moments)
def test_somebody_has_the_turn_and_gives_it_on_in_time(entries: list[Entry], shift: float, now: dt.datetime) -> None:
    stands = turn(entries, shift, now)
    assert 0 < stands.left_s <= entries[stands.index].seconds
    after = turn(entries, shift, now + dt.timedelta(seconds=stands.left_s + 0.01))
    assert after.index == (stands.index + 1) % len(entries)


@given(playlists, st.floats(-1e5, 1e5), moments, st.integers(-3, 3))
def test_a_step_begins_its_scene_now(entries: list[Entry], shift: float, now: dt.datetime, steps: int) -> None:
    before, moved = turn(entries, shift, now), stepped(entries, shift, now, steps)
    soon = turn(entries, moved, now + dt.timedelta(milliseconds=5))
    assert soon.index == (before.index + steps) % len(entries)
    assert soon.left_s > entries[soon.index].seconds - 0.1


@settings(max_examples=20, deadline=None)
@given(slots, moments)
def test_a_slot_covers_as_many_minutes_of_a_week_as_it_says(slot: Slot, start: dt.datetime) -> None:
    week = [start.replace(second=0, microsecond=0) + dt.timedelta(minutes=n) for n in range(7 * 24 * 60)]
    covered = sum(slot.covers(moment) for moment in week)
    begin, end = (int(clock[:2]) * 60 + int(clock[3:]) for clock in (slot.since, slot.until))
    once = end - begin if begin < end else end - begin + 24 * 60
    assert covered == once * len(slot.days)


def test_past_midnight_belongs_to_the_evening_before() -> None:
    night = Slot("malam", (5,), "22:00", "02:00")  # Friday
    saturday = dt.datetime(2026, 11, 28, 1, 30)
    assert night.covers(saturday) and not night.covers(saturday - dt.timedelta(days=1))
    assert playlist_now((night,), saturday) == "malam" and playlist_now((), saturday) == EVERYTHING


@given(st.lists(slots, max_size=5), st.sampled_from(["id", "en"]))
def test_a_schedule_is_read_as_it_is_written(schedule: list[Slot], language: str) -> None:
    assert schedule_of(schedule_words(tuple(schedule), language)) == tuple(schedule)


@given(playlists)
def test_a_playlist_is_read_as_it_is_written(entries: list[Entry]) -> None:
    assert playlist_of(playlist_words(Playlist(tuple(entries)))) == Playlist(tuple(entries))


def test_everything_can_be_shown() -> None:
    assert check_playlist(everything(SCENES), SCENES)


@pytest.mark.parametrize(
    ("written", "field"),
    [
        ("", "entries"),
        ("kota", "entries[1]"),
        ("kota 45\npasar lama", "entries[2]"),
        ("kota 45\ntidakada 30", "entries[2].scene"),
        ("kota 1", "entries[1].seconds"),
    ],
)
def test_a_playlist_that_cannot_be_shown_is_refused_by_its_line(written: str, field: str) -> None:
    with pytest.raises(Wrong) as refused:
        check_playlist(playlist_of(written), SCENES)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("written", "field"),
    [
        ("setiap hari siang", "schedule[1]"),
        ("Sen-Jum 07:00-18:00 semua\nMum 07:00-18:00 semua", "schedule[2].days"),
        ("Sen 25:00-26:00 semua", "schedule[1].since"),
        ("Sen 07:00-18:61 semua", "schedule[1].until"),
        ("Sen 07:00-18:00 siang", "schedule[1].playlist"),
    ],
)
def test_a_schedule_that_makes_no_sense_is_refused_by_its_line(written: str, field: str) -> None:
    with pytest.raises(Wrong) as refused:
        check_schedule(schedule_of(written), {EVERYTHING: everything(SCENES)})
    assert refused.value.field == field
