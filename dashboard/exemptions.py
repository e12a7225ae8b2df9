"""Pengecualian: the head of an agency proposes, the mayor's office decides; only what is approved counts.

Who it is about stands there by pseudonym; agency, kind, days and reason are what is decided on.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import Flask, Response, g, request

from dashboard.access.guard import Guard
from dashboard.access.pages import Pages, language
from dashboard.access.roles import Audience, Role
from dashboard.areas import places
from dashboard.words import word
from dashboard.wrong import Wrong
from etl.announce import announce
from etl.cities import City
from etl.office import EXEMPTIONS, OFFICE
from etl.sources.asn_exemptions import KINDS
from etl.text import Text
from etl.warehouse import Role as SqlRole
from etl.warehouse import engine, reading

MAY: Audience = frozenset({Role.MAYOR, Role.OPD_HEAD})
LONGEST = dt.timedelta(days=3 * 366)
SHORTEST = 8  # letters of a reason
KEPT = 200  # on the page, the newest
PROPOSED = Text("Usulan terkirim. Kantor wali kota yang memutuskan.", "Proposed. The mayor's office decides.")
DECIDED = Text("Keputusan tersimpan; angka mengikuti dalam sedetik.", "Decided; figures follow within a second.")
WITHDRAWN = Text("Usulan ditarik.", "Withdrawn.")
TOO_LATE = Text("Usulan ini sudah diputuskan atau ditarik; muat ulang.", "It was decided or withdrawn before; reload.")
STATES = {
    "proposed": Text("Menunggu keputusan", "Waits for a decision"),
    "approved": Text("Disetujui", "Approved"),
    "refused": Text("Ditolak", "Refused"),
    "withdrawn": Text("Ditarik", "Withdrawn"),
}
# What each button does: from which state, to which, and whose it is.
MOVES = {
    "approve": ("proposed", "approved", Role.MAYOR),
    "refuse": ("proposed", "refused", Role.MAYOR),
    "reopen": ("approved", "proposed", Role.MAYOR),
    "withdraw": ("proposed", "withdrawn", Role.OPD_HEAD),
}


@dataclass(frozen=True)
class Proposal:
    """For how long somebody should be exempt, and why."""

    kind: str
    since: dt.date
    until: dt.date
    why: str


def read_proposal(said: Mapping[str, str]) -> Proposal:
    """What a form proposes. Raises Wrong naming the field."""
    kind, why = said.get("kind", ""), said.get("why", "").strip()[:300]
    if kind not in KINDS:
        raise Wrong("kind", Text("Pilih alasannya.", "Choose the reason."))
    since, until = (_day(said, name) for name in ("since", "until"))
    if until < since:
        raise Wrong("until", Text("Hari terakhir sebelum hari pertama.", "The last day is before the first."))
    if until - since > LONGEST:
        raise Wrong("until", Text("Paling lama tiga tahun.", "Three years at most."))
    if len(why) < SHORTEST:
        raise Wrong("why", Text("Tulis penjelasannya, sedikitnya 8 huruf.", "Write why, in 8 letters or more."))
    return Proposal(kind, since, until, why)


def _day(said: Mapping[str, str], name: str) -> dt.date:
    try:
        return dt.date.fromisoformat(said.get(name, ""))
    except ValueError as error:
        raise Wrong(name, Text("Isi tanggalnya (TTTT-BB-HH).", "Write the day (YYYY-MM-DD).")) from error


def propose(city: City, agency: str, buyer: str, proposal: Proposal, by: str) -> None:
    """Keep a proposal. Raises Wrong when the same person has one for some of these days."""
    mine = sa.and_(EXEMPTIONS.c.city_code == city.code, EXEMPTIONS.c.buyer == buyer)
    together = sa.and_(EXEMPTIONS.c.since <= proposal.until, EXEMPTIONS.c.until >= proposal.since)
    stands = sa.select(EXEMPTIONS.c.exemption_id).where(
        mine, together, EXEMPTIONS.c.state.in_(("proposed", "approved"))
    )
    with engine(SqlRole.OFFICE).begin() as connection:
        if connection.scalar(stands.limit(1)):
            words = Text(
                "Sudah ada usulan untuk sebagian hari ini.", "There is a proposal for some of these days already."
            )
            raise Wrong("since", words)
        row = {"city_code": city.code, "agency_code": agency, "buyer": buyer, "proposed_by": by} | vars(proposal)
        connection.execute(sa.insert(EXEMPTIONS).values(row))
        announce(connection, OFFICE, city.code)


def proposals(city: City, agency: str | None) -> list[dict[str, Any]]:
    """The proposals of a city or one agency: those that wait first, then the newest."""
    mine = EXEMPTIONS.c.city_code == city.code
    whose = mine if agency is None else sa.and_(mine, EXEMPTIONS.c.agency_code == agency)
    waits = EXEMPTIONS.c.state == "proposed"
    query = sa.select(EXEMPTIONS).where(whose).order_by(waits.desc(), EXEMPTIONS.c.proposed_at.desc()).limit(KEPT)
    with engine(SqlRole.OFFICE).connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def move(city: City, number: int, how: str, agency: str | None, by: str, why: str) -> bool:
    """Decide, reopen or withdraw; False when it is no longer in the state that the button was for."""
    from_, to, _ = MOVES[how]
    this = sa.and_(
        EXEMPTIONS.c.city_code == city.code, EXEMPTIONS.c.exemption_id == number, EXEMPTIONS.c.state == from_
    )
    whose = this if agency is None else sa.and_(this, EXEMPTIONS.c.agency_code == agency)
    decided = {"decided_by": by, "decided_at": sa.func.clock_timestamp(), "decided_why": why}
    with engine(SqlRole.OFFICE).begin() as connection:
        done = connection.execute(sa.update(EXEMPTIONS).where(whose).values(state=to, **decided)).rowcount == 1
        if done:
            announce(connection, OFFICE, city.code)
    return done


@dataclass
class Exemptions:
    """The pages, for one application."""

    pages: Pages

    def list(self) -> Response:
        """Proposals with their state, and the buttons that are this viewer's."""
        return self._list()

    def _list(self, message: Text | None = None, status: int = 200) -> Response:
        city: City = g.city
        agency = g.viewer.agency(MAY, city.code)
        with reading(city.code) as connection:
            there = places(connection, city)
        return self.pages.answer(
            "exemptions.html", status, message=message, city=city, found=proposals(city, agency), states=STATES,
            decides=agency is None, agency=there.agency, word=lambda value: word(value, language()),
        )  # fmt: skip

    def move(self) -> Response:
        """One of the buttons."""
        how, number = request.form.get("how", ""), request.form.get("number", "")
        agency = g.viewer.agency(MAY, g.city.code)
        role = Role.MAYOR if agency is None else Role.OPD_HEAD
        if how not in MOVES or MOVES[how][2] is not role or not (number.isdecimal() and len(number) < 16):
            return self._list(TOO_LATE, 400)
        why = request.form.get("why", "").strip()[:300]
        if not move(g.city, int(number), how, agency, g.viewer.name, why):
            return self._list(TOO_LATE, 409)
        return self._list(WITHDRAWN if how == "withdraw" else DECIDED)


def register(server: Flask, guard: Guard, pages: Pages) -> None:
    """Put the pages on an application."""
    made = Exemptions(pages)
    for path, view, method in (
        ("/belanja/pengecualian", made.list, "GET"),
        ("/belanja/pengecualian/putuskan", made.move, "POST"),
    ):
        server.add_url_rule(path, f"exemptions:{path}", view, methods=[method])
        guard.open_to(MAY, path)
