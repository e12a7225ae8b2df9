"""The stand-in served as the public site is, with releases that have files, and who asks it over real sockets."""

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import brotli
import pytest

from etl.bundle import CURRENT, Bundle, Shelf, name_of
from runner import web
from tests.public.bundles import shelf_in
from tests.world import free_port, start, until

LARGE, SMALL = b"0123456789" * 30_000, b"area,cases\n" * 100


TRAVERSALS = [
    "/samarinda/rilis/2/data/../release.json",
    "/samarinda/rilis/2/data/..%2frelease.json",
    "/samarinda/rilis/2/data/%2e%2e/release.json",
    "/samarinda/rilis/2/data/%2e%2e%2f%2e%2e%2f%2e%2e%2fsecret",
    "/samarinda/rilis/2/data/....//....//secret",
    "/samarinda/rilis/2/data/..\\..\\secret",
    "/samarinda/rilis/2/data/%5c..%5c..%5csecret",
    "/samarinda/rilis/2/data//etc/passwd",
    "/samarinda/rilis/2/data/%00small.csv",
    "/samarinda/rilis/2/data/small.csv%00.png",
    "/samarinda/rilis/2/data/../tables/corona_day.json",
    "/samarinda/../secret",
    "/../releases/secret",
    "/..%2f..%2fsecret",
    "/%2e%2e/secret",
    "/./secret",
    "//secret",
    "/samarinda/rilis/../secret",
    "/samarinda/rilis/0/data/small.csv",
    "/samarinda/rilis/-1/data/small.csv",
    "/samarinda/rilis/00002/../../../secret",
    "/samarinda/rilis/2/data/%c0%ae%c0%ae/release.json",
    "/samarinda/rilis/2/pages/samarinda/corona.html",
    "/samarinda/current/data/small.csv",
    "/../secret.html",
    "/samarinda/../../secret",
    "/static/files/../../../secret",
    "/static/files/..%2f..%2f..%2fetc%2fpasswd",
    "file:///etc/passwd",
]


def with_files(bundle: Bundle, folder: Path | None = None) -> None:
    """Files as the makers of a release add them."""
    data, city, number = bundle.folder / "data", bundle.manifest.city, bundle.manifest.number
    data.mkdir()
    (data / "large.parquet").write_bytes(LARGE)
    (data / "small.csv").write_bytes(SMALL)
    text = f"<p>dicetak dengan rilis {number}</p>".encode() * 100
    for place in (city, f"en/{city}", f"{city}/rilis/{number}"):
        page = bundle.folder / "pages" / place / "corona.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_bytes(text)
        page.with_name("corona.html.br").write_bytes(brotli.compress(text))


@contextmanager
def current_is(shelf: Shelf, number: int) -> Iterator[None]:
    """As if another release were the current one."""
    before = shelf.newest("samarinda")
    _flip(shelf, number)
    try:
        yield
    finally:
        _flip(shelf, before)


def _flip(shelf: Shelf, number: int) -> None:
    link = shelf.root / "samarinda" / CURRENT
    link.unlink()
    link.symlink_to(name_of(number))


@dataclass(frozen=True)
class Served:
    """What runs on a port of this machine; ``root`` holds its releases."""

    port: int
    root: Path
    program: "subprocess.Popen[bytes]"

    @property
    def shelf(self) -> Shelf:
        return Shelf(self.root / "releases")

    def ask(self, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
        """One request over a connection of its own; ``accept_encoding="br"`` is a header."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, headers=named)
        reply = connection.getresponse()
        got = reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read()
        connection.close()
        return got

    def raw(self, request: bytes) -> bytes:
        """Everything that comes back until the connection is closed."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as wire:
            wire.sendall(request)
            return b"".join(iter(lambda: wire.recv(65536), b""))


@contextmanager
def serving(root: Path) -> Iterator[Served]:
    """Releases and the stand-in in a folder; beside them lies what nobody may read."""
    shelf_in(root / "releases", [with_files], cities=["samarinda"])
    (root / "secret").write_text("RAHASIA")
    (root / "releases" / "secret").write_text("RAHASIA")
    os.mkfifo(root / "pipe")
    port = free_port()
    line = web.command("tests.public.standin:server", port, like="dashboard.public:server")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PANTAU_RELEASES", str(root / "releases"))
        patch.setenv("PANTAU_TEST_PIPE", str(root / "pipe"))
        program = start(line, root / "log")
    try:
        until(lambda: listening(port), lambda: program.poll() is None, root / "log")
        yield Served(port, root, program)
    finally:
        program.terminate()
        program.wait()


def listening(port: int) -> bool:
    """Whether somebody takes connections."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
