"""Temuan belanja: what the checks of purchases found, for the mayor and for the head of the agency that answers.

Counts are there for both, of a head's own agency. The cases concern people: they open after a reason, for a quarter of
an hour, and the database itself keeps a head to the own agency (``etl.grants``). A finding is never a verdict.
"""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from flask import Flask, Response, abort, g, request

from dashboard.access import reasons
from dashboard.access.guard import Guard
from dashboard.access.pages import Pages, language
from dashboard.access.roles import Audience, Role
from dashboard.format import day, exact
from dashboard.indicator import Unit
from etl import answers, audit
from etl.answers import LONGEST, SHORTEST, TITLES, Answer, State
from etl.audit import PURPOSES, Look
from etl.cities import City
from etl.crosschecks import findings, rules
from etl.finding import Rule, Severity
from etl.office import ANSWERS
from etl.text import Text
from etl.warehouse import CHECKS, FINDINGS, opening, read, reading

AUDIENCE: Audience = frozenset({Role.MAYOR, Role.OPD_HEAD})
ONE_AGENCY = re.compile(r"[\w./-]+")  # as it stands in an entry of Jejak akses, where ``*`` is all of them
KEPT = Text("Jawaban tersimpan.", "The answer is kept.")
NOT_THERE = Text(
    "Temuan itu tidak ada di sini, atau sudah tidak berlaku.", "That finding is not here, or holds no longer."
)
TOO_SHORT = Text(f"Tulis jawaban, paling sedikit {SHORTEST} huruf.", f"Write an answer of at least {SHORTEST} letters.")
NOT_NOW = Text("Keadaan temuan ini sudah lain. Muat ulang halaman.", "This finding is further on. Reload the page.")
# What the evidence of a finding says, in the order in which it is told.
EVIDENCE = {
    "agency_code": Text("OPD", "Agency"),
    "other_agency": Text("OPD lainnya", "Other agency"),
    "agencies": Text("Semua OPD", "All agencies"),
    "merchant_id": Text("Toko", "Shop"),
    "other_merchant": Text("Toko lainnya", "Other shop"),
    "merchants": Text("Jumlah toko", "Shops"),
    "buyers": Text("Jumlah ASN", "Civil servants"),
    "orders": Text("Jumlah pesanan", "Orders"),
    "orders_back": Text("Pesanan sebaliknya", "Orders the other way"),
    "amount": Text("Nilai", "Amount"),
    "amount_back": Text("Nilai sebaliknya", "Amount the other way"),
    "threshold": Text("Batas", "Limit"),
    "of_staff": Text("Di antaranya dari staf", "Of it by staff"),
    "of_all": Text("Semua penjualan toko", "All sales of the shop"),
    "percent": Text("Bagian (%)", "Share (%)"),
    "since": Text("Sejak", "Since"),
    "until": Text("Sampai", "Until"),
    "counted_in": Text("Terhitung pada", "Counted in"),
    "paid_at": Text("Lunas", "Paid"),
    "cancelled_at": Text("Dibatalkan", "Cancelled"),
    "retired_on": Text("Pensiun sejak", "Retired on"),
    "rows": Text("Baris pada daftar ASN", "Rows in the list"),
    "nip": Text("Akhir NIP", "Last digits of the NIP"),
    "other_nip": Text("Akhir NIP lainnya", "Last digits of the other NIP"),
    "order_ids": Text("Nomor pesanan", "Order numbers"),
    "order_ids_back": Text("Nomor pesanan sebaliknya", "Order numbers the other way"),
}
RUPIAH = {"amount", "amount_back", "threshold", "of_staff", "of_all"}
DAYS = {"since", "until", "retired_on"}
AGENCIES = {"agency_code", "other_agency", "agencies"}


def purchase_rules() -> dict[str, Rule]:
    """The checks whose findings an agency answers; those that find a list in error come last."""
    about = [rule for rule in rules().values() if rule.about_purchases]
    return {rule.name: rule for rule in sorted(about, key=lambda rule: rule.severity is Severity.ERROR)}


