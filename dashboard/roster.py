"""The pages of Belanja ASN person by person: a reason first, then the list, one person, the files.

What is asked for comes in the body of the request: names and numbers stand in no address. The mayor sees the whole
city and orders; the head of an agency the own people, met or not and how much.
"""

import datetime as dt
from dataclasses import dataclass, field, fields
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from flask import Flask, Response, abort, g, request

from dashboard import exemptions
from dashboard import format as fmt
from dashboard.access import reasons
from dashboard.access.guard import Guard
from dashboard.access.pages import Pages, language
from dashboard.access.roles import Audience, Role
from dashboard.areas import Places, places
from dashboard.compliance import DATASETS, earlier_month
from dashboard.indicator import Unit
from dashboard.live import Live
from dashboard.obligation import in_force
from dashboard.people import EVERY_AGENCY, GROUPS, SORTS, STATES, WHAT, Person, Sheets, Wish, agency_of, course, grouped
from dashboard.sheets import Column, comma_separated, xlsx
from dashboard.words import word
from dashboard.wrong import Wrong
from etl import audit
from etl.audit import PURPOSES, Look
from etl.cities import City
from etl.sources.asn_exemptions import KINDS
from etl.text import Text
from etl.warehouse import SOURCES, read, reading

FOR = {name: PURPOSES[name] for name in ("inspection", "complaint", "subject")}  # what people are looked at for
MAY: Audience = frozenset({Role.MAYOR, Role.OPD_HEAD})
AT_ONCE = 100  # people on one page
MONTHS_BACK = 12
MONTHS_SHOWN = 6  # of one person
MOST_ORDERS = 200  # of one person, the newest
DOWN = "-turun"  # the other way round
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NOBODY = Text(
    "Tidak ada ASN dengan nama atau NIP ini. Periksa ejaannya, atau cari dengan beberapa angka NIP.",
    "No civil servant has this name or NIP. Check the spelling, or search by some digits of the NIP.",
)
ORDER_STATES = {
    "pending": Text("Menunggu pembayaran", "Waits for payment"),
    "paid": Text("Lunas", "Paid"),
    "cancelled": Text("Dibatalkan", "Cancelled"),
    "refunded": Text("Dikembalikan", "Refunded"),
}
SORTED_BY: dict[str, Text] = {
    "keadaan": Text("Keadaan", "State"),
    "nama": Text("Nama", "Name"),
    "opd": Text("OPD", "Agency"),
    "unit": Text("Unit", "Unit"),
    "golongan": Text("Golongan", "Grade"),
    "pesanan": Text("Pesanan", "Orders"),
    "nilai": Text("Nilai", "Amount"),
    "pedagang": Text("Pedagang", "Merchants"),
}


