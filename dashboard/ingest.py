"""The push door: ``POST /ingest/<city>/<source>``. What is answered with 202 is on disk; loading is the worker's."""

import json
import logging
from collections.abc import Iterable
from typing import Any

from flask import Response, jsonify, request
from werkzeug.exceptions import RequestEntityTooLarge

from etl import inbox, json_text, push_keys
from etl.access import Push
from etl.errors import OtherContent
from etl.source import Source
from etl.text import Text

log = logging.getLogger(__name__)
JSON, LINES = "application/json", ("application/x-ndjson", "application/jsonl")
LONGEST_KEY = 200


class Refused(Exception):
    """A delivery that is not taken, with the status and what to do about it."""

    def __init__(self, status: int, says: Text) -> None:
        super().__init__(says.en)
        self.status, self.says = status, says


def accept(city: str, name: str) -> Response:
    """Take one delivery: an event, a list of events, or one event a line."""
    try:
        source = _source(city, name)
        _authorise(source)
        events = _events(source)
        delivery = _kept(source, events)
    except Refused as refused:
        return _answer(refused.status, {"message": {"id": refused.says.id, "en": refused.says.en}})
    return _answer(202, {"delivery": delivery, "events": len(events)})


def _answer(status: int, told: dict[str, Any]) -> Response:
    response = jsonify(told)
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    if status == 503:
        response.headers["Retry-After"] = "60"
    return response


def _source(city: str, name: str) -> Source:
    source = push_keys.push_source(city, name)
    if source is None:
        raise Refused(
            404,
            Text(
                "Tidak ada sumber ini, atau sumbernya tidak menerima kiriman; periksa kota dan nama sumbernya.",
                "There is no such source, or it takes no deliveries; check city and source.",
            ),
        )
    return source


def _authorise(source: Source) -> None:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not push_keys.opens(source, key.strip()):
        raise Refused(
            401,
            Text(
                "Kunci tidak ada, salah atau sudah dicabut; kirim Authorization: Bearer <kunci>.",
                "The key is missing, wrong or revoked; send Authorization: Bearer <key>.",
            ),
        )


def _events(source: Source) -> list[dict[str, Any]]:
    kind = request.mimetype
    if kind != JSON and kind not in LINES:
        raise Refused(
            415,
            Text(
                f"Content-Type harus {JSON} atau {LINES[0]}.",
                f"Content-Type must be {JSON} or {LINES[0]}.",
            ),
        )
    body = _body(source)
    events = _lines(body) if kind in LINES else _document(body)
    if not events:
        raise Refused(400, Text("Kiriman kosong; kirim sedikitnya satu kejadian.", "Empty; send one event at least."))
    return events


def _body(source: Source) -> bytes:
    if not isinstance(source.reader, Push):
        raise TypeError(source.reader)
    most = source.reader.most_bytes
    request.max_content_length = most
    try:
        return request.get_data(cache=False)
    except RequestEntityTooLarge as error:
        says = Text(
            f"Kiriman lebih dari {most} bita; bagi menjadi beberapa.", f"More than {most} bytes; send it in parts."
        )
        raise Refused(413, says) from error


def _document(body: bytes) -> list[dict[str, Any]]:
    said = _parsed(body, Text("isi kiriman", "the body"))
    return [
        _event(event, Text(f"kejadian {number}", f"event {number}"))
        for number, event in enumerate(said if isinstance(said, list) else [said], start=1)
    ]


def _lines(body: bytes) -> list[dict[str, Any]]:
    numbered = ((number, line) for number, line in enumerate(body.split(b"\n"), start=1) if line.strip())
    places = ((line, Text(f"baris {number}", f"line {number}")) for number, line in numbered)
    return [_event(_parsed(line, place), place) for line, place in places]


def _parsed(text: bytes, place: Text) -> Any:
    try:
        return json_text.loads(text.decode())
    except ValueError as error:
        raise _no_event(place) from error


def _event(said: Any, place: Text) -> dict[str, Any]:
    if not isinstance(said, dict):
        raise _no_event(place)
    try:
        json_text.flat(said)
    except ValueError as error:
        raise _no_event(place) from error
    return said


def _no_event(place: Text) -> Refused:
    return Refused(
        400,
        Text(
            f"{place.id} bukan objek JSON (UTF-8); tidak ada yang disimpan, perbaiki lalu kirim semuanya lagi.",
            f"{place.en} is no JSON object (UTF-8); nothing was stored, correct it and send all of it again.",
        ),
    )


def _kept(source: Source, events: Iterable[dict[str, Any]]) -> str:
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > LONGEST_KEY:
        raise Refused(
            400,
            Text(
                f"Idempotency-Key paling panjang {LONGEST_KEY} huruf.",
                f"Idempotency-Key has {LONGEST_KEY} letters at most.",
            ),
        )
    try:
        return inbox.keep(source, "".join(json.dumps(event) + "\n" for event in events).encode(), key)
    except OtherContent as error:
        says = Text(
            "Idempotency-Key ini sudah dipakai untuk isi lain; pakai kunci baru untuk kiriman baru.",
            "This Idempotency-Key came with another body before; use a new one for a new delivery.",
        )
        raise Refused(422, says) from error
    except OSError as error:
        log.error("ingest %s: %s", source, error.strerror)
        says = Text(
            "Belum tersimpan: server sedang tidak dapat menulis. Kirim lagi nanti.",
            "Not stored: the server cannot write just now. Send it again later.",
        )
        raise Refused(503, says) from error
