"""Compressed files: cut, locked, with several files, and bombs."""

import gzip
import io

import pytest

from etl.errors import UnreadableFile, Where
from etl.readers import unpack
from tests.readers.examples import csv_bytes, gzipped, zipped

WHERE = Where("kota", "sumber", "berkas.gz")


def refusal(content: bytes, compression: str) -> str:
    with pytest.raises(UnreadableFile) as caught:
        unpack.unpacked(io.BytesIO(content), compression, WHERE)
    assert caught.value.where.file == "berkas.gz"
    return str(caught.value)


@pytest.mark.parametrize(("compression", "pack"), [("gz", gzipped), ("zip", zipped)])
def test_what_is_cut_or_something_else_is_refused(compression: str, pack) -> None:
    whole = pack(csv_bytes([(str(number), "x") for number in range(5000)]))
    for wrong in (b"", b"a,b\n1,2\n", whole[: len(whole) // 2], whole[:-4]):
        assert f"bukan berkas {compression} yang utuh" in refusal(wrong, compression)


def test_a_locked_zip_is_refused() -> None:
    locked = bytearray(zipped(b"a,b\n"))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(mark) + place] |= 1
    assert "kata sandi" in refusal(bytes(locked), "zip")


@pytest.mark.parametrize("names", [("a.csv", "b.csv"), ("kosong/",)])
def test_a_zip_holds_one_file(names: tuple[str, ...]) -> None:
    assert "satu berkas per zip" in refusal(zipped(b"a", *names), "zip")


@pytest.mark.parametrize(("compression", "pack"), [("gz", gzipped), ("zip", zipped)])
def test_a_bomb_is_given_up_while_it_swells(compression: str, pack, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "membengkak" in refusal(pack(b"0" * 4_000_000), compression)
    monkeypatch.setattr(unpack, "MOST_UNPACKED", 100)
    monkeypatch.setattr(unpack, "PART", 10)
    assert "membengkak menjadi 110 bita" in refusal(pack(bytes(range(200))), compression)


def test_what_a_zip_says_of_its_own_size_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sizes in the directory are lies: what comes out is damaged or counted, and never more than was allowed."""
    liar = bytearray(zipped(b"0" * 4_000_000))
    at = liar.index(b"PK\x01\x02") + 24
    liar[at : at + 4] = (10).to_bytes(4, "little")
    assert "yang utuh" in refusal(bytes(liar), "zip")


def test_members_of_a_gz_follow_one_another() -> None:
    plain = unpack.unpacked(io.BytesIO(gzip.compress(b"a,b\n") + gzip.compress(b"1,2\n")), "gz", WHERE)
    assert plain.read() == b"a,b\n1,2\n"
