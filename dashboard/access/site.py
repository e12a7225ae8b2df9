"""Where this command center is reached, which decides about cookies, origins and whether it may start.

``PANTAU_ORIGIN=https://pantau.kota.go.id`` makes it a production: only that address is answered, cookies are Secure,
keys must be there. Without it this is a trial on one machine: loopback addresses, or any address over https.
"""

import os
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Request

from etl.errors import PantauError

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True)
class Site:
    """The address that people use; empty on a trial."""

    origin: str = ""

    @property
    def production(self) -> bool:
        return bool(self.origin)

    def secure(self, request: Request) -> bool:
        """Whether what is sent comes encrypted to the browser, or never leaves the machine's own loopback."""
        return self.origin.startswith("https://") or request.is_secure or self.on_loopback(request)

    def on_loopback(self, request: Request) -> bool:
        """Whether the browser runs on this very machine."""
        return not self.production and _host(request.host) in LOOPBACK

    def is_ours(self, request: Request) -> bool:
        """Whether the request names the host that we are: another name may be somebody's rebinding."""
        return not self.production or request.host == urlsplit(self.origin).netloc

    def same_origin(self, request: Request) -> bool:
        """Whether our own page sent this; a browser says so with everything that changes something."""
        said = request.headers.get("Origin")
        if said is None:
            return request.headers.get("Sec-Fetch-Site") == "same-origin"
        return said == (self.origin or f"{request.scheme}://{request.host}")


def here() -> Site:
    """What the environment says. Raises PantauError for an address that protects nobody."""
    origin = os.environ.get("PANTAU_ORIGIN", "").rstrip("/")
    parts = urlsplit(origin)
    if origin and (parts.scheme != "https" or not parts.netloc or parts.path):
        raise PantauError(
            f"PANTAU_ORIGIN={origin} harus berbentuk https://nama.kota.go.id, tanpa jalur. "
            f"| PANTAU_ORIGIN={origin} must look like https://name.city.go.id, without a path."
        )
    return Site(origin)


def _host(netloc: str) -> str:
    return netloc.rpartition(":")[0] if netloc.rpartition(":")[2].isdigit() else netloc