@dataclass
class Purchases:
    """The pages, for one application."""

    pages: Pages

    def list(self) -> Response:
        """Every check with its open findings, agency by agency; no case."""
        return self._list()

    def _list(self, message: Text | None = None, status: int = 200) -> Response:
        city, agency = g.city, _agency()
        with reading(city.code, agency) as connection:
            counted, made = _counted(connection, city), _made(connection, city)
            named = _named(connection, city)
        return self.pages.answer(
            "purchases.html", status, message=message, city=city, rules=purchase_rules(), counted=counted, made=made,
            named=named, purposes=PURPOSES, agency=agency,
        )  # fmt: skip

    def open(self) -> Response:
        """Write down who looks at which cases and why; only then are they there."""
        rule = request.form.get("rule", "")
        if rule not in purchase_rules():
            abort(404)
        agency = _agency()
        what = f"purchases {'*' if agency is None else agency} {rule}"
        entry = reasons.opened(what, Role.MAYOR if agency is None else Role.OPD_HEAD)
        return self._list(reasons.NONE, 400) if entry is None else _to_cases(entry)

    def cases(self) -> Response:
        """The cases that were opened: evidence, answers, and what may be answered."""
        return self._cases(KEPT if request.args.get("tersimpan") else None)

    def _cases(self, message: Text | None = None, status: int = 200) -> Response:
        city, entry, look = _look()
        if look is None:
            return self._list(reasons.OVER, 403)
        name, agency = look.what.rpartition(" ")[2], _agency()
        with opening(city.code, entry, look.who) as connection:
            found = findings(connection, city.code, name)
            given = answers.answers(connection, city.code, [one["finding_id"] for one in found])
        audit.shown(look, len(found), [one["subject"] for one in found])
        with reading(city.code, agency) as connection:
            named = _named(connection, city)
        return self.pages.answer(
            "purchase_cases.html", status, message=message, city=city, rule=purchase_rules()[name], look=look,
            purposes=PURPOSES, entry=entry, titles=TITLES, agency=agency, shortest=SHORTEST, longest=LONGEST,
            found=[_told(one, given[one["finding_id"]], named, agency is not None) for one in found],
        )  # fmt: skip

    def answer(self) -> Response:
        """One answer, of the agency or of the mayor's office, to a finding that the entry opens."""
        city, entry, look = _look()
        if look is None:
            return self._list(reasons.OVER, 403)
        agency, finding = _agency(), _number(request.form.get("finding", ""))
        with opening(city.code, entry, look.who) as connection:
            found = {one["finding_id"]: one for one in findings(connection, city.code, look.what.rpartition(" ")[2])}
            given = answers.answers(connection, city.code, found)
        if finding not in found:
            return self._cases(NOT_THERE, 404)
        words, state = request.form.get("words", "").strip(), request.form.get("state", "")
        if not SHORTEST <= len(words) <= LONGEST:
            return self._cases(TOO_SHORT, 400)
        if state not in answers.following(answers.state_of(given[finding]), agency is not None):
            return self._cases(NOT_NOW, 400)
        answers.add(city.code, finding, Answer(agency or "", State(state), words, g.viewer.name))
        return _to_cases(entry, tersimpan="1")


def _agency() -> str | None:
    """The agency to which the viewer is held; None for the mayor's office."""
    agency: str | None = g.viewer.agency(AUDIENCE, g.city.code)
    if agency is not None and not ONE_AGENCY.fullmatch(agency):
        abort(403)
    return agency


def _look() -> tuple[City, int, Look | None]:
    """What ``reasons.look`` says, when it is about purchases and the viewer is still what the entry says."""
    city, entry, look = reasons.look()
    agency = _agency()
    begins = f"purchases {'*' if agency is None else agency} "
    name = look.what.removeprefix(begins) if look else ""
    return city, entry, look if name in purchase_rules() else None