@dataclass
class Roster:
    """The pages, for one application."""

    pages: Pages
    live: Live
    sheets: Sheets = field(default_factory=Sheets)

    def ask(self) -> Response:
        """The form that asks why; nobody is named on it."""
        return self._ask()

    def _ask(self, message: Text | None = None, status: int = 200) -> Response:
        city: City = g.city
        return self.pages.answer(
            "roster_reason.html", status, message=message, city=city, purposes=FOR, months=_months(city),
            month_name=_month_name, obliged=in_force(city, _today(city)),
        )  # fmt: skip

    def open(self) -> Response:
        """Write down who looks at whom and why; only then are names there."""
        agency = g.viewer.agency(MAY, g.city.code)
        role = Role.MAYOR if agency is None else Role.OPD_HEAD
        if request.form.get("purpose") not in FOR:
            return self._ask(reasons.NONE, 400)
        entry = reasons.opened(f"{WHAT} {EVERY_AGENCY if agency is None else agency}", role)
        if entry is None:
            return self._ask(reasons.NONE, 400)
        asked = {"kota": g.city.slug, "buka": entry, "bulan": request.form.get("month", ""), "bahasa": language()}
        return Response(
            status=303, headers={"Location": f"/belanja/daftar?{urlencode(asked)}", "Cache-Control": "no-store"}
        )

    def browse(self) -> Response:
        """One page of the list, as it was sorted, filtered, grouped and searched."""
        city, entry, look = _look()
        if look is None:
            return self._ask(reasons.OVER, 403)
        month, wish, start = _month(city), _wish(), _start()
        everybody = self._people(city, entry, look, month)
        found = wish.of(everybody)
        shown = found[start : start + AT_ONCE]
        audit.shown(look, len(shown), [one.buyer for one in shown])
        there = _places(city)
        return self.pages.answer(
            "roster.html",
            **_always(city, look, entry, month),
            months=_months(city),
            wish=wish,
            shown=shown,
            found=len(found),
            start=start,
            size=AT_ONCE,
            sorts=SORTED_BY,
            down=DOWN,
            groups=grouped(found, wish.group) if wish.group else {},
            group_of=GROUPS.get(wish.group),
            agencies=_agencies(everybody, there),
            units=sorted({one.unit for one in everybody if one.unit}),
            nobody=NOBODY,
            named=lambda key: _named(wish.group, key, there),
        )

    def person(self) -> Response:
        """One person: the last months; for the mayor the orders, for the head of an agency a form to propose."""
        return self.one()

    def one(self, message: Text | None = None, status: int = 200) -> Response:
        """The page of the person that the form names."""
        city, entry, look = _look()
        if look is None:
            return self._ask(reasons.OVER, 403)
        month, who = _month(city), request.form.get("who", "")
        one = next((one for one in self._people(city, entry, look, month) if one.buyer == who), None)
        if one is None:
            abort(404)
        audit.shown(look, 1, [one.buyer])
        return self.pages.answer(
            "roster_person.html",
            status,
            message=message,
            **_always(city, look, entry, month),
            one=one,
            told=course(city, agency_of(look), _months(city)[:MONTHS_SHOWN], who),
            orders=[] if agency_of(look) else _orders(city, who),
            order_states=ORDER_STATES,
            kinds=KINDS,
            today=_today(city),
        )

    def propose(self) -> Response:
        """The head of an agency proposes that somebody of the own people be exempt for a while."""
        city, entry, look = _look()
        if look is None:
            return self._ask(reasons.OVER, 403)
        agency, who = agency_of(look), request.form.get("who", "")
        everybody = self._people(city, entry, look, _month(city))
        if agency is None or who not in {one.buyer for one in everybody}:
            abort(403)
        try:
            exemptions.propose(city, agency, who, exemptions.read_proposal(request.form), look.name)
        except Wrong as wrong:
            return self.one(wrong.says, 400)
        return self.one(exemptions.PROPOSED)

    def file(self, kind: str) -> Response:
        """What is on the list as a file, all of it; whoever is in it is written down."""
        city, entry, look = _look()
        if look is None:
            return self._ask(reasons.OVER, 403)
        month, wish = _month(city), _wish()
        found = wish.of(self._people(city, entry, look, month))
        audit.shown(look, len(found), [one.buyer for one in found])
        there = _places(city)
        columns, rows = _columns(), [_row(one, there) for one in found]
        name = f"pantau-belanja-{city.slug}-{month:%Y-%m}.{kind}"
        body: bytes | str = comma_separated(columns, rows)
        if kind == "xlsx":
            body = xlsx(f"Belanja ASN {month:%Y-%m}", columns, rows, _notes(city, look, month, wish, len(found)))
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return Response(body, mimetype=XLSX if kind == "xlsx" else "text/csv", headers=headers)

    def _people(self, city: City, entry: int, look: Look, month: dt.date) -> list[Person]:
        there = self.live.of(city.code)
        versions = tuple(there.get(name, 0) for name in (*DATASETS, "office"))
        return self.sheets.of(city, entry, look, month, versions)


