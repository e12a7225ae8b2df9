"""Which files of a folder are new, and what one run leaves for the next."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from etl.access import Csv
from etl.errors import AccessRefused, SchemaChanged, UpstreamDown
from etl.readers import extract, folder, probe
from etl.readers.delivery import ROW, Cursor, Delivery
from etl.readers.places.file import File
from etl.readers.places.local import Local
from etl.source import Source
from tests.readers.sources import aged, drop, source

CONTENT = "a,b\n1,2\n"


@pytest.fixture
def files(tmp_path: Path) -> Source:
    return source(Csv(path=str(tmp_path), pattern="*"), "a", "b")


def run(files: Source, cursor: Cursor | None = None) -> list[Delivery]:
    """The deliveries of one run, with cursors as they come back from storage."""
    return list(extract(files, cursor and json.loads(json.dumps(cursor))))


def names(deliveries: list[Delivery]) -> list[str]:
    return [delivery.name for delivery in deliveries]


def test_files_come_oldest_first_with_their_age(files: Source, tmp_path: Path) -> None:
    drop(tmp_path / "a.csv", CONTENT, age_s=60)
    older = drop(tmp_path / "b.csv", CONTENT, age_s=120)
    deliveries = run(files)
    assert names(deliveries) == ["b.csv", "a.csv"]
    assert deliveries[0].fresh_at.timestamp() == pytest.approx(older.stat().st_mtime, abs=0.001)


def test_a_file_is_delivered_once(files: Source, tmp_path: Path) -> None:
    drop(tmp_path / "a.csv", CONTENT)
    (first,) = run(files)
    assert run(files, first.cursor) == []


def test_a_changed_file_is_delivered_again_and_a_touched_one_is_not(files: Source, tmp_path: Path) -> None:
    drop(tmp_path / "a.csv", CONTENT)
    drop(tmp_path / "b.csv", CONTENT)
    cursor = run(files)[-1].cursor
    drop(tmp_path / "a.csv", CONTENT + "3,4\n", age_s=30)
    aged(tmp_path / "b.csv", 20)
    assert names(run(files, cursor)) == ["a.csv"]


def test_unfinished_and_hidden_files_are_left_alone(files: Source, tmp_path: Path) -> None:
    for name in (".a.csv", "a.csv.part", "a.csv.tmp", "a.CRDOWNLOAD", "~$a.xlsx"):
        drop(tmp_path / name, CONTENT)
    drop(tmp_path / "baru.csv", CONTENT, age_s=0)
    assert run(files) == []


def test_a_file_that_changes_while_it_is_read_is_left_for_the_next_run(
    files: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = drop(tmp_path / "a.csv", CONTENT)
    read = Local.open

    @contextmanager
    def opened_while_it_grows(place: Local, file: File) -> Iterator[IO[bytes]]:
        with read(place, file) as content:
            yield content
        drop(path, CONTENT + "3,4\n", age_s=10)

    monkeypatch.setattr(Local, "open", opened_while_it_grows)
    assert run(files) == []


def test_only_the_pattern_is_read(files: Source, tmp_path: Path) -> None:
    drop(tmp_path / "a.csv", CONTENT)
    drop(tmp_path / "baca saya.txt", "halo")
    assert names(run(source(Csv(path=str(tmp_path), pattern="*.csv"), "a", "b"))) == ["a.csv"]


def test_the_cursor_forgets_files_that_are_gone(files: Source, tmp_path: Path) -> None:
    drop(tmp_path / "a.csv", CONTENT)
    cursor = run(files)[-1].cursor
    (tmp_path / "a.csv").unlink()
    drop(tmp_path / "b.csv", CONTENT)
    assert list(run(files, cursor)[-1].cursor["files"]) == ["b.csv"]


def test_an_unreadable_file_holds_up_no_other_and_is_tried_again(files: Source, tmp_path: Path) -> None:
    drop(tmp_path / "buruk.csv", "x,y\n1,2\n", age_s=300)
    drop(tmp_path / "baik.csv", CONTENT, age_s=100)
    deliveries = extract(files, None)
    good = next(deliveries)
    assert list(good.cursor["files"]) == ["baik.csv"]
    with pytest.raises(SchemaChanged) as caught:
        next(deliveries)
    assert caught.value.where.file == "buruk.csv"
    drop(tmp_path / "buruk.csv", CONTENT, age_s=50)
    assert names(run(files, good.cursor)) == ["buruk.csv"]


def test_a_big_file_comes_in_slices_and_only_the_last_moves_the_cursor(
    files: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "SLICE", 2)
    drop(tmp_path / "a.csv", "a,b\n1,1\na,b\n2,2\n3,3\n4,4\n5,5\n")
    slices = run(files)
    assert [part.rows[ROW].to_list() for part in slices] == [[2, 4], [5, 6], [7]]
    assert [part.refused.height for part in slices] == [1, 0, 0]
    assert [list(part.cursor["files"]) for part in slices] == [[], [], ["a.csv"]]


def rows(deliveries: list[Delivery]) -> list[list[int]]:
    return [delivery.rows[ROW].to_list() for delivery in deliveries]


def test_a_run_that_is_cut_goes_on_after_the_slices_that_are_loaded(
    files: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "SLICE", 2)
    drop(tmp_path / "a.csv", "a,b\n1,1\n2,2\n3,3\n4,4\n5,5\n", age_s=60)
    first, second, third = run(files)
    assert rows(run(files, second.cursor)) == [[6]]
    drop(tmp_path / "lama.csv", CONTENT, age_s=120)
    older, *rest = run(files, first.cursor)
    assert older.name == "lama.csv" and rows(rest) == [[4, 5], [6]] == rows(run(files, older.cursor))
    assert list(third.cursor) == list(rest[-1].cursor) == ["files"] and run(files, rest[-1].cursor) == []


def test_a_file_that_was_cut_is_read_from_the_start_when_it_or_its_source_has_changed(
    files: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "SLICE", 2)
    drop(tmp_path / "a.csv", "a,b\n1,1\n2,2\n3,3\n")
    cursor = run(files)[0].cursor
    corrected = source(Csv(path=str(tmp_path), pattern="*.csv"), "a", "b")
    assert rows(list(extract(corrected, cursor)))[0] == [2, 3]
    monkeypatch.setattr(folder, "SLICE", 3)
    assert rows(run(files, cursor)) == [[2, 3, 4]]
    monkeypatch.setattr(folder, "SLICE", 2)
    drop(tmp_path / "a.csv", "a,b\n1,1\n2,2\n4,4\n")
    assert rows(run(files, cursor)) == [[2, 3], [4]]


def test_a_folder_that_is_not_there_is_an_upstream_that_is_down(tmp_path: Path) -> None:
    with pytest.raises(UpstreamDown, match="folder tidak ada"):
        run(source(Csv(path=str(tmp_path / "tidak ada")), "a"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_says_so(files: Source, tmp_path: Path) -> None:
    drop(tmp_path / "a.csv", CONTENT).chmod(0)
    with pytest.raises(AccessRefused):
        run(files)


def test_probe_shows_the_first_rows_of_the_newest_file(files: Source, tmp_path: Path) -> None:
    drop(tmp_path / "lama.csv", CONTENT, age_s=300)
    drop(tmp_path / "baru.csv", "a,b\n" + "9,9\n" * 60, age_s=30)
    assert probe(files).select("a").to_series().to_list() == ["9"] * 50


def test_probe_of_an_empty_folder_says_that_there_is_no_file(files: Source) -> None:
    with pytest.raises(UpstreamDown, match="belum ada berkas"):
        probe(files)
