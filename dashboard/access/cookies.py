"""The one cookie: a random token. ``__Host-`` binds it to this host, HttpOnly keeps it from scripts."""

from flask import Request, Response

from dashboard.access.roles import LONGEST
from dashboard.access.site import Site

SCREEN, MAYBE_A_SCREEN_S = "pantau-layar", 12 * 3600
SCREEN_LASTS_S = 400 * 24 * 3600  # as long as a browser keeps any cookie


def _name(request: Request, site: Site, name: str = "pantau") -> str:
    # Browsers take __Host- over https only; on loopback nothing leaves the machine.
    return name if site.on_loopback(request) and not request.is_secure else f"__Host-{name}"


def token(request: Request, site: Site) -> str:
    """The token that a request brings, or nothing."""
    return request.cookies.get(_name(request, site), "")


def screen(request: Request, site: Site) -> str:
    """The secret by which a screen that was never signed in knows itself again; nothing where a person sits."""
    return request.cookies.get(_name(request, site, SCREEN), "")


def mark_screen(response: Response, request: Request, site: Site, secret: str, lasts_s: float) -> None:
    """Here is a screen: it is led to its pairing code, never to a form that nobody can fill in."""
    _set(response, request, site, SCREEN, secret, lasts_s)


def unmark_screen(response: Response, request: Request, site: Site) -> None:
    """A person signed in here."""
    if screen(request, site):
        response.delete_cookie(_name(request, site, SCREEN), path="/", httponly=True, samesite="Lax")


def give(response: Response, request: Request, site: Site, value: str, lasts_s: float | None = None) -> None:
    """Hand a token to the browser."""
    _set(response, request, site, "pantau", value, lasts_s or LONGEST.total_seconds())


def _set(response: Response, request: Request, site: Site, name: str, value: str, lasts_s: float) -> None:
    response.set_cookie(
        _name(request, site, name),
        value,
        max_age=int(lasts_s),
        path="/",
        secure=not site.on_loopback(request) or request.is_secure,
        httponly=True,
        samesite="Lax",
    )


def take(response: Response, request: Request, site: Site) -> None:
    """Make the browser forget its token."""
    response.delete_cookie(_name(request, site), path="/", httponly=True, samesite="Lax")