def _always(city: City, look: Look, entry: int, month: dt.date) -> dict[str, Any]:
    """What both pages of people are printed with."""
    return {
        "city": city,
        "look": look,
        "entry": entry,
        "purposes": PURPOSES,
        "month": month,
        "month_name": _month_name,
        "states": STATES,
        "whole": agency_of(look) is None,
        "agency": _places(city).agency,
        "rupiah": _rupiah,
        "word": lambda value: word(value, language()),
    }


def _look() -> tuple[City, int, Look | None]:
    """The look that the request names, when it opens people to this viewer."""
    city, entry, look = reasons.look()
    agency = g.viewer.agency(MAY, city.code)
    wanted = f"{WHAT} {EVERY_AGENCY if agency is None else agency}"
    return city, entry, look if look and look.what == wanted else None


def _today(city: City) -> dt.date:
    return dt.datetime.now(city.tz).date()


def _months(city: City) -> list[dt.date]:
    """The months that can be asked for, the present one first."""
    return [earlier_month(_today(city), back) for back in range(MONTHS_BACK + 1)]


def _month(city: City) -> dt.date:
    """The month that was asked for; the present one when it was none of those that there are."""
    said = request.values.get("month") or request.values.get("bulan", "")
    known = {f"{month:%Y-%m}": month for month in _months(city)}
    return known.get(said, _months(city)[0])


def _month_name(month: dt.date) -> str:
    return fmt.step(month, "month", language())


def _start() -> int:
    said = request.form.get("start", "")
    return int(said) if said.isdecimal() and len(said) < 7 else 0


def _wish() -> Wish:
    """What the form asks for; what it does not know is as if it were not said."""
    said = {one.name: request.form.get(one.name, "").strip()[:80] for one in fields(Wish) if one.name != "down"}
    order = request.form.get("by") or said["sort"]  # a head of the table wins over the box
    said["sort"] = order.removesuffix(DOWN) if order.removesuffix(DOWN) in SORTS else "keadaan"
    said["group"] = said["group"] if said["group"] in GROUPS else ""
    return Wish(**said, down=order.endswith(DOWN))


def _places(city: City) -> Places:
    with reading(city.code) as connection:
        return places(connection, city)


def _agencies(everybody: list[Person], there: Places) -> list[tuple[str, str]]:
    return sorted(((code, there.agency(code)) for code in {one.agency for one in everybody}), key=lambda pair: pair[1])


def _rupiah(amount: Any) -> str:
    return fmt.exact(float(amount), Unit.RUPIAH, language())


def _named(group: str, key: str, there: Places) -> str:
    """What a group is called."""
    if group == "keadaan":
        return STATES[key].say(language())
    code, _, unit = key.partition(" · ")
    named = there.agency(code) if group in ("opd", "unit") else code
    return f"{named} · {unit}" if unit else named


def _orders(city: City, buyer: str) -> list[dict[str, Any]]:
    """The newest orders of a person, whole: when, where, Rp, state."""
    lines = read("marketplace_orders")
    query = (
        sa.select(
            lines.c.order_id,
            sa.func.min(lines.c.ordered_at).label("ordered_at"),
            sa.func.min(lines.c.merchant).label("merchant"),
            sa.func.min(lines.c.category).label("category"),
            sa.func.sum(lines.c.amount).label("amount"),
            sa.func.min(lines.c.status).label("status"),
        )
        .where(lines.c.city_code == city.code, lines.c.buyer == buyer)
        .group_by(lines.c.order_id)
        .order_by(sa.desc("ordered_at"))
        .limit(MOST_ORDERS)
    )
    with reading(city.code) as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def _columns() -> list[Column]:
    say = language()
    heads = (
        (Text("Nama", "Name"), "text", False),
        (Text("NIP", "NIP"), "text", False),
        (Text("OPD", "Agency"), "text", False),
        (Text("Unit", "Unit"), "text", False),
        (Text("Golongan", "Grade"), "text", False),
        (Text("Jabatan", "Post"), "text", False),
        (Text("Keadaan", "State"), "text", False),
        (Text("Alasan dikecualikan", "Why exempt"), "text", False),
        (Text("Pesanan dihitung", "Orders counted"), "count", True),
        (Text("Nilai (Rp)", "Amount (Rp)"), "rupiah", True),
        (Text("Pedagang", "Merchants"), "count", False),
        (Text("Pesanan menunggu", "Orders waiting"), "count", True),
    )
    return [Column(head.say(say), kind, adds) for head, kind, adds in heads]


