"""The sealed answers of Cek bantuan saya, and the letters that they are made of: no file is a list of anybody."""

import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from etl import aid_box, aid_letters, keys
from etl.aid_box import Answer, Box, Grant, path_of
from etl.aid_letters import Letter, NoLetters, PrintedLetters
from tests.public.letters import CODE, HER, HERE, HIS, HIS_CODE, NOBODYS, SECRET, THERE, TOLD, boxes, counting, made
from tests.public.offline import state

__all__ = ["boxes", "made", "state"]  # fixtures

# The file


def rows(city: str = "samarinda") -> list[bytes]:
    content = path_of(city).read_bytes()[aid_box.HEAD :]
    return [content[start : start + aid_box.ROW] for start in range(0, len(content), aid_box.ROW)]


def test_the_file_names_nobody_and_nothing(boxes: None) -> None:
    content = path_of("samarinda").read_bytes()
    words = [*SECRET, '"PKH"', "Sembako", "2026-08", '"paid"', "verified"]  # shorter ones stand in any random bytes
    assert not [word for word in words if word.encode() in content]
    hashes = [
        hashlib.new(how, said.encode()).digest() for how in ("md5", "sha1", "sha256") for said in (HER, HER + CODE)
    ]
    assert not [found for found in hashes if found in content or found.hex().encode() in content]
    assert path_of("samarinda").stat().st_mode & 0o777 == 0o600


def test_random_guesses_find_nothing(boxes: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does who holds the key and every number, without the codes."""
    monkeypatch.setattr(aid_box, "COST", 2)  # each guess for nothing
    Box("samarinda").write(HERE | {Letter(NOBODYS, THERE): TOLD}, simulated=False)
    guesses = (Letter(HER, "".join(secrets.choice(aid_letters.ALPHABET) for _ in range(8))) for _ in range(5000))
    assert {Box("samarinda").answer(guess) for guess in guesses} == {None}
    assert Box("samarinda").answer(Letter(HER, CODE)) == TOLD


def test_no_row_opens_with_the_key_alone(boxes: None) -> None:
    key = bytes.fromhex(keys.secret("aid"))
    for row in rows():
        place, nonce, sealed = row[:32], row[32:44], row[44:]
        for cipher in (AESGCM(key), AESGCM(place)):
            with pytest.raises(InvalidTag):
                cipher.decrypt(nonce, sealed, place)


def test_a_row_opens_at_its_own_place_only(boxes: None) -> None:
    place, _ = aid_box._derived("samarinda", Letter(HER, CODE), aid_box._key(), aid_box.COST)
    mine = next(row for row in rows() if row[:32] == place)
    others = [row for row in rows() if row != mine]
    moved = sorted([mine[:32] + others[0][32:], others[0][:32] + mine[32:], *others[1:]])
    path_of("samarinda").write_bytes(path_of("samarinda").read_bytes()[: aid_box.HEAD] + b"".join(moved))
    assert Box("samarinda").answer(Letter(HER, CODE)) is None
    shutil.copy(path_of("samarinda"), path_of("banyumas"))
    assert Box("banyumas").answer(Letter(HIS, HIS_CODE)) is None
    assert Box("samarinda").answer(Letter(HIS, HIS_CODE)) == Answer()


@pytest.mark.parametrize(("letters", "wanted"), [(0, 4096), (1, 4096), (4096, 4096), (4097, 8192)])
def test_how_many_rows_there_are_says_next_to_nothing(
    state: Path, monkeypatch: pytest.MonkeyPatch, letters: int, wanted: int
) -> None:
    monkeypatch.setattr(aid_box, "COST", 2)
    made = {Letter(f"{number:016}", CODE): Answer() for number in range(letters)}
    Box("samarinda").write(made, simulated=False)
    assert len(rows()) == wanted and len(set(rows())) == wanted
    assert rows() == sorted(rows())


@given(st.lists(st.builds(Grant, st.just("2026-01"), st.text(max_size=30), st.sampled_from(["paid", "verified"]))))
def test_an_answer_always_fits(grants: list[Grant]) -> None:
    packed = Answer(tuple(grants)).packed()
    assert len(packed) == aid_box.ROOM
    back = msgspec.json.decode(packed, type=Answer)
    assert back.grants == tuple(grants)[: len(back.grants)] and back.older == (len(back.grants) < len(grants))


def test_the_file_is_made_anew_only_when_it_says_something_else(boxes: None) -> None:
    path, box = path_of("samarinda"), Box("samarinda")
    before = path.read_bytes()
    os.utime(path, (0, 0))
    assert not box.write(HERE, simulated=False) and path.read_bytes() == before
    assert box.checked_at().year > 2020
    assert box.write(HERE | {Letter(HIS, HIS_CODE): TOLD}, simulated=False)
    assert box.answer(Letter(HIS, HIS_CODE)) == TOLD
    assert box.write(HERE, simulated=True) and box.head().simulated  # type: ignore[union-attr]


def test_making_it_again_costs_new_letters_only_and_asking_always_the_same(
    boxes: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    box, counts = Box("samarinda"), counting(monkeypatch)
    monkeypatch.setattr(aid_box, "AESGCM", AESGCM)
    aid_box._remembered.cache_clear()
    for answers, costs in (
        (HERE, 0),
        (HERE | {Letter(NOBODYS, CODE): TOLD}, 3),
        ({Letter(NOBODYS, CODE): Answer()}, 0),
    ):
        counts["scrypt"] = 0
        box.write(answers, simulated=False)
        assert counts["scrypt"] == costs
    counts["scrypt"] = 0
    assert [box.answer(Letter(NOBODYS, CODE)) for _ in range(3)] == [Answer()] * 3 and counts["scrypt"] == 3


def test_a_file_that_was_cut_short_is_not_there(boxes: None, monkeypatch: pytest.MonkeyPatch) -> None:
    before = path_of("samarinda").read_bytes()

    def cut(*_: object) -> Iterator[bytes]:
        yield b"half"
        raise KeyboardInterrupt

    monkeypatch.setattr(aid_box, "_content", cut)
    with pytest.raises(KeyboardInterrupt):
        Box("samarinda").write({}, simulated=False)
    assert path_of("samarinda").read_bytes() == before
    assert {path.name for path in path_of("samarinda").parent.iterdir()} == {"samarinda.box", "surabaya.box"}


# Letters


def test_letters_that_cannot_be_are_told_by_their_row_and_no_word(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "kode.csv"
    file.write_text(
        f"nik,code\n{HER},{CODE}\n{HER[:15]},{CODE}\n{HIS},K0I\n,\n{HIS},zz9r-t4wb,x\n", encoding="utf-8-sig"
    )
    assert list(PrintedLetters(file).letters()) == [Letter(HER, CODE), Letter(HIS, HIS_CODE)]
    assert re.findall(r"baris (\d)", caplog.text) == ["3", "4", "5"]
    assert HER[:15] not in caplog.text and "K0I" not in caplog.text


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00\xd8", b"nik;code\n"])
def test_without_letters_the_last_file_stays(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "kode.csv"
    if content is not None:
        file.write_bytes(content)
    if content == b"nik;code\n":
        assert list(PrintedLetters(file).letters()) == []
    else:
        with pytest.raises(NoLetters, match=r"kode\.csv"):
            list(PrintedLetters(file).letters())
