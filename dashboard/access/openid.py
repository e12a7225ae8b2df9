"""What a city's identity provider is to Pantau: how it is set up, and what is believed of it (``conversation``).

No page, no account and no role is decided here: only who the provider says that somebody is, and whether to believe it.
Settings come from the environment alone (``PANTAU_OIDC_…``): a secret stands in no file of a city.
"""

import hmac
import os
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from dashboard.access.site import LOOPBACK
from etl.errors import PantauError

REQUIRED = ("PANTAU_OIDC_ISSUER", "PANTAU_OIDC_CLIENT_ID", "PANTAU_OIDC_CLIENT_SECRET")


class ProviderAway(PantauError):
    """The identity provider does not answer, or not as one: the next try asks again."""


class NotBelieved(PantauError):
    """What came back is not what this provider says about somebody who came for us just now."""


@dataclass(frozen=True)
class Settings:
    """How Pantau is known to the provider; ``acr`` are its words for a sign-in with more than a password."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str
    acr: frozenset[str] = frozenset()


def here() -> Settings | None:
    """What the environment says; nothing where no provider is set up. Raises PantauError for half of it."""
    given = {name: os.environ.get(name, "").strip() for name in REQUIRED}
    if not any(given.values()):
        return None
    if missing := ", ".join(name for name, value in given.items() if not value):
        raise PantauError(f"belum diisi: {missing} → isi ketiganya, atau kosongkan semua | not set: {missing}")
    issuer = given[REQUIRED[0]]
    if not protected(issuer) or urlsplit(issuer).query or urlsplit(issuer).fragment:
        raise PantauError(
            f"PANTAU_OIDC_ISSUER={issuer} harus berbentuk https://… "
            f"| PANTAU_OIDC_ISSUER={issuer} must look like https://…, without a query"
        )
    name = os.environ.get("PANTAU_OIDC_NAME", "").strip() or str(urlsplit(issuer).hostname)
    acr = frozenset(os.environ.get("PANTAU_OIDC_ACR", "").replace(",", " ").split())
    return Settings(issuer, given[REQUIRED[1]], given[REQUIRED[2]], name, acr)


def protected(address: str) -> bool:
    """Whether what is sent there is encrypted, or never leaves the machine."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    own = parts.scheme == "http" and (parts.hostname in LOOPBACK or parts.hostname == "::1")
    return bool(parts.hostname) and (parts.scheme == "https" or own)


@dataclass(frozen=True)
class Trip:
    """What ties an answer of the provider to the browser that asked: it is worth nothing in any other one.

    All three come from the one random handle in the browser's cookie, so that nothing of them has to be kept.
    """

    state: str
    nonce: str
    verifier: str


def trip_of(handle: str) -> Trip:
    """The trip of a handle; neither it nor the other two can be found from one of the three."""
    key = handle.encode(errors="surrogateescape")
    return Trip(*(hmac.new(key, word, "sha256").hexdigest() for word in (b"state", b"nonce", b"verifier")))


@dataclass(frozen=True)
class Person:
    """Somebody as the provider knows them. Nothing that it says about groups or roles is read."""

    subject: str
    logins: tuple[str, ...]  # what an account that waits for this person may be called
    proven: bool  # more than a password was asked for
