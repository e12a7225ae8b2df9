"""What an identity provider, or somebody in its place, may say that is not believed; and when it is away."""

import datetime as dt
import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from joserfc.jwk import RSAKey

from dashboard.access import conversation, provider
from dashboard.access.roles import Role
from tests.access.provider_server import (
    CLIENT_ID,
    DISCOVERY,
    JWKS,
    TOKEN,
    Claims,
    ProviderServer,
    Spoiler,
    by_hand,
    rsa_key,
    signed,
)
from tests.access.test_sign_in import account, enter, led_to, post, somebody
from tests.access.trips import assert_out, go, known, there, trip

# Each makes an identity token that is wrong in one way.


def with_claims(**wrong: Any) -> Spoiler:
    def spoil(server: ProviderServer, claims: Claims) -> str:
        changed = {name: value for name, value in (claims | wrong).items() if value is not None}
        return signed(changed, server.key)

    return spoil


def long_ago(server: ProviderServer, claims: Claims) -> str:
    hour = int(dt.timedelta(hours=1).total_seconds())
    return signed(claims | {"iat": claims["iat"] - 2 * hour, "exp": claims["exp"] - 2 * hour}, server.key)


def unsigned(server: ProviderServer, claims: Claims) -> str:
    return by_hand({"alg": "none"}, claims)


def with_the_public_key(server: ProviderServer, claims: Claims) -> str:
    return by_hand({"alg": "HS256", "kid": server.key.kid}, claims, server.key.as_pem(private=False))


def by_another_key(server: ProviderServer, claims: Claims) -> str:
    return signed(claims, rsa_key("satu", 2))


def by_an_unknown_key(server: ProviderServer, claims: Claims) -> str:
    return signed(claims, rsa_key("tidak ada"))


def with_a_changed_name(server: ProviderServer, claims: Claims) -> str:
    head, _, mark = signed(claims, server.key).split(".")
    return f"{head}.{by_hand({}, claims | {'sub': 'orang lain'}).split('.')[1]}.{mark}"


