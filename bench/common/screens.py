"""Screens without a browser: each asks what it shows and fetches what changed, as ``assets/wall/wall.js`` does."""

import gzip
import http.client
import json
import threading
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

SCENE = "kota"
LOST = (OSError, http.client.HTTPException)


@dataclass
class Screen:
    """One screen of the town that shows one scene; counts what it asked and what it got."""

    port: int
    cookie: str
    asked: int = 0
    unchanged: int = 0
    heard: dict[int, float] = field(default_factory=dict)
    _stopped: threading.Event = field(default_factory=threading.Event)

    def start(self) -> "Screen":
        threading.Thread(target=self._run, daemon=True).start()
        return self

    def stop(self) -> None:
        """It asks nothing more once its open question was answered."""
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.is_set():
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=40)
            try:
                self._live(connection)
            except LOST:
                self._stopped.wait(1)
            finally:
                connection.close()

    def _live(self, connection: http.client.HTTPConnection) -> None:
        cells = json.loads(self._ask(connection, "/dinding/rencana")[2])["scenes"][SCENE]["cells"]
        known: dict[str, tuple[str, str]] = {}
        tag = ""
        while not self._stopped.is_set():
            status, headers, body = self._ask(connection, "/dinding/keadaan", tag)
            if status == 304:
                continue
            tag, versions = headers["ETag"], json.loads(body)["versions"]
            self._renew(connection, cells, versions, known)

    def _renew(
        self,
        connection: http.client.HTTPConnection,
        cells: list[dict[str, Any]],
        versions: dict[str, int],
        known: dict[str, tuple[str, str]],
    ) -> None:
        behind = []
        for cell in cells:
            wanted = ",".join(str(versions.get(name, 0)) for name in cell["datasets"])
            etag, there = known.get(cell["panel"], ("", ""))
            if there != wanted:
                behind.append(("panel", f"{cell['panel']}:{etag}"))
        if behind:
            packed = self._ask(connection, f"/adegan/{SCENE}?{urlencode(behind)}")[2]
            answers = json.loads(gzip.decompress(packed))
            known |= {name: (one["etag"], one["versions"]) for name, one in answers.items() if "etag" in one}

    def _ask(
        self, connection: http.client.HTTPConnection, path: str, tag: str = ""
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        headers = {"Cookie": f"pantau={self.cookie}", "Accept-Encoding": "gzip", "Showing": SCENE}
        if tag:
            headers["If-None-Match"] = tag
        connection.request("GET", path, headers=headers)
        reply = connection.getresponse()
        body = reply.read()
        self.asked += 1
        self.unchanged += reply.status == 304
        if reply.status >= 400:
            raise http.client.HTTPException(f"{path}: {reply.status}")
        return reply.status, reply.headers, body
