"""Files of ``assets/`` under names that hold their hash, immutable and compressed once.

``Assets.url("tokens.css")`` → ``/static/files/tokens.3f2a91c04b.css``. Several files, as ``"tokens.css+shell.css"``,
come as one, and icons with the style sheet that names them, so that a page asks for fewer. Dash's own bundles have
fingerprinted addresses already; ``squeeze`` compresses them, once per process as well.
"""

import gzip
import mimetypes
import re
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

import brotli
from flask import Flask, Response, abort, request

FOREVER, FOR_A_WHILE = "public, max-age=31536000, immutable", "public, max-age=300"
HASH = re.compile(r"\.[0-9a-f]{10}(?=\.\w+$)")
ROOT = Path(__file__).parent.parent.resolve() / "assets"
SQUEEZABLE = ("text/", "application/javascript", "application/json", "application/geo+json", "image/svg+xml")
PLACE = "/static/files/"  # /static/ alone is Flask's own
BUNDLES = "/_dash-component-suites/"


class Assets:
    """The files of one folder, read once; addresses change exactly when the content does."""

    def __init__(self, root: Path = ROOT) -> None:
        self.root = root
        plain = {_name(path, root): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
        self.urls = {name: _address(name, body) for name, body in plain.items()}
        styled = {name: self._link(body, plain) if name.endswith(".css") else body for name, body in plain.items()}
        self.urls |= {name: _address(name, body) for name, body in styled.items() if name.endswith(".css")}
        self.bodies = {self.urls[name]: body for name, body in styled.items()}

    def url(self, name: str) -> str:
        """The address of ``name``, a path inside the folder, or several with ``+`` between them; KeyError when there is
        no such file."""
        if name not in self.urls:
            parts = name.split("+")
            body = b"\n".join(self.bodies[self.urls[part]] for part in parts)
            self.urls[name] = _address(name, body)
            self.bodies[self.urls[name]] = body
        return self.urls[name]

    def _link(self, css: bytes, plain: Mapping[str, bytes]) -> bytes:
        """A style sheet names files beside it: icons come with it, others have hashed addresses."""

        def linked(match: re.Match[str]) -> str:
            name = match[1]
            return f'url("{_inline(plain[name]) if name.endswith(".svg") else self.urls[name]}")'

        return re.sub(r'url\("([\w./-]+)"\)', linked, css.decode()).encode()

    def serve(self, app: Flask) -> None:
        """Answer ``/static/files/…`` on ``app``."""
        app.add_url_rule(PLACE + "<path:name>", "pantau_static", self._answer)
        app.after_request(squeeze)

    def _answer(self, name: str) -> Response:
        body, cache = self.bodies.get(PLACE + name), FOREVER
        if body is None:
            # A page that was printed with a release names the files of its day; those of today stand in for them.
            body, cache = self.bodies.get(self.urls.get(HASH.sub("", name), "")), FOR_A_WHILE
        if body is None:
            abort(404)
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        return Response(body, mimetype=kind, headers={"Cache-Control": cache})


def squeeze(response: Response) -> Response:
    """Compress an immutable script or style once and keep the result for the next request."""
    if not _squeezable(response):
        return response
    coding = next((name for name in ("br", "gzip") if name in request.headers.get("Accept-Encoding", "")), "")
    response.headers["Vary"] = "Accept-Encoding"
    if coding:
        response.direct_passthrough = False
        response.set_data(_packed(response.get_data(), coding))
        response.headers["Content-Encoding"] = coding
    return response


def _squeezable(response: Response) -> bool:
    ours = request.path.startswith((PLACE, BUNDLES))
    fresh = response.status_code == 200 and "Content-Encoding" not in response.headers
    return ours and fresh and (response.mimetype or "").startswith(SQUEEZABLE)


@lru_cache(maxsize=128)
def _packed(body: bytes, coding: str) -> bytes:
    return brotli.compress(body, quality=9) if coding == "br" else gzip.compress(body, 6, mtime=0)


def _name(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def _inline(svg: bytes) -> str:
    return f"data:image/svg+xml,{quote(svg.decode().strip())}"


def _address(name: str, body: bytes) -> str:
    stem, dot, ending = name.rpartition(".")
    return f"{PLACE}{stem}.{sha256(body).hexdigest()[:10]}{dot}{ending}"