LIES: dict[str, Spoiler] = {
    "nonce": with_claims(nonce="0" * 64),
    "no nonce": with_claims(nonce=None),
    "aud": with_claims(aud="klien lain"),
    "aud, but azp": with_claims(aud="klien lain", azp=CLIENT_ID),
    "azp": with_claims(aud=[CLIENT_ID, "klien lain"], azp="klien lain"),
    "no aud": with_claims(aud=None),
    "iss": with_claims(iss="https://jahat.example"),
    "no exp": with_claims(exp=None),
    "exp": long_ago,
    "iat": with_claims(iat=int(time.time()) + 3600),
    "at_hash": with_claims(at_hash="x"),
    "no sub": with_claims(sub=None),
    "empty sub": with_claims(sub=""),
    "sub": with_claims(sub=7),
    "amr": with_claims(amr="mfa"),
    "alg none": unsigned,
    "HS256 with the public key": with_the_public_key,
    "another key": by_another_key,
    "an unknown key": by_an_unknown_key,
    "changed": with_a_changed_name,
    "no token": lambda server, claims: "bukan.token.sama sekali",
    "empty": lambda server, claims: "",
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_not_believed(
    client: FlaskClient, theirs: ProviderServer, lie: str, caplog: pytest.LogCaptureFixture
) -> None:
    login = known(theirs, Role.OPERATOR)
    theirs.spoil = LIES[lie]
    assert_out(client, trip(client), 401, provider.NOT_OURS)
    assert "failed sign-in by the identity provider: id_token: " in caplog.text
    assert account(login).subject is None
    theirs.spoil = ProviderServer.spoil
    assert led_to(trip(client)) == "/112"  # the same person, honestly


def test_an_answer_for_another_client_or_of_another_provider_is_refused(
    client: FlaskClient, theirs: ProviderServer, caplog: pytest.LogCaptureFixture
) -> None:
    known(theirs, Role.OPERATOR)
    back = there(go(client))
    assert_out(client, client.get(f"{back}&iss=https://jahat.example"), 401, provider.NOT_OURS)
    assert "identity provider: iss" in caplog.text


def test_a_code_that_the_provider_never_gave_is_worth_nothing(
    client: FlaskClient, theirs: ProviderServer, caplog: pytest.LogCaptureFixture
) -> None:
    known(theirs, Role.OPERATOR)
    back = re.sub("code=[^&]+", "code=karangan", there(go(client)))
    assert_out(client, client.get(back), 401, provider.NOT_OURS)
    assert "token: 'invalid_grant'" in caplog.text


def test_a_code_that_was_asked_for_by_another_browser_is_worth_nothing(ours: Flask, theirs: ProviderServer) -> None:
    """An attacker's code in the victim's own trip: the proof of the one who asked (PKCE) and the nonce are missing."""
    known(theirs, Role.OPERATOR)
    attacker, victim = ours.test_client(), ours.test_client()
    code = parse_qs(urlsplit(there(go(attacker))).query)["code"][0]
    back = re.sub("code=[^&]+", f"code={code}", there(go(victim)))
    assert_out(victim, victim.get(back), 401, provider.NOT_OURS)


# The provider away, or not one


BROKEN: dict[str, Callable[[ProviderServer], Any]] = {
    "500": lambda theirs: theirs.answers.update({DISCOVERY: Response("aduh", 500)}),
    "html": lambda theirs: theirs.answers.update({DISCOVERY: Response("<h1>pemeliharaan</h1>")}),
    "list": lambda theirs: theirs.answers.update({DISCOVERY: Response("[]")}),
    "redirect": lambda theirs: theirs.answers.update({DISCOVERY: Response("", 302, {"Location": "https://x.example"})}),
    "another issuer": lambda theirs: theirs.about.update(issuer="https://jahat.example"),
    "no addresses": lambda theirs: theirs.about.update(jwks_uri=None),
    "no https": lambda theirs: theirs.about.update(token_endpoint="http://sso.example/token"),
    "no address": lambda theirs: theirs.about.update(authorization_endpoint="http://["),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_provider_that_is_none_is_told_of_and_asked_again(
    client: FlaskClient, theirs: ProviderServer, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    known(theirs, Role.OPERATOR)
    BROKEN[what](theirs)
    assert_out(client, client.get("/masuk/luar?ke=/112"), 503, provider.PROVIDER_AWAY)
    assert "identity provider: " in caplog.text
    theirs.answers.clear()
    theirs.about.clear()
    assert led_to(trip(client)) == "/112"


def test_while_the_provider_is_away_passwords_work_and_afterwards_everything(
    client: FlaskClient, theirs: ProviderServer
) -> None:
    known(theirs, Role.OPERATOR)
    theirs.stop()
    try:
        assert_out(client, client.get("/masuk/luar?ke=/112"), 503, provider.PROVIDER_AWAY)
        assert led_to(enter(client, somebody(Role.OPERATOR))) == "/112"
        assert led_to(post(client, "/keluar")) == "/masuk"
    finally:
        theirs.start()
    assert led_to(trip(client)) == "/112"


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [(TOKEN, 503, provider.PROVIDER_AWAY), (JWKS, 503, provider.PROVIDER_AWAY)],
)
@pytest.mark.parametrize("answer", [Response("aduh", 500), Response("<h1>pemeliharaan</h1>")])
def test_a_provider_that_goes_away_on_the_way_is_told_of(
    client: FlaskClient, theirs: ProviderServer, path: str, status: int, says: Any, answer: Response
) -> None:
    known(theirs, Role.OPERATOR)
    theirs.answers[path] = answer
    assert_out(client, trip(client), status, says)
    theirs.answers.clear()
    assert led_to(trip(client)) == "/112"


@pytest.mark.parametrize("said", ["{}", '{"access_token": "x"}', '{"id_token": 7}', '{"error": {"a": []}}'])
def test_half_an_answer_is_not_believed(client: FlaskClient, theirs: ProviderServer, said: str) -> None:
    known(theirs, Role.OPERATOR)
    theirs.answers[TOKEN] = Response(said, mimetype="application/json")
    assert_out(client, trip(client), 401, provider.NOT_OURS)


@pytest.mark.parametrize("keys", ['{"keys": []}', "{}", '{"keys": [{"kty": "RSA", "kid": "satu"}]}', '{"keys": 7}'])
def test_keys_that_are_none_open_nothing(client: FlaskClient, theirs: ProviderServer, keys: str) -> None:
    known(theirs, Role.OPERATOR)
    theirs.answers[JWKS] = Response(keys, mimetype="application/json")
    assert_out(client, trip(client), 401, provider.NOT_OURS)


def test_a_new_key_is_taken_and_a_withdrawn_one_is_not(
    ours: Flask, theirs: ProviderServer, client: FlaskClient
) -> None:
    known(theirs, Role.OPERATOR)
    assert led_to(trip(ours.test_client())) == "/112"
    old: RSAKey = theirs.key
    theirs.key = rsa_key("dua")
    assert led_to(trip(ours.test_client())) == "/112"
    theirs.spoil = lambda server, claims: signed(claims, old)
    assert_out(client, trip(client), 401, provider.NOT_OURS)


def test_what_it_says_about_itself_is_read_once_an_hour(ours: Flask, theirs: ProviderServer) -> None:
    known(theirs, Role.OPERATOR)
    trip(ours.test_client())
    trip(ours.test_client())
    assert (theirs.asked.count(DISCOVERY), theirs.asked.count(JWKS)) == (1, 1)
    ours.extensions["provider"].provider._read_at -= conversation.FRESH_S
    trip(ours.test_client())
    assert (theirs.asked.count(DISCOVERY), theirs.asked.count(JWKS)) == (2, 2)
