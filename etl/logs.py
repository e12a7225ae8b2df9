"""Logs of every process in one form: a short line for people, or JSON lines with ``PANTAU_LOG=json``.

In both, numbers as long as an identity number (NIK, NIP, KK) or a card are struck out, whoever wrote them. It imports
nothing of ours.
"""

import datetime as dt
import json
import logging
import os
import re

JSON = "json"
IDENTITY = re.compile(r"(?<!\d)\d{16}(?:\d{2})?(?!\d)")
STRUCK = "▒" * 8
PLAIN = "%(asctime)s %(message)s"


def as_json() -> bool:
    """Whether the environment asks for JSON lines."""
    return os.environ.get("PANTAU_LOG") == JSON


def scrubbed(line: str) -> str:
    """A line without whole numbers of 16 or 18 digits."""
    return IDENTITY.sub(STRUCK, line)


def line(name: str, says: str, level: str = "info", at: float | None = None, **more: str) -> str:
    """One entry as a JSON line; ``at`` in seconds since 1970."""
    moment = dt.datetime.fromtimestamp(at, dt.UTC) if at is not None else dt.datetime.now(dt.UTC)
    told = {"time": moment.isoformat(timespec="milliseconds"), "level": level, "logger": name, "message": says} | more
    return json.dumps({key: scrubbed(value) for key, value in told.items()}, ensure_ascii=False)


class Plain(logging.Formatter):
    """For people."""

    def format(self, record: logging.LogRecord) -> str:
        """One entry, and the trace of an exception below it."""
        return scrubbed(super().format(record))


class Lines(logging.Formatter):
    """For machines: one JSON object a line, a trace within it."""

    def format(self, record: logging.LogRecord) -> str:
        """One entry."""
        trace = {"exception": self.formatException(record.exc_info)} if record.exc_info else {}
        return line(record.name, record.getMessage(), record.levelname.lower(), record.created, **trace)


def set_up() -> None:
    """Log from here on, once a process; the web server is given its form where it is started (``runner.web``)."""
    form = Lines() if as_json() else Plain(PLAIN, datefmt="%H:%M:%S")
    handler = logging.StreamHandler()
    handler.setFormatter(form)
    logging.basicConfig(level=logging.INFO, handlers=[handler])
