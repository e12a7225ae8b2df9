"""Cek bantuan saya and keberatan: the forms of the public site. They work without a script and keep nothing.

NIK and code come in the body of a POST and stand in no address, log, message or page. Whoever asks is told programme,
month and state of the own aid, out of a sealed file (``etl.aid_box``); an objection goes under a seal into a box
(``etl.objection_box``). Neither needs a database.
"""

import datetime as dt
import hmac
import ipaddress
import logging
import re
import secrets
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import unquote_plus

from flask import Blueprint, Flask, Response, request
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from werkzeug.exceptions import (
    BadRequest,
    Forbidden,
    HTTPException,
    ServiceUnavailable,
    TooManyRequests,
    UnsupportedMediaType,
)

from dashboard import format as fmt
from dashboard.access.bodies import Limit
from dashboard.headers import PUBLIC_POLICY, content_security
from dashboard.wrong import Wrong
from etl.aid_box import Answer, Box, NoBox
from etl.aid_letters import CODE, LONGEST, NIK, SHORTEST, Letter, read
from etl.cities import OBJECTION_DAYS, OBJECTIONS, City, all_cities
from etl.objection_box import ABOUT, LONGEST_CONTACT, BoxFull, Said, drop, shown
from etl.objection_box import LONGEST as LONGEST_OBJECTION
from etl.text import Text

log = logging.getLogger("aid")
# How often, in this process: the site has one (``runner.web``), and a restart forgets.
CHECKS_OF_ADDRESS = tuple(map(parse, ("10/minute", "60/hour")))
CHECKS_OF_ALL = (parse("300/minute"),)
CHECKS_OF_NIK = tuple(map(parse, ("5/hour", "15/day")))  # whether there is such a NIK or not
OBJECTIONS_OF_ADDRESS = tuple(map(parse, ("3/minute", "20/day")))
OBJECTIONS_OF_ALL = tuple(map(parse, ("60/minute", "1000/day")))
FORM_LIMIT = Limit(most_bytes=16 * 1024, patience_s=5.0)
PAGE_BYTES = 32 * 1024  # every page is filled up to so many: who sees only its size learns nothing
SHORTEST_OBJECTION = 10  # letters
LONG_NUMBER = re.compile(r"(?:\d[ .-]?){15}\d")  # in an address it would end in logs and histories
FORM = "application/x-www-form-urlencoded"
POLICY = {name: allowed for name, allowed in PUBLIC_POLICY.items() if name not in ("script-src", "connect-src")}
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": content_security(POLICY),
}
CONTROL = re.compile(r"[^\S\n]|[\x00-\x09\x0b-\x1f\x7f]")

TEMPLATES = {
    "cek-bantuan": ("aid.html", Text("Cek bantuan saya", "Check my aid")),
    "keberatan": ("objection.html", Text("Ajukan keberatan", "Raise an objection")),
}


def forms_of(city: City) -> dict[str, Text]:
    """The forms that a city has, by address: who sends no letters cannot be asked about aid."""
    return {name: title for name, (_, title) in TEMPLATES.items() if city.aid_check or name != "cek-bantuan"}


