"""The cookies, each a random token: the session's, a screen's, and for some minutes that of a trip to the provider.

``__Host-`` binds them to this host, HttpOnly keeps them from scripts. Lax, not Strict: a trip comes back from another
site.
"""

from flask import Request, Response

from dashboard.access.roles import LONGEST
from dashboard.access.site import Site

SESSION, TRIP = "pantau", "pantau-luar"
SCREEN, NEW_SCREEN, WALL = "pantau-layar", "/layar/baru", "/dinding"
SCREEN_LASTS_S = 400 * 24 * 3600  # as long as a browser keeps any cookie


def _name(request: Request, site: Site, name: str) -> str:
    # Browsers take __Host- over https only; on loopback nothing leaves the machine.
    return name if site.on_loopback(request) and not request.is_secure else f"__Host-{name}"


def token(request: Request, site: Site, name: str = SESSION) -> str:
    """The token that a request brings, or nothing."""
    return request.cookies.get(_name(request, site, name), "")


def screen(request: Request, site: Site) -> str:
    """The secret by which a screen that was never signed in knows itself again; nothing where a person sits."""
    return token(request, site, SCREEN)


def is_screen(request: Request) -> bool:
    """Whether the browser says that it is one; good for leading it somewhere, for nothing else."""
    return bool({SCREEN, f"__Host-{SCREEN}"} & request.cookies.keys())


def mark_screen(response: Response, request: Request, site: Site, secret: str, lasts_s: float) -> None:
    """Here is a screen: it is led to its pairing code, never to a form that nobody can fill in."""
    give(response, request, site, secret, lasts_s, SCREEN)


def unmark_screen(response: Response, request: Request, site: Site) -> None:
    """A person signed in here."""
    if screen(request, site):
        take(response, request, site, SCREEN)


def give(
    response: Response, request: Request, site: Site, value: str, lasts_s: float | None = None, name: str = SESSION
) -> None:
    """Hand a token to the browser."""
    response.set_cookie(
        _name(request, site, name),
        value,
        max_age=int(lasts_s or LONGEST.total_seconds()),
        path="/",
        secure=_secure(request, site),
        httponly=True,
        samesite="Lax",
    )


def take(response: Response, request: Request, site: Site, name: str = SESSION) -> None:
    """Make the browser forget its token; without ``Secure`` it would not listen to a ``__Host-`` name."""
    secure = _secure(request, site)
    response.delete_cookie(_name(request, site, name), path="/", secure=secure, httponly=True, samesite="Lax")


def _secure(request: Request, site: Site) -> bool:
    return not site.on_loopback(request) or request.is_secure
