"""What is wrong with a question to the API, as RFC 9457 says it: which parameter, why, and what is possible.

Nothing of what was asked is said back but names that we know ourselves.
"""

from collections.abc import Mapping
from types import MappingProxyType

import msgspec
from flask import Response, request

from dashboard.public.wire import open_to_all
from etl.text import Text

LANGUAGES = ("id", "en")
MEDIA_TYPE = "application/problem+json"
MOST_LISTED = 60  # of what would be possible
TITLES = {
    400: Text("Pertanyaan ini tidak dapat dijawab", "This question cannot be answered"),
    404: Text("Tidak ada", "Not found"),
    405: Text("Hanya untuk dibaca", "Read only"),
    406: Text("Bentuk ini tidak ada", "Not in this form"),
    414: Text("Alamat terlalu panjang", "Address too long"),
    429: Text("Terlalu banyak permintaan", "Too many requests"),
}


class ProblemTold(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename={"kind": "type"}):
    """RFC 9457, with the parameter that is wrong and what it may be."""

    kind: str
    title: str
    status: int
    detail: str
    parameter: str = ""
    possible: tuple[str, ...] = ()


class Problem(Exception):
    """The question is refused."""

    def __init__(
        self,
        status: int,
        says: Text,
        parameter: str = "",
        possible: tuple[str, ...] = (),
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        super().__init__(says.en)
        self.status, self.says, self.headers = status, says, headers
        self.parameter, self.possible = parameter, possible

    def response(self) -> Response:
        """The answer, in the reader's language."""
        language = spoken()
        told = ProblemTold(
            kind="about:blank",
            title=TITLES[self.status].say(language),
            status=self.status,
            detail=": ".join(filter(None, (self.parameter, self.says.say(language)))),
            parameter=self.parameter,
            possible=self.possible[:MOST_LISTED],
        )
        response = Response(msgspec.json.encode(told), self.status, content_type=MEDIA_TYPE)
        response.headers.update({"Cache-Control": "no-store", "Content-Language": language, **self.headers})
        return open_to_all(response)


def spoken() -> str:
    """The language of this reader: ``bahasa``, else what the browser prefers, else Indonesian."""
    preferred = (language.partition("-")[0].lower() for language, share in request.accept_languages if share > 0)
    said = (request.args.get("bahasa"), *preferred)
    return next((language for language in said if language in LANGUAGES), LANGUAGES[0])
