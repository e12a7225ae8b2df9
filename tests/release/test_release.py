"""A release is whole or not there; what was hidden stays hidden; what changed is told as a correction."""

import datetime as dt
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.bundle import About, Bundle, Column, Kind, Manifest, NoRelease, Shelf
from etl.release import Cell, Draft, NotReleasable, Past, Why, check, make, published
from etl.text import Text

NAME = Text("Kasus", "Cases")
AREA = Column(key="area", title=NAME, meaning=NAME, kind=Kind.AREA)
PERIOD = Column(key="period", title=NAME, meaning=NAME, kind=Kind.PERIOD)
CASES = Column(key="cases", title=NAME, meaning=NAME, kind=Kind.COUNT, unit="CASES", flagged=True)
PART = Column(key="online", title=NAME, meaning=NAME, kind=Kind.COUNT, unit="CASES", flagged=True)
SHARE = Column(key="share", title=NAME, meaning=NAME, kind=Kind.PERCENT, flagged=True)
ABOUT = About(
    name="cases",
    subject="corona",
    title=NAME,
    meaning=NAME,
    grain=NAME,
    columns=(AREA, PERIOD, CASES),
    key=("area", "period"),
    datasets=("covid_cases",),
    sources=(),
    step="week",
)
WEEK = "2026-11-14"
ROOT = ("64.72", WEEK)
MOMENT = dt.datetime(2026, 11, 27, tzinfo=dt.UTC)
MANIFEST = Manifest(
    city="kota",
    city_code="64.72",
    city_name="Kota",
    zone="Asia/Makassar",
    number=0,
    made_at=MOMENT,
    as_of=MOMENT,
    previous=None,
    simulated=True,
    licence="CC BY 4.0",
    custodian="",
    tables=(),
    sources=(),
    places=(),
)


def draft(counts: Mapping[str, int], missing: Iterable[str] = ()) -> Draft:
    """A week of a city and its districts."""
    parts = [Cell((area, WEEK), ROOT, count, missing=area in missing) for area, count in counts.items()]
    return Draft(ABOUT, [Cell(ROOT, None, sum(counts.values())), *parts], base="cases")


def flags(bundle: Bundle) -> dict[str, str]:
    return {record["area"]: record["cases_flag"].value for record in bundle.table("cases").records}


def values(bundle: Bundle) -> dict[str, int | None]:
    return {record["area"]: record["cases"] for record in bundle.table("cases").records}


def test_small_counts_and_one_beside_them_are_hidden(tmp_path: Path) -> None:
    made = make(Shelf(tmp_path), MANIFEST, [draft({"a": 4, "b": 31, "c": 58})])
    assert flags(made) == {"64.72": "shown", "a": "below_10", "b": "hidden", "c": "shown"}
    assert values(made) == {"64.72": 95, "a": None, "b": None, "c": 60}


def test_hidden_zero_and_missing_are_three_things(tmp_path: Path) -> None:
    made = make(Shelf(tmp_path), MANIFEST, [draft({"a": 0, "b": 31, "c": 58, "d": 77}, missing=["d"])])
    assert flags(made) == {"64.72": "shown", "a": "below_10", "b": "hidden", "c": "shown", "d": "missing"}


def test_what_was_hidden_is_never_told_later(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    for counts in ({"a": 4, "b": 31, "c": 58}, {"a": 40, "b": 31, "c": 58}, {"a": 40, "b": 3, "c": 58}):
        made = make(shelf, MANIFEST, [draft(counts)])
    assert flags(shelf.bundle("kota", 2)) == {"64.72": "shown", "a": "hidden", "b": "hidden", "c": "shown"}
    assert flags(made)["a"] == flags(made)["b"] == "hidden"


def test_a_correction_is_told_with_what_the_source_said(tmp_path: Path) -> None:
    shelf, why = Shelf(tmp_path), Why("covid_cases", Text("12 baris dikoreksi", "12 rows corrected"))
    make(shelf, MANIFEST, [draft({"a": 44, "b": 31, "c": 58})])
    made = make(shelf, MANIFEST, [draft({"a": 51, "b": 31, "c": 6})], [why, Why("other", NAME)])
    told = {(one.row["area"], one.before, one.after, one.after_flag.value, one.why) for one in made.corrections}
    said = (why.says,)
    assert told == {
        ("64.72", 135, 90, "shown", said),
        ("a", 45, 50, "shown", said),
        ("b", 30, None, "hidden", said),
        ("c", 60, None, "below_10", said),
    }


def test_a_part_is_hidden_where_what_is_left_of_the_whole_is_small() -> None:
    columns = (AREA, PERIOD, CASES, PART, SHARE)
    cells = [
        Cell(ROOT, None, 300, {"online": 200}),
        Cell(("a", WEEK), ROOT, 100, {"online": 95}),
        Cell(("b", WEEK), ROOT, 100, {"online": 60}),
        Cell(("c", WEEK), ROOT, 100, {"online": 45}),
    ]
    about = About(**{name: getattr(ABOUT, name) for name in ABOUT.__struct_fields__} | {"columns": columns})
    records = published(Draft(about, cells, base="cases", share_of={"share": "online"}), None).records
    told = {record["area"]: (record["cases"], record["online"], record["share"]) for record in records}
    whole = {"64.72": (300, 200, 67), "b": (100, 60, 60), "c": (100, 45, 45)}
    hidden = {area for area, numbers in told.items() if numbers == (100, None, None)}
    assert "a" in hidden and len(hidden) == 2  # one beside it, or it would be the total less the others
    assert {area: told[area] for area in told.keys() - hidden} == {area: whole[area] for area in told.keys() - hidden}


COUNTS = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 40), min_size=1)


