"""The one cookie: a random token. ``__Host-`` binds it to this host, HttpOnly keeps it from scripts."""

from flask import Request, Response

from dashboard.access.roles import LONGEST
from dashboard.access.site import Site

SCREEN_LASTS_S = 400 * 24 * 3600  # as long as a browser keeps any cookie


def _name(request: Request, site: Site) -> str:
    # Browsers take __Host- over https only; on loopback nothing leaves the machine.
    return "pantau" if site.on_loopback(request) and not request.is_secure else "__Host-pantau"


def token(request: Request, site: Site) -> str:
    """The token that a request brings, or nothing."""
    return request.cookies.get(_name(request, site), "")


def give(response: Response, request: Request, site: Site, value: str, lasts_s: float | None = None) -> None:
    """Hand a token to the browser."""
    response.set_cookie(
        _name(request, site),
        value,
        max_age=int(lasts_s or LONGEST.total_seconds()),
        path="/",
        secure=not site.on_loopback(request) or request.is_secure,
        httponly=True,
        samesite="Lax",
    )


def take(response: Response, request: Request, site: Site) -> None:
    """Make the browser forget its token."""
    response.delete_cookie(_name(request, site), path="/", httponly=True, samesite="Lax")
