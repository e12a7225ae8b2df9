"""An answer as it goes over the wire: whole, compressed, tagged, and the same for everybody who may have it."""

import gzip
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

import brotli

from dashboard.headers import HEADERS, PUBLIC_POLICY, content_security

Headers = list[tuple[str, str]]

TEXTUAL = re.compile(r"text/|image/svg|application/javascript|[^;]*[/+](?:json|xml)\b")
WORTH_PACKING = 500  # bytes; below, the headers weigh more
BR, GZIP, PLAIN = "br", "gzip", ""
BROTLI_QUALITY, GZIP_LEVEL = 6, 6  # a page of 40 kB in a millisecond
GUARD = {name.lower(): value for name, value in HEADERS.items()}
GUARD |= {"content-security-policy": content_security(PUBLIC_POLICY)}
NEVER = ("set-cookie", "date", "content-length")  # no cookie; the others the server says
NOT_OF_304 = ("content-type", "content-encoding", "content-length")


@dataclass(frozen=True, slots=True)
class Part:
    """A file on the disk, or some of it: bytes from ``start`` up to ``end``."""

    path: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent: bytes, or a part of a file that nobody reads into memory."""

    status: int
    headers: Headers
    body: bytes = b""
    file: Part | None = None
    tag: str = ""
    for_everybody: bool = False  # it may be kept and given to whoever asks the same

    def known(self, tags: str | None) -> bool:
        """Whether who asks has it already; ``tags`` is ``If-None-Match``."""
        return bool(tags and self.tag and (self.tag in tags or tags.strip() == "*"))

    @property
    def headers_of_304(self) -> Headers:
        return [(name, value) for name, value in self.headers if name not in NOT_OF_304]


def answer(
    status: int, headers: Mapping[str, str], body: bytes = b"", coding: str = PLAIN, file: Part | None = None
) -> Answer:
    """Make what was said ready: guarded, without a cookie, packed as ``coding`` says where it is not yet, tagged."""
    said = GUARD | {name.lower(): value for name, value in headers.items() if name.lower() not in NEVER}
    if file:
        said["content-length"] = str(file.end - file.start)
    public = "public" in said.get("cache-control", "") and status < 400
    if public and body:
        said.setdefault("etag", f'"{sha256(body).hexdigest()[:20]}"')
    if TEXTUAL.match(said.get("content-type", "")):
        said.setdefault("vary", "Accept-Encoding")
        body = _packed(said, body, coding)
    shared = public and status != 206 and said.get("vary", "Accept-Encoding") == "Accept-Encoding"
    return Answer(status, list(said.items()), body, file, said.get("etag", ""), shared)


def _packed(said: dict[str, str], body: bytes, coding: str) -> bytes:
    """Packed and plain bytes are different answers, so they carry different tags."""
    if not coding or "content-encoding" in said or len(body) < WORTH_PACKING:
        return body
    said["content-encoding"] = coding
    if "etag" in said:
        said["etag"] = f'{said["etag"].removesuffix(chr(34))}-{coding}"'
    if coding == BR:
        return bytes(brotli.compress(body, quality=BROTLI_QUALITY))
    return gzip.compress(body, GZIP_LEVEL, mtime=0)


@lru_cache(maxsize=256)
def best_coding(accepted: str) -> str:
    """The coding that is sent to who accepts these (``Accept-Encoding``)."""
    offers = [part.partition(";") for part in accepted.lower().split(",")]
    wanted = {name.strip() for name, _, weight in offers if not re.fullmatch(r"\s*q=0(?:\.0*)?\s*", weight)}
    return BR if BR in wanted else GZIP if GZIP in wanted else PLAIN
