"""The Flask application as the front asks it: a request in, a whole answer out."""

import io
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from flask import Flask
from granian.rsgi import Scope

from dashboard.public.answer import PLAIN, Answer, Part, answer

LARGE = 64 * 1024  # bytes of a file; a larger one is sent from the disk
COMPUTING = {"wsgi.multithread": True, "wsgi.multiprocess": False, "wsgi.run_once": False}

Environ = dict[str, Any]


class Disk:
    """What the application sends as a file (``wsgi.file_wrapper``), so that nobody reads it here."""

    def __init__(self) -> None:
        self.file: IO[bytes] | None = None

    def __call__(self, file: IO[bytes], size: int = LARGE) -> Iterable[bytes]:
        """Take a file."""
        self.file = file
        return iter(lambda: file.read(size), b"")

    def part(self, headers: dict[str, str]) -> Part | None:
        """Which bytes of it the answer has, when they are many."""
        if self.file is None:
            return None
        path = Path(self.file.name)
        start, end = _range(headers.get("Content-Range", ""), path.stat().st_size)
        return Part(str(path), start, end) if end - start > LARGE else None


def ask(app: Flask, environ: Environ, coding: str = PLAIN) -> Answer:
    """Have the application answer."""
    began: list[tuple[str, list[tuple[str, str]]]] = []
    disk = environ["wsgi.file_wrapper"] = Disk()

    def start(status: str, headers: list[tuple[str, str]], error: object = None) -> Callable[[bytes], object]:
        began.append((status, headers))
        return lambda data: None

    said = app.wsgi_app(environ, start)
    try:
        status, headers = began[-1][0], _joined(began[-1][1])
        part = disk.part(headers)
        return answer(int(status[:3]), headers, b"" if part else b"".join(said), coding, part)
    finally:
        getattr(said, "close", lambda: None)()


def _joined(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Headers by name; what is said twice stands in one line, as HTTP allows."""
    told: dict[str, str] = {}
    for name, value in headers:
        told[name] = f"{told[name]}, {value}" if name in told else value
    return told


def _range(said: str, size: int) -> tuple[int, int]:
    """From where to where, as ``bytes 0-99/1234`` says it; everything where nothing is said."""
    first, dash, last = said.removeprefix("bytes ").partition("/")[0].partition("-")
    return (int(first), int(last) + 1) if dash else (0, size)


@dataclass(frozen=True)
class Site:
    """The address of the site as the city says it; empty on a trial, which is reached under any."""

    origin: str

    def environ(self, scope: Scope, query: str, headers: Iterable[tuple[str, str]], body: bytes = b"") -> Environ:
        """A request as WSGI says it."""
        host, _, port = scope.server.rpartition(":")
        environ = {
            "REQUEST_METHOD": "GET" if scope.method == "HEAD" else scope.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": scope.path.encode().decode("latin-1"),
            "QUERY_STRING": query,
            "CONTENT_LENGTH": str(len(body)),
            "REMOTE_ADDR": scope.client.rpartition(":")[0],
            "SERVER_NAME": host,
            "SERVER_PORT": port,
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": scope.scheme,
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
        }
        told = {_key(name): value for name, value in headers}
        return environ | COMPUTING | told | {"HTTP_HOST": self.host(scope)}

    def host(self, scope: Scope) -> str:
        """What the site is called: what the city says, else what this reader calls it."""
        return urlsplit(self.origin).netloc or str(scope.headers.get("host") or scope.authority or "")


def _key(name: str) -> str:
    key = name.upper().replace("-", "_")
    return key if key == "CONTENT_TYPE" else f"HTTP_{key}"
