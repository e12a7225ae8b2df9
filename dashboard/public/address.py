"""Where things are on the public site: language, city, release, page and area stand in the path, and nothing else does.

``/samarinda/corona/64.72.05.1004`` is always the newest release; ``/en/samarinda/rilis/12/corona`` is release 12 in
English for ever.
"""

import os
from dataclasses import dataclass, replace

from dashboard.public.origin import said

LANGUAGES = ("id", "en")
AREA = r"\d{2}\.\d{2}(?:\.\d{2}(?:\.[12]\d{3})?)?"  # a Kemendagri code
PORT = "8051"  # of a trial


@dataclass(frozen=True)
class Address:
    """One place of the site. ``release`` is None for whichever is the newest."""

    language: str = "id"
    city: str = ""
    release: int | None = None
    page: str = ""
    area: str = ""

    @property
    def path(self) -> str:
        return self.of(self.page, self.area)

    def of(self, *parts: str) -> str:
        """The path of something of this city, release and language."""
        begin = "en" if self.language == "en" else ""
        release = f"rilis/{self.release}" if self.release else ""
        return "/" + "/".join(part for part in (begin, self.city, release, *parts) if part)

    def to(self, page: str) -> str:
        """The path of another page, of the same area, release and language."""
        return self.of(page, self.area)

    def spoken(self, language: str) -> "Address":
        """The same place in another language."""
        return replace(self, language=language)

    def at(self, release: int | None) -> "Address":
        """The same place in another release."""
        return replace(self, release=release)

    def within(self, area: str) -> "Address":
        """The same page of another area; of the whole city when it is empty."""
        return replace(self, area=area)

    @property
    def other(self) -> "Address":
        """The same place in the other language."""
        return self.spoken("id" if self.language == "en" else "en")


def whole(path: str) -> str:
    """A path with what stands before it, for who is not on this site: in citations, embeds and share cards."""
    return (said() or f"http://127.0.0.1:{os.environ.get('PUBLIC_PORT', PORT)}") + path


def language_of(path: str) -> str:
    """The language that a path asks for."""
    return "en" if path == "/en" or path.startswith("/en/") else "id"