STATES = {
    "paid": Text("Sudah disalurkan", "Paid"),
    "verified": Text("Lolos verifikasi, belum disalurkan", "Verified, not paid yet"),
}
UNKNOWN = Text(
    "NIK dan kode ini tidak cocok dengan satu surat pun dari kota ini. Periksa keduanya pada surat Anda.",
    "This NIK and code belong to no letter of this city. Compare both with your letter.",
)
NO_NIK = Text(
    "NIK terdiri dari 16 angka, tanpa huruf. Isi lagi.", "A NIK has 16 digits and no letters. Write it again."
)
NO_CODE = Text(
    f"Kode pada surat terdiri dari {SHORTEST} sampai {LONGEST} huruf besar dan angka, tanpa 0, 1, I, L, O. Isi lagi.",
    f"The code on the letter has {SHORTEST} to {LONGEST} capital letters and digits, without 0, 1, I, L, O. "
    "Write it again.",
)
TOO_MANY = Text(
    "Terlalu banyak percobaan. Tunggu satu jam, lalu coba lagi.",
    "Too many tries. Wait an hour and try again.",
)
NOT_NOW = Text(
    "Sedang tidak dapat dilayani. Coba lagi nanti, atau datang ke dinas sosial.",
    "This cannot be done just now. Try again later, or come to the social affairs office.",
)
NO_ABOUT = Text("Pilih keberatannya tentang apa.", "Choose what the objection is about.")
NO_WORDS = Text(
    f"Tulis keberatannya, {SHORTEST_OBJECTION} sampai {LONGEST_OBJECTION} huruf.",
    f"Write your objection in {SHORTEST_OBJECTION} to {LONGEST_OBJECTION} characters.",
)
LONG_CONTACT = Text(
    f"Kontak paling panjang {LONGEST_CONTACT} huruf.", f"The contact has {LONGEST_CONTACT} characters at most."
)
REFUSALS = {
    400: Text(
        "Alamat halaman tidak boleh memuat NIK. Isi NIK hanya pada formulir.",
        "The address of a page must not hold a NIK. Write it into the form only.",
    ),
    403: Text("Kirim formulirnya dari halaman ini.", "Send the form from this very page."),
    408: Text("Kiriman terlalu lama. Coba lagi.", "It took too long to arrive. Try again."),
    413: Text("Kiriman terlalu besar untuk formulir ini.", "Too much was sent for this form."),
    415: Text("Isi dan kirim formulir di halaman ini.", "Fill in and send the form on this page."),
    429: TOO_MANY,
    503: NOT_NOW,
}
DEFAULTS: dict[str, object] = {
    "answer": None, "asked": False, "reference": "", "kept": {}, "states": STATES, "about": ABOUT,
    "longest": LONGEST_OBJECTION, "longest_contact": LONGEST_CONTACT,
}  # fmt: skip
RETRY_AFTER = {429: "3600", 503: "300"}


class Draw(Protocol):
    """Prints a template of the site."""

    def __call__(self, template: str, language: str, title: Text, path: str, /, **told: object) -> str:
        """The page; ``path`` is where it is, without the language."""
        ...


