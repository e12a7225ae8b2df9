"""There and back: a command center with the identity provider of ``provider_server``, and somebody who sits there."""

import secrets
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dashboard.access import accounts, conversation
from dashboard.access.roles import Grant, Role
from dashboard.command import create
from tests.access.provider_server import CLIENT_ID, CLIENT_SECRET, ProviderServer
from tests.signed_in import COOKIE
from tests.world import World

CITY = "64.72"
NAME = "SSO Kota Uji"
HTML = {"Accept": "text/html"}
TRIP_COOKIE = "pantau-luar"


@pytest.fixture(scope="module")
def theirs() -> Iterator[ProviderServer]:
    """The provider, listening."""
    server = ProviderServer(host="localhost")  # to a browser at 127.0.0.1 another site, as it is in a city
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")  # its server side wants https even on loopback
        server.start()
        yield server
        server.stop()


@pytest.fixture(scope="module")
def made_ours(world: World, theirs: ProviderServer) -> Flask:
    return set_up(theirs)


def set_up(theirs: ProviderServer) -> Flask:
    """A command center of that provider."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PANTAU_OIDC_ISSUER", theirs.issuer)
        environment.setenv("PANTAU_OIDC_CLIENT_ID", CLIENT_ID)
        environment.setenv("PANTAU_OIDC_CLIENT_SECRET", CLIENT_SECRET)
        environment.setenv("PANTAU_OIDC_NAME", NAME)
        environment.setenv("PANTAU_OIDC_ACR", "dua-faktor, tiga-faktor")
        return create()


@pytest.fixture
def ours(made_ours: Flask, theirs: ProviderServer) -> Flask:
    """With an honest provider of which it knows nothing yet, and nobody counted by its limiter."""
    theirs.behave()
    made_ours.extensions["sign-in"].limiter.storage.reset()
    ways = made_ours.extensions["provider"]
    ways.provider = conversation.Provider(ways.provider.settings)
    return made_ours


@pytest.fixture
def client(ours: Flask) -> Iterator[FlaskClient]:
    with ours.test_client() as client:
        yield client


def known(theirs: ProviderServer, *roles: Role, **claims: Any) -> str:
    """Somebody new who sits at the provider and has an account that waits; its login."""
    login = f"{secrets.token_hex(4)}@uji.go.id"
    made = accounts.add_for_provider(login, "Uji Coba", theirs.issuer, None, "tests")
    for role in roles:
        accounts.grant(made, Grant(role, CITY), "tests")
    sits(theirs, login, **claims)
    return login


def sits(theirs: ProviderServer, email: str, **claims: Any) -> None:
    """Somebody new sits at the provider."""
    theirs.person = {"sub": secrets.token_hex(8), "email": email, "email_verified": True, **claims}


def go(browser: FlaskClient, ke: str = "/112") -> str:
    """Begin; where the browser is led."""
    reply = browser.get("/masuk/luar", query_string={"ke": ke})
    assert reply.status_code == 303, reply.text
    return reply.headers["Location"]


def there(address: str) -> str:
    """At the provider; our address that it leads back to."""
    reply = httpx.get(address)
    assert reply.status_code == 302, reply.text
    return reply.headers["Location"].removeprefix("http://localhost")


def trip(browser: FlaskClient, ke: str = "/112") -> TestResponse:
    """There and back."""
    return browser.get(there(go(browser, ke)), headers=HTML)


def assert_out(browser: FlaskClient, reply: TestResponse, status: int, says: Any) -> None:
    """Refused with calm words above the form, and nobody is signed in."""
    assert (reply.status_code, says.id in reply.text) == (status, True), reply.text
    assert 'name="password"' in reply.text and "Traceback" not in reply.text
    assert browser.get_cookie(COOKIE) is None
    assert browser.get("/112").status_code == 401
