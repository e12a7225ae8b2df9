"""Where the public site is reached: what stands before every address that leaves it, in feeds, metadata and links.

``PANTAU_PUBLIC_URL=https://data.kota.go.id`` says it and makes the site one behind a proxy. Without it the address is
the one that a reader used.
"""

import os
from urllib.parse import urlsplit

from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix

from etl.bundle import Shelf
from etl.errors import PantauError


def said() -> str:
    """What the environment says; empty on a trial. Raises PantauError for what is no address of a site."""
    address = os.environ.get("PANTAU_PUBLIC_URL", "").rstrip("/")
    parts = urlsplit(address)
    if address and (parts.scheme not in ("http", "https") or not parts.netloc or parts.path):
        raise PantauError(
            f"PANTAU_PUBLIC_URL={address} harus berbentuk https://nama.kota.go.id, tanpa jalur. "
            f"| PANTAU_PUBLIC_URL={address} must look like https://name.city.go.id, without a path."
        )
    return address


def base() -> str:
    """The address of the site for this request, without a slash at its end."""
    return said() or request.host_url.rstrip("/")


def register(app: Flask, shelf: Shelf) -> None:
    """Behind a proxy a reader is known by what the proxy says, never by what the reader says."""
    if said():
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)  # type: ignore[method-assign]  # how Flask says it
