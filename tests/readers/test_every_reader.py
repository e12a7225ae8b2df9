"""One small table through every reader: what comes out is the same, whatever the format."""

from pathlib import Path

import pytest

from etl.access import Folder, Push, Reader, Rest, Sql
from etl.readers import READERS, extract, probe
from etl.readers.delivery import ROW, Delivery
from tests.readers import examples
from tests.readers.sources import drop, source
from tests.readers.upstream import Upstream

EXAMPLES = {*examples.FILES, Rest, Sql, Push}


def declared(kind: type, folder: Path, upstream: Upstream) -> Reader:
    if kind is Rest:
        return examples.at_api(upstream)
    if kind is Push:
        return examples.in_inbox()
    if kind is Sql:
        return examples.in_database(folder / "tabel.db")
    return examples.in_folder(kind, folder, drop)


def rows(deliveries: list[Delivery]) -> list[tuple[str, ...]]:
    return [row for delivery in deliveries for row in delivery.rows.select(examples.NAMES).rows()]


def test_every_reader_has_an_example() -> None:
    assert set(READERS) == EXAMPLES


@pytest.mark.parametrize("kind", READERS, ids=lambda kind: kind.__name__)
def test_the_table_comes_out_as_text_and_only_once(
    kind: type, tmp_path: Path, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PANTAU_STATE", str(tmp_path))
    of = source(declared(kind, tmp_path, upstream), *examples.NAMES)
    deliveries = list(extract(of, None))
    assert rows(deliveries) == list(examples.ROWS)
    assert [delivery.refused.height for delivery in deliveries] == [0] * len(deliveries)
    numbers = [number for delivery in deliveries for number in delivery.rows[ROW]]
    assert numbers == sorted(set(numbers)) and min(numbers) in (1, 2)
    assert probe(of).select(examples.NAMES).rows() == list(examples.ROWS)
    if issubclass(kind, Folder | Push):
        assert list(extract(of, deliveries[-1].cursor)) == []


@pytest.mark.parametrize("kind", examples.FILES, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize(("compression", "pack"), [("gz", examples.gzipped), ("zip", examples.zipped)])
def test_a_compressed_file_is_read_as_the_file_in_it(kind: type, compression: str, pack, tmp_path: Path) -> None:
    said, content = examples.FILES[kind]
    drop(tmp_path / "tabel", pack(content()))
    of = source(kind(path=str(tmp_path), compression=compression, **said), *examples.NAMES)
    assert rows(list(extract(of, None))) == list(examples.ROWS)
