"""Karantina: refused rows by cause, opened after a reason, corrected by who knows what they mean.

The list tells no cell of anybody. Its rows, with their cells as they were delivered, open for a quarter of an hour to
the steward who said why (``etl.audit``); a correction is a fix with a name and a reason, which the worker applies.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from flask import Flask, Response, abort, g, request

from dashboard.access import reasons
from dashboard.access.guard import Guard
from dashboard.access.pages import Pages, language
from dashboard.access.roles import Role
from etl import audit
from etl.areas import Alias, Level, area_book
from etl.audit import PURPOSES, Look
from etl.catalogue import contract
from etl.cities import City, readable_sources
from etl.errors import FixRefused
from etl.fixes import Author, add_alias, add_edit, add_word, fixes, is_worded, undo, vocabulary
from etl.refusal import REASONS, Reason
from etl.source import Source
from etl.text import Text
from etl.warehouse import QUARANTINE, opening, reading

MOST_ROWS = 100  # of one cause on one page; the rest comes when these are done

DONE = Text(
    "Tersimpan. Baris yang kini baik dimuat dalam beberapa detik; yang lain tetap di sini dengan sebabnya.",
    "Kept. Rows that are good now are loaded within seconds; the others stay here with their reason.",
)
UNDONE = Text("Perbaikan dibatalkan.", "The fix is undone.")


@dataclass(frozen=True)
class Cause:
    """Why rows of a source were refused: column and class of reason. Written in an audit entry as one line."""

    source: str
    column: str
    reason: Reason

    def __str__(self) -> str:
        return f"quarantine {self.source} {self.column or '-'} {self.reason}"

    @classmethod
    def of(cls, line: str) -> "Cause":
        """Read back from an audit entry."""
        _, source, column, reason = line.split(" ")
        return cls(source, "" if column == "-" else column, Reason(reason))


def causes(city: City) -> list[dict[str, Any]]:
    """Open causes of a city with how many rows each has; no cell."""
    group = [QUARANTINE.c[name] for name in ("source", "dataset", "column", "reason_class")]
    told = [sa.func.count().label("rows"), sa.func.max(QUARANTINE.c.received_at).label("last_seen")]
    query = sa.select(*group, *told).where(QUARANTINE.c.city_code == city.code, QUARANTINE.c.state == "open")
    with reading(city.code) as connection:
        return [dict(row) for row in connection.execute(query.group_by(*group).order_by(sa.desc("rows"))).mappings()]


def rows(connection: sa.Connection, city: City, cause: Cause) -> list[dict[str, Any]]:
    """The rows of one cause, whole, oldest first."""
    mine = sa.and_(
        QUARANTINE.c.city_code == city.code,
        QUARANTINE.c.state == "open",
        QUARANTINE.c.source == cause.source,
        QUARANTINE.c.column == cause.column,
        QUARANTINE.c.reason_class == cause.reason.value,
    )
    query = sa.select(QUARANTINE).where(mine).order_by(QUARANTINE.c.quarantine_id).limit(MOST_ROWS)
    return [dict(row) for row in connection.execute(query).mappings()]


@dataclass
class Repair:
    """The pages, for one application."""

    pages: Pages

    def list(self) -> Response:
        """Causes, and the form that asks why before it opens one."""
        return self._list()

    def _list(self, message: Text | None = None, status: int = 200) -> Response:
        city: City = g.city
        named = {source.name: source.title for source in _sources(city)}
        return self.pages.answer(
            "quarantine.html", status, message=message, city=city, causes=causes(city), named=named,
            reasons=REASONS, purposes=PURPOSES, columns=_meaning,
        )  # fmt: skip

    def open(self) -> Response:
        """Write down who looks at which rows and why; only then are they there."""
        entry = reasons.opened(str(_asked_cause()), Role.STEWARD)
        return self._list(reasons.NONE, 400) if entry is None else _to_rows(entry)

    def rows(self) -> Response:
        """The rows of the cause that was opened, and what can be done about them."""
        return self._rows(DONE if request.args.get("tersimpan") else None)

    def _rows(self, message: Text | None = None, status: int = 200) -> Response:
        city, entry, look = _look()
        if look is None:
            return self._list(reasons.OVER, 403)
        cause = Cause.of(look.what)
        with opening(city.code, entry, look.who) as connection:
            found = rows(connection, city, cause)
        audit.shown(look, len(found), [f"quarantine:{one['quarantine_id']}" for one in found])
        source = next(one for one in _sources(city) if one.name == cause.source)
        return self.pages.answer(
            "quarantine_rows.html", status, message=message, city=city, entry=entry, cause=cause, found=found,
            source=source, look=look, reasons=REASONS, purposes=PURPOSES, places=_places(city), columns=_meaning,
            words=_words(source, cause), most=MOST_ROWS, groups=_by_value(found),
        )  # fmt: skip

    def fix(self) -> Response:
        """One correction, by name and with its reason."""
        city, entry, look = _look()
        if look is None:
            return self._list(reasons.OVER, 403)
        cause = Cause.of(look.what)
        source = next(one for one in _sources(city) if one.name == cause.source)
        try:
            with opening(city.code, entry, look.who) as connection:
                _fix(connection, city, source, cause, Author(g.viewer.name, look.reason))
        except FixRefused as error:
            return self._rows(_said(error), 400)
        return _to_rows(entry, tersimpan="1")

    def fixes(self) -> Response:
        """What was corrected, by whom and why; each can be undone."""
        return self._fixes()

    def _fixes(self, message: Text | None = None, status: int = 200) -> Response:
        city: City = g.city
        with opening(city.code, 0, g.viewer.id) as connection:
            made = fixes(connection, city.code)[::-1]
        return self.pages.answer("quarantine_fixes.html", status, message=message, city=city, made=made)

    def undo(self) -> Response:
        """Take a fix out of force; it stays in the list."""
        city: City = g.city
        try:
            with opening(city.code, 0, g.viewer.id) as connection:
                author = Author(g.viewer.name, request.form.get("why", ""))
                undo(connection, city, int(request.form.get("fix", "0") or 0), author)
        except FixRefused as error:
            return self._fixes(_said(error), 400)
        except ValueError:
            abort(400)
        return self._fixes(UNDONE)


def _look() -> tuple[City, int, Look | None]:
    """What ``reasons.look`` says, when it is about refused rows."""
    city, entry, look = reasons.look()
    return city, entry, look if look and look.what.startswith("quarantine ") else None


def _by_value(found: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Rows with the same refused cell together: one word or name puts them all right."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for one in found:
        groups.setdefault(one["value"] or "", []).append(one)
    return groups


def _asked_cause() -> Cause:
    form = request.form
    known = {(one["source"], one["column"], one["reason_class"]) for one in causes(g.city)}
    asked = (form.get("source", ""), form.get("column", ""), form.get("cause", ""))
    if asked not in known:
        abort(404)
    return Cause(asked[0], asked[1], Reason(asked[2]))


def _to_rows(entry: int, **more: str) -> Response:
    asked = {"kota": g.city.slug, "buka": entry, "bahasa": language()} | more
    place = f"/karantina/baris?{urlencode(asked)}"
    return Response(status=303, headers={"Location": place, "Cache-Control": "no-store"})


def _fix(connection: sa.Connection, city: City, source: Source, cause: Cause, author: Author) -> None:
    from etl import quarantine  # it can look at rows again, which takes every reader

    form = request.form
    match form.get("kind"):
        case "alias":
            alias = Alias(form.get("written", ""), form.get("means", ""), form.get("within", ""))
            add_alias(connection, area_book(city), alias, source.name, author)
        case "word":
            words = (form.get("written", ""), form.get("means", ""))
            add_word(connection, city, source, cause.column, words, author)
        case "edit":
            refused = quarantine.row(connection, city, _number())
            add_edit(connection, city, source, refused, (form.get("header", ""), form.get("value", "")), author)
        case "dismiss":
            quarantine.dismiss(connection, city, _number(), author)
        case _:
            abort(400)


def _number() -> int:
    said = request.form.get("row", "")
    return int(said) if said.isdecimal() and len(said) < 16 else 0


def _sources(city: City) -> list[Source]:
    return list(readable_sources(city)[0])


def _meaning(dataset: str, column: str) -> Text:
    """What a column is, in words; of a row that could not be read as a whole there is none."""
    return contract(dataset)[column].meaning if column else Text("Baris", "Row")


def _places(city: City) -> list[tuple[str, str]]:
    """Code and name of every kecamatan and kelurahan."""
    book = area_book(city)
    below = (area for area in book if area.level is not Level.CITY)
    return [(area.code, f"{area.name} ({book[area.parent].name})" if area.parent else area.name) for area in below]


def _words(source: Source, cause: Cause) -> tuple[str, ...] | None:
    """The words that a cell of this column may mean; None where its cells are no words."""
    column = contract(source.dataset)[cause.column] if cause.column else None
    return vocabulary(column, source) if column and is_worded(column) else None


def _said(error: FixRefused) -> Text:
    id_, _, en = str(error).partition(" | ")
    return Text(id_, en or id_)


def register(server: Flask, guard: Guard, pages: Pages) -> None:
    """Put the pages on an application; they are the steward's."""
    repair = Repair(pages)
    routes = (
        ("/karantina", repair.list, "GET"),
        ("/karantina/buka", repair.open, "POST"),
        ("/karantina/baris", repair.rows, "GET"),
        ("/karantina/perbaiki", repair.fix, "POST"),
        ("/karantina/perbaikan", repair.fixes, "GET"),
        ("/karantina/batal", repair.undo, "POST"),
    )
    for path, view, method in routes:
        server.add_url_rule(path, f"repair:{path}", view, methods=[method])
        guard.open_to(frozenset({Role.STEWARD}), path)
