"""Two cities with letters about social aid, for the tests of Cek bantuan saya."""

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from etl import aid_box
from etl.aid_box import Answer, Box, Grant
from etl.aid_letters import Letter
from tests.public.offline import state_in

HER, HIS, NOBODYS = "6472014101800001", "6472010203900002", "6472015505700003"
ELSEWHERE = "3578014101800001"
CODE, HIS_CODE, THERE = "K7QM3XPA", "ZZ9RT4WB", "HJ4KM2PQ"
TOLD = Answer((Grant("2026-08", "PKH", "paid"), Grant("2026-07", "Sembako Khas", "verified")))
HERE = {Letter(HER, CODE): TOLD, Letter(HIS, HIS_CODE): Answer()}
SECRET = (HER, HIS, NOBODYS, ELSEWHERE, CODE, HIS_CODE, THERE, "ABCDEFGH")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sealed answers of two cities, made once."""
    folder = tmp_path_factory.mktemp("made")
    with state_in(folder):
        Box("samarinda").write(HERE, simulated=False)
        Box("surabaya").write({Letter(ELSEWHERE, THERE): TOLD}, simulated=True)
    return folder / "aid"


@pytest.fixture
def boxes(state: Path, made: Path) -> None:
    """A state folder with the sealed answers."""
    shutil.copytree(made, state / "aid")


def counting(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """How often the costly things are done from now on."""
    counts = {"scrypt": 0, "decrypt": 0, "read": 0}

    def counted(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def done(*args: Any, **more: Any) -> Any:
            counts[name] += 1
            return work(*args, **more)

        return done

    class Cipher:
        def __init__(self, key: bytes) -> None:
            self.decrypt = counted("decrypt", AESGCM(key).decrypt)

    monkeypatch.setattr(hashlib, "scrypt", counted("scrypt", hashlib.scrypt))
    monkeypatch.setattr(aid_box, "AESGCM", Cipher)
    monkeypatch.setattr(os, "pread", counted("read", os.pread))
    return counts