@given(st.lists(COUNTS, min_size=2, max_size=5))
def test_whatever_comes_hidden_stays_hidden_and_numbers_are_rounded(history: list[dict[str, int]]) -> None:
    table, hidden = None, set[str]()
    for counts in history:
        table = published(draft(counts), table)
        shown = {record["area"]: record["cases"] for record in table.records if record["cases"] is not None}
        before = hidden & counts.keys() if table else set()
        assert not before & shown.keys()
        assert all(
            value >= 10 and value % 5 == 0 and abs(value - (counts | {"64.72": sum(counts.values())})[area]) <= 2
            for area, value in shown.items()
        )
        hidden = {record["area"] for record in table.records} - shown.keys()


def test_a_table_that_breaks_a_promise_is_not_released(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    first = make(shelf, MANIFEST, [draft({"a": 4, "b": 31, "c": 58})])

    def spoil(staged: Bundle) -> None:
        path = staged.folder / "tables" / "cases.json"
        path.write_bytes(path.read_bytes().replace(b'"shown"', b'"hidden"', 1))

    with pytest.raises(NotReleasable, match="cases"):
        make(shelf, MANIFEST, [draft({"a": 4, "b": 31, "c": 58})], makers=[spoil])
    assert shelf.bundle("kota") == first
    assert make(shelf, MANIFEST, [draft({"a": 4, "b": 31, "c": 58})]).manifest.number == 2


def test_a_hidden_cell_that_would_be_told_is_found(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    make(shelf, MANIFEST, [draft({"a": 4, "b": 31, "c": 58})])
    after = make(Shelf(tmp_path / "other"), MANIFEST, [draft({"a": 40, "b": 31, "c": 58})])
    with pytest.raises(NotReleasable, match="area=a"):
        check(after, Past(shelf, "kota"))


def test_a_table_that_was_left_out_once_remembers(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    make(shelf, MANIFEST, [draft({"a": 4, "b": 31, "c": 58})])
    make(shelf, MANIFEST, [])
    made = make(shelf, MANIFEST, [draft({"a": 40, "b": 31, "c": 58})])
    assert flags(made) == {"64.72": "shown", "a": "hidden", "b": "hidden", "c": "shown"}


def test_a_file_that_was_changed_is_found(tmp_path: Path) -> None:
    made = make(Shelf(tmp_path), MANIFEST, [draft({"a": 44, "b": 31})])
    (made.folder / "corrections.json").write_bytes(b"[ ]")
    with pytest.raises(NotReleasable, match=r"corrections\.json"):
        check(made, None)


def test_there_is_no_release_before_the_first(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    assert shelf.cities() == ()
    with pytest.raises(NoRelease):
        shelf.bundle("kota")
    make(shelf, MANIFEST, [draft({"a": 44})])
    with pytest.raises(NoRelease):
        shelf.bundle("kota", 2)


# Killed at every step. The child dies, as by SIGKILL, at the n-th thing that it does to the disk.

CHANGES = ("open", "os.mkdir", "os.rename", "os.symlink", "os.remove", "os.rmdir", "shutil.rmtree")


def child(root: str, die_at: int) -> None:
    """Make the second release, and die at that change of the disk."""
    done = 0

    def look(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal done
        if event in CHANGES and root in str(arguments[0]):
            done += 1
            if done == die_at:
                os._exit(9)

    sys.addaudithook(look)
    make(Shelf(Path(root)), MANIFEST, [draft({"a": 51, "b": 31, "c": 58})])
    print(done)


def killed_at(root: Path, step: int) -> subprocess.CompletedProcess[str]:
    line = f"from tests.release.test_release import child; child({str(root)!r}, {step})"
    return subprocess.run([sys.executable, "-c", line], capture_output=True, text=True, check=False)


def test_killed_at_every_step_it_is_the_old_or_the_new(tmp_path: Path) -> None:
    """Until the link turns the first release is in force, whole; then the second. The next one is made anyway."""
    steps = int(_fresh(tmp_path / "count", 0)[1].stdout)
    seen = set()
    for step in range(1, steps + 1, 3):
        shelf, end = _fresh(tmp_path / str(step), step)
        assert end.returncode == 9, end.stderr
        now = shelf.bundle("kota")
        check(now, None)
        seen.add(now.manifest.number)
        again = make(shelf, MANIFEST, [draft({"a": 51, "b": 31, "c": 58})])
        assert again.manifest.number == now.manifest.number + 1
        assert {path.name for path in (shelf.root / "kota").iterdir() if path.name != ".lock"} == {
            "current",
            *(f"{number:04d}" for number in range(1, again.manifest.number + 1)),
        }
    assert 1 in seen


def _fresh(root: Path, step: int) -> tuple[Shelf, subprocess.CompletedProcess[str]]:
    shelf = Shelf(root)
    make(shelf, MANIFEST, [draft({"a": 44, "b": 31, "c": 58})])
    return shelf, killed_at(root, step)