@dataclass(frozen=True)
class Forms:
    """The pages, for one application."""

    draw: Draw
    cities: Mapping[str, City]
    limiter: MovingWindowRateLimiter = field(default_factory=lambda: MovingWindowRateLimiter(MemoryStorage()))
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))  # what counts tries knows no NIK

    def check(self, slug: str, language: str) -> Response:
        """The form, and what there is for NIK and code."""
        if request.method != "POST":
            return self._page()
        self._count(CHECKS_OF_ADDRESS, "check", _address())
        try:
            letter = _letter()
        except Wrong as wrong:
            return self._page(wrong.says, 400)
        self._count(CHECKS_OF_ALL, "check")
        self._count(CHECKS_OF_NIK, "nik", hmac.digest(self.secret, letter.nik.encode(), "sha256").hex())
        box = Box(slug)
        try:
            answer, checked_at = box.answer(letter), box.checked_at()
        except NoBox as error:
            raise ServiceUnavailable from error
        as_of = fmt.moment(checked_at, self.cities[slug].zone, language)
        months, message = _months(answer, language), None if answer else UNKNOWN
        return self._page(message, answer=answer, asked=True, as_of=as_of, months=months)

    def objection(self, slug: str, language: str) -> Response:
        """The form of an objection, and the number under which it was kept."""
        if request.method != "POST":
            return self._page()
        self._count(OBJECTIONS_OF_ADDRESS, "objection", _address())
        try:
            said = _said()
        except Wrong as wrong:
            return self._page(wrong.says, 400, kept=_kept({wrong.field}))
        self._count(OBJECTIONS_OF_ALL, "objection")
        try:
            reference = drop(slug, said, _address(), dt.datetime.now(dt.UTC))
        except (BoxFull, OSError) as error:
            log.error("%s: keberatan tidak dapat disimpan | an objection cannot be kept: %s", slug, error)
            return self._page(NOT_NOW, 503, kept=_kept())
        return self._page(reference=shown(reference))

    def _page(self, message: Text | None = None, status: int = 200, **told: object) -> Response:
        """The page of this address, of the same size whatever it says."""
        said = request.view_args or {}
        city, language = self.cities[said["slug"]], said["language"]
        head, (template, title) = Box(city.slug).head(), TEMPLATES[_name()]
        always = DEFAULTS | {"city": city, "message": message, "simulated": bool(head and head.simulated)}
        always |= {"days": city.keeps(OBJECTIONS, OBJECTION_DAYS)}
        body = self.draw(template, language, title, f"/{city.slug}/{_name()}", **always | told).encode()
        return Response(body.ljust(-(-len(body) // PAGE_BYTES) * PAGE_BYTES), status, mimetype="text/html")

    def admit(self) -> None:
        """Look at a request before its form is read. Raises what ``refuse`` answers."""
        if LONG_NUMBER.search(unquote_plus(request.query_string.decode("latin-1"))):
            raise BadRequest
        if request.method != "POST":
            return
        request.max_content_length = FORM_LIMIT.most_bytes
        if request.mimetype != FORM:
            raise UnsupportedMediaType
        if request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
            raise Forbidden

    def refuse(self, error: HTTPException) -> Response:
        """The form again, with what is wrong, and with nothing of what was sent."""
        status = error.code or 503
        return self._page(REFUSALS[status], status)

    def _count(self, rates: Sequence[RateLimitItem], *what: str) -> None:
        if not all(self.limiter.hit(rate, *what) for rate in rates):
            raise TooManyRequests


def _name() -> str:
    """The last part of the address: which of the forms it is."""
    return request.path.rpartition("/")[2]


def _address() -> str:
    """Who asks: an address, or of IPv6 the network that a customer has."""
    said = ipaddress.ip_address(request.remote_addr or "0.0.0.0")
    return str(said if said.version == 4 else ipaddress.ip_network((said, 64), strict=False))


def _letter() -> Letter:
    """What the form says. Raises Wrong naming the field."""
    letter = read(request.form.get("nik", ""), request.form.get("kode", ""))
    if not NIK.fullmatch(letter.nik):
        raise Wrong("nik", NO_NIK)
    if not CODE.fullmatch(letter.code):
        raise Wrong("kode", NO_CODE)
    return letter


def _said() -> Said:
    """The objection of the form. Raises Wrong naming the field."""
    about, says, contact = (_plain(name) for name in ("tentang", "isi", "kontak"))
    nik = read(request.form.get("nik", ""), "").nik
    if about not in ABOUT:
        raise Wrong("tentang", NO_ABOUT)
    if not SHORTEST_OBJECTION <= len(says) <= LONGEST_OBJECTION:
        raise Wrong("isi", NO_WORDS)
    if len(contact) > LONGEST_CONTACT:
        raise Wrong("kontak", LONG_CONTACT)
    if nik and not NIK.fullmatch(nik):
        raise Wrong("nik", NO_NIK)
    return Said(about, says, contact, nik)


def _plain(name: str) -> str:
    """A field without what no keyboard writes; a browser ends lines in its own way."""
    return CONTROL.sub(" ", request.form.get(name, "").replace("\r\n", "\n")).strip()


def _kept(wrong: Set[str] = frozenset()) -> dict[str, str]:
    """What need not be written again: the subject and the own words, unless they are wrong or hold a number."""
    said = {name: _plain(name) for name in {"tentang", "isi"} - wrong}
    return {name: words for name, words in said.items() if not LONG_NUMBER.search(words)}


def _months(answer: Answer | None, language: str) -> list[str]:
    """The month of each line, in words."""
    grants = answer.grants if answer else ()
    return [fmt.step(dt.date.fromisoformat(f"{grant.month}-01"), "month", language) for grant in grants]


def _secure(response: Response) -> Response:
    response.headers.update(HEADERS)
    if wait := RETRY_AFTER.get(response.status_code):
        response.headers["Retry-After"] = wait
    return response


def register(app: Flask, draw: Draw) -> None:
    """Put the forms on an application, in both languages."""
    cities = {city.slug: city for city in all_cities()}
    forms, pages = Forms(draw, cities), Blueprint("aid", __name__)
    app.extensions["aid"] = forms
    for name, view, of in (
        ("cek-bantuan", forms.check, [slug for slug, city in cities.items() if city.aid_check]),
        ("keberatan", forms.objection, list(cities)),
    ):
        if of:
            pages.add_url_rule(f"/<any({','.join(of)}):slug>/{name}", name, view, methods=["GET", "POST"])
    pages.before_request(forms.admit)
    pages.after_request(_secure)
    for status in REFUSALS:
        pages.register_error_handler(status, forms.refuse)
    for prefix, language in (("", "id"), ("/en", "en")):
        said = {"language": language}
        app.register_blueprint(pages, url_prefix=prefix, name=f"aid_{language}", url_defaults=said)