def _counted(connection: sa.Connection, city: City) -> dict[str, list[sa.Row[Any]]]:
    """By check: agency, open findings, and how many of them wait for an answer."""
    mine = sa.and_(ANSWERS.c.city_code == city.code, ANSWERS.c.finding_id == FINDINGS.c.finding_id)
    waiting = sa.func.count().filter(~sa.select(ANSWERS.c.finding_id).where(mine).exists())
    query = (
        sa.select(FINDINGS.c.rule, FINDINGS.c.agency_code, sa.func.count().label("found"), waiting.label("waiting"))
        .where(FINDINGS.c.city_code == city.code, FINDINGS.c.state == "open")
        .where(FINDINGS.c.rule.in_(purchase_rules()))
        .group_by(FINDINGS.c.rule, FINDINGS.c.agency_code)
        .order_by(sa.desc("found"), FINDINGS.c.agency_code)
    )
    counted: dict[str, list[sa.Row[Any]]] = {name: [] for name in purchase_rules()}
    for row in connection.execute(query):
        counted[row.rule].append(row)
    return counted


def _made(connection: sa.Connection, city: City) -> dict[str, dt.datetime]:
    """When each check was last made; one that could not be made is not there."""
    query = sa.select(CHECKS.c.rule, CHECKS.c.checked_at).where(CHECKS.c.city_code == city.code)
    return {row.rule: row.checked_at for row in connection.execute(query)}


def _named(connection: sa.Connection, city: City) -> dict[str, str]:
    agencies = read("agencies")
    query = sa.select(agencies.c.agency_code, agencies.c.name).where(agencies.c.city_code == city.code)
    return {row.agency_code: row.name for row in connection.execute(query)}


def _told(found: dict[str, Any], given: list[answers.Given], named: dict[str, str], of_agency: bool) -> dict[str, Any]:
    """A finding as the page shows it."""
    evidence = found["evidence"]
    lines = [(EVIDENCE[name], _said(name, evidence[name], named)) for name in EVIDENCE if evidence.get(name)]
    state = answers.state_of(given)
    told = {"id": found["finding_id"], "since": found["first_seen"], "lines": lines, "given": given, "state": state}
    return told | {"subject": found["subject"], "following": answers.following(state, of_agency)}


def _said(name: str, value: Any, named: dict[str, str]) -> str:
    if isinstance(value, list):
        return ", ".join(_said(name, one, named) for one in value)
    if name in RUPIAH:
        return exact(value, Unit.RUPIAH, language())
    if name in DAYS:
        return day(dt.date.fromisoformat(value), language())
    if name in AGENCIES:
        return f"{value} {named.get(value, '')}".strip()
    return str(value).replace("T", " ")[:16] if name.endswith("_at") else str(value)


def _number(said: str) -> int:
    return int(said) if said.isdecimal() and len(said) < 16 else 0


def _to_cases(entry: int, **more: str) -> Response:
    asked = {"kota": g.city.slug, "buka": entry, "bahasa": language()} | more
    place = f"/belanja/temuan/kasus?{urlencode(asked)}"
    return Response(status=303, headers={"Location": place, "Cache-Control": "no-store"})


def register(server: Flask, guard: Guard, pages: Pages) -> None:
    """Put the pages on an application; they are the mayor's, and of the heads of agencies."""
    purchases = Purchases(pages)
    routes = (
        ("/belanja/temuan", purchases.list, "GET"),
        ("/belanja/temuan/buka", purchases.open, "POST"),
        ("/belanja/temuan/kasus", purchases.cases, "GET"),
        ("/belanja/temuan/jawab", purchases.answer, "POST"),
    )
    for path, view, method in routes:
        server.add_url_rule(path, f"purchases:{path}", view, methods=[method])
        guard.open_to(AUDIENCE, path)
