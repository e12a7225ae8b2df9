"""What is refused before the application sees it: ready pages in both languages; none repeats what was asked."""

import json
from enum import Enum
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader

from dashboard.public.address import LANGUAGES, language_of
from dashboard.public.answer import Answer, answer
from dashboard.public.printing import TEMPLATES
from dashboard.static import Assets
from etl.text import Text

API = "/api/"
COME_BACK_S = 5


class Says(NamedTuple):
    """A state of HTTP, and what it means to a reader."""

    status: int
    title: Text
    says: Text


class Refusal(Enum):
    """Why a request is not looked at any further."""

    IDENTITY = Says(
        400,
        Text("Jangan taruh nomor induk di alamat", "No identity number in an address"),
        Text(
            "Alamat ini memuat deretan angka sepanjang NIK atau NIP. Alamat tersimpan di riwayat peramban dan di "
            "server lain, jadi nomor orang tidak boleh ada di dalamnya. Untuk memeriksa bantuan sendiri, isilah "
            "formulir di halaman Cek bantuan saya.",
            "This address holds a run of digits as long as an identity number (NIK or NIP). Addresses stay in "
            "histories and on other servers, so a person's number must not be in one. To check your own aid, use the "
            "form on the page Check my aid.",
        ),
    )
    UNREADABLE = Says(
        400,
        Text("Alamat tidak terbaca", "The address cannot be read"),
        Text("Bagian setelah tanda tanya tidak benar.", "The part after the question mark is not well formed."),
    )
    METHOD = Says(
        405,
        Text("Hanya untuk dibaca", "For reading only"),
        Text("Alamat di sini dibaca dengan GET.", "Addresses here are read with GET."),
    )
    SLOW = Says(
        408,
        Text("Kiriman terlalu lambat", "Sent too slowly"),
        Text("Isi formulir tidak sampai pada waktunya. Coba lagi.", "The form did not arrive in time. Try again."),
    )
    NO_LENGTH = Says(
        411,
        Text("Panjang kiriman tidak disebut", "No length was given"),
        Text("Sebutkan Content-Length.", "Say the Content-Length."),
    )
    TOO_LARGE = Says(
        413,
        Text("Kiriman terlalu besar", "Too much was sent"),
        Text("Formulir di sini hanya beberapa kata.", "Forms here take a few words."),
    )
    TOO_LONG = Says(
        414,
        Text("Alamat terlalu panjang", "The address is too long"),
        Text("Alamat di sini paling panjang 2.000 karakter.", "Addresses here have 2,000 characters at most."),
    )
    BUSY = Says(
        503,
        Text("Sedang ramai", "Many people are here"),
        Text(
            "Saat ini lebih banyak orang membuka situs ini daripada yang dapat dilayani. Angkanya tidak hilang: "
            "muat ulang halaman ini beberapa detik lagi.",
            "More people are opening this site than can be served right now. The figures are not lost: load this page "
            "again in a few seconds.",
        ),
    )


class Refused(Exception):
    """A request that is answered at once with a ready page."""

    def __init__(self, why: Refusal) -> None:
        super().__init__(why.name)
        self.why = why


class Calm:
    """Every refusal, printed once: as a page, and as problem details (RFC 9457) below ``/api/``."""

    def __init__(self, assets: Assets) -> None:
        made = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True)
        self.template, self.assets = made.get_template("calm.html"), assets
        self.ready = {(why, language): self._page(why.value, language) for why in Refusal for language in LANGUAGES}
        self.told = {why: _problem(why.value) for why in Refusal}

    def answer(self, why: Refusal, path: str) -> Answer:
        """The ready answer to a request at a path."""
        return self.told[why] if path.startswith(API) else self.ready[why, language_of(path)]

    def _page(self, why: Says, language: str) -> Answer:
        words = {"title": why.title.say(language), "says": why.says.say(language), "language": language}
        home = "/en" if language == "en" else "/"
        page = self.template.render(words, home=home, asset=self.assets.url)
        return _ready(why.status, "text/html; charset=utf-8", page)


def _problem(why: Says) -> Answer:
    title, detail = (f"{text.id} | {text.en}" for text in (why.title, why.says))
    told = {"type": "about:blank", "title": title, "status": why.status, "detail": detail}
    return _ready(why.status, "application/problem+json", json.dumps(told, ensure_ascii=False))


def _ready(status: int, kind: str, text: str) -> Answer:
    headers = {"content-type": kind, "cache-control": "no-store", "access-control-allow-origin": "*"}
    headers |= {"retry-after": str(COME_BACK_S)} if status == Refusal.BUSY.value.status else {}
    headers |= {"allow": "GET, HEAD"} if status == Refusal.METHOD.value.status else {}
    return answer(status, headers, text.encode())