def _row(one: Person, there: Places) -> tuple[Any, ...]:
    say = language()
    exempt = word(one.exempt, say) if one.exempt else None
    words = (
        one.name,
        one.nip,
        there.agency(one.agency),
        one.unit,
        one.grade,
        one.post,
        STATES[one.state].say(say),
        exempt,
    )
    return (*words, one.orders, one.amount, one.merchants, one.waiting)


def _notes(city: City, look: Look, month: dt.date, wish: Wish, size: int) -> list[tuple[str, str]]:
    """What a reader of the file has to know: of what it is, who made it, what its words mean."""
    say = language()
    said = "; ".join(f"{one.name}: {getattr(wish, one.name)}" for one in fields(Wish) if getattr(wish, one.name))
    with reading(city.code) as connection:
        simulated = connection.scalar(
            sa.select(sa.func.bool_or(SOURCES.c.simulated)).where(SOURCES.c.city_code == city.code)
        )
    notes = [
        (
            Text("Isi", "Content"),
            Text("Kewajiban belanja ASN per orang", "The purchase obligation person by person").say(say),
        ),
        (Text("Kota", "City"), city.name + (" – SIMULASI" if simulated else "")),
        (Text("Bulan", "Month"), f"{month:%Y-%m}"),
        (Text("Dibuat", "Made"), f"{fmt.moment(dt.datetime.now(dt.UTC), city.zone, say)}, {look.name}"),
        (Text("Keperluan", "Purpose"), f"{PURPOSES[look.purpose].say(say)} – {look.reason}"),
        (Text("Saringan dan urutan", "Filters and order"), said or "–"),
        (Text("Banyaknya orang", "People"), fmt.number(size, say)),
        (Text("Arti keadaan", "States"), MEANINGS.say(say)),
        (Text("Rahasia", "Confidential"), SECRET.say(say)),
    ]
    return [(name.say(say), words) for name, words in notes]


MEANINGS = Text(
    "Pesanan dihitung bila lunas, tidak dikembalikan seluruhnya, dan bukan di toko sendiri. Belum dapat dinilai: "
    "pembayaran belum selesai atau data belum sampai akhir bulan; itu bukan kegagalan. Dikecualikan: cuti, tugas "
    "belajar, domisili luar kota, diperbantukan.",
    "An order counts when it is paid, not wholly sent back, and not of the own shop. Cannot be judged: a payment is "
    "not settled or the data do not reach the month's end; no failure. Exempt: leave, study, living elsewhere, lent.",
)
SECRET = Text(
    "Data pribadi. Hanya untuk keperluan yang ditulis di atas; pembuatan berkas ini tercatat pada Jejak akses.",
    "Personal data. Only for the purpose above; that this file was made is written in the access trail.",
)


def register(server: Flask, guard: Guard, pages: Pages, live: Live) -> None:
    """Put the pages on an application."""
    roster = Roster(pages, live)
    routes: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
        ("/belanja/orang", roster.ask, ("GET",)),
        ("/belanja/orang/buka", roster.open, ("POST",)),
        ("/belanja/daftar", roster.browse, ("GET", "POST")),
        ("/belanja/daftar/orang", roster.person, ("POST",)),
        ("/belanja/daftar/usul", roster.propose, ("POST",)),
        ("/belanja/daftar/xlsx", lambda: roster.file("xlsx"), ("POST",)),
        ("/belanja/daftar/csv", lambda: roster.file("csv"), ("POST",)),
    )
    for path, view, methods in routes:
        server.add_url_rule(path, f"roster:{path}", view, methods=list(methods))
        guard.open_to(MAY, path)
