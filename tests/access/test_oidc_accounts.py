"""Whose account somebody is whom the identity provider knows, what is still asked of them, and how it is set up."""

import datetime as dt
import secrets
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from dashboard.__main__ import main
from dashboard.access import accounts, codes, openid, provider, sessions
from dashboard.access.openid import Settings
from dashboard.access.roles import Grant, Role
from etl.errors import PantauError
from tests.access.provider_server import (
    Claims,
    ProviderServer,
)
from tests.access.test_sign_in import PASSWORD, account, change, enter, led_to, now_code, post, somebody
from tests.access.trips import CITY, HTML, NAME, assert_out, known, sits, trip
from tests.world import World


def test_who_has_no_account_is_told_so_and_logged_without_a_name(
    client: FlaskClient, theirs: ProviderServer, caplog: pytest.LogCaptureFixture
) -> None:
    sits(theirs, "197801012005011001@uji.go.id", name="Orang Asing", preferred_username="197801012005011001")
    assert_out(client, trip(client), 403, provider.UNKNOWN)
    assert "identity provider: unknown: " in caplog.text
    assert "19780101" not in caplog.text and "Asing" not in caplog.text and theirs.person["sub"] not in caplog.text


def test_the_first_sign_in_ties_and_then_the_number_alone_counts(ours: Flask, theirs: ProviderServer) -> None:
    login = known(theirs, Role.OPERATOR)
    assert led_to(trip(ours.test_client())) == "/112"
    tied = account(login)
    assert (tied.issuer, tied.subject) == (theirs.issuer, theirs.person["sub"])
    theirs.person = theirs.person | {"email": "nama.baru@uji.go.id", "preferred_username": "baru"}
    assert led_to(trip(ours.test_client())) == "/112"
    sits(theirs, login)  # somebody else has that address now
    stranger = ours.test_client()
    assert_out(stranger, trip(stranger), 403, provider.UNKNOWN)


@pytest.mark.parametrize(
    ("login", "claims", "fits"),
    [
        ("Siti@Uji.go.id", {"email": "siti@uji.go.id", "email_verified": True}, True),
        ("siti@uji.go.id", {"email": "SITI@uji.go.id", "email_verified": True}, True),
        ("siti", {"preferred_username": "siti"}, True),
        ("siti@uji.go.id", {"email": "siti@uji.go.id"}, False),
        ("siti@uji.go.id", {"email": "siti@uji.go.id", "email_verified": False}, False),
        ("siti@uji.go.id", {"email": "siti@uji.go.id", "email_verified": "false"}, False),
        ("siti@uji.go.id", {"preferred_username": "siti@uji.go.id"}, False),  # people choose it themselves
        ("siti", {"name": "siti", "nickname": "siti", "email": "siti"}, False),
        ("siti", {"preferred_username": ["siti"]}, False),
    ],
)
def test_which_account_waits_for_whom(
    client: FlaskClient, theirs: ProviderServer, login: str, claims: Claims, fits: bool
) -> None:
    mark = secrets.token_hex(4)
    changed = {name: f"{mark}{value}" if isinstance(value, str) and name != "email_verified" else value
               for name, value in claims.items()}  # fmt: skip
    made = accounts.add_for_provider(f"{mark}{login}", "Uji", theirs.issuer, None, "tests")
    accounts.grant(made, Grant(Role.OPERATOR, CITY), "tests")
    theirs.person = {"sub": mark, **changed}
    reply = trip(client)
    assert reply.status_code == (303 if fits else 403), reply.text


@pytest.mark.parametrize("kind", ["password", "another provider", "tied", "disabled"])
def test_an_account_that_was_not_made_for_this_person_is_not_claimed(
    client: FlaskClient, theirs: ProviderServer, kind: str
) -> None:
    login = known(theirs, Role.OPERATOR)
    changes: dict[str, dict[str, Any]] = {
        "password": {"password": "x", "issuer": None},
        "another provider": {"issuer": "https://lain.example"},
        "tied": {"subject": "orang lain"},
        "disabled": {"disabled_at": sa.func.clock_timestamp()},
    }
    change(login, **changes[kind])
    before = account(login).subject
    assert_out(client, trip(client), 403, provider.UNKNOWN)
    assert account(login).subject == before


def test_an_account_with_a_known_number_needs_no_name(client: FlaskClient, theirs: ProviderServer) -> None:
    theirs.person = {"sub": secrets.token_hex(8)}
    made = accounts.add_for_provider(secrets.token_hex(4), "Uji", theirs.issuer, theirs.person["sub"], "tests")
    accounts.grant(made, Grant(Role.OPERATOR, CITY), "tests")
    assert led_to(trip(client)) == "/112"


@pytest.mark.parametrize("column", ["disabled_at", "locked_until"])
def test_a_closed_account_stays_out(
    ours: Flask, theirs: ProviderServer, column: str, caplog: pytest.LogCaptureFixture
) -> None:
    login = known(theirs, Role.OPERATOR)
    assert led_to(trip(ours.test_client())) == "/112"
    change(login, **{column: sa.func.clock_timestamp() + dt.timedelta(hours=1)})
    browser = ours.test_client()
    assert_out(browser, trip(browser), 403, provider.CLOSED)
    assert f"closed: {account(login).id}" in caplog.text


def test_nothing_that_the_provider_says_is_a_role(client: FlaskClient, theirs: ProviderServer) -> None:
    known(theirs, roles=["mayor", "admin"], groups=["/mayor"], realm_access={"roles": ["mayor"]})
    assert led_to(trip(client)) == "/112"
    assert client.get("/112").status_code == 403


@pytest.mark.parametrize("role", sorted({Role.MAYOR, Role.STEWARD, Role.ADMIN}))
def test_who_sees_more_still_needs_a_code_of_ours(ours: Flask, theirs: ProviderServer, role: Role) -> None:
    login = known(theirs, role, amr=["pwd"], acr="1")
    browser = ours.test_client()
    assert led_to(trip(browser, "/mutu")) == "/masuk/ponsel"
    assert browser.get("/mutu").status_code == 401
    accounts.set_code_secret(account(login).id, codes.fresh_secret())
    reply = trip(browser, "/mutu")
    assert reply.headers["Location"] == "/masuk/kode?ke=%2Fmutu"
    code = now_code(account(login).code_secret or "")
    assert led_to(post(browser, reply.headers["Location"], code=code)) == "/mutu"
    assert browser.get("/mutu").status_code == 200


SEVERAL: list[Claims] = [{"amr": ["pwd", "otp"]}, {"amr": ["mfa"]}, {"amr": ["hwk"]}, {"acr": "tiga-faktor"}]


@pytest.mark.parametrize("claims", SEVERAL, ids=str)
def test_unless_the_provider_asked_for_more_than_a_password(
    client: FlaskClient, theirs: ProviderServer, claims: Claims
) -> None:
    known(theirs, Role.STEWARD, **claims)
    assert led_to(trip(client, "/mutu")) == "/mutu"
    assert client.get("/mutu").status_code == 200


def test_no_password_opens_it_and_none_closes_it(client: FlaskClient, theirs: ProviderServer) -> None:
    login = known(theirs, Role.OPERATOR)
    for _ in range(accounts.FREE_TRIES + 1):
        assert enter(client, login, "").status_code == 401
    assert account(login).locked is False
    assert led_to(trip(client)) == "/112"
    page = client.get("/akun").text
    assert "diganti di sana" in page and 'name="password"' not in page
    assert (
        post(client, "/akun", password="", new="perahu kecil di hulu", again="perahu kecil di hulu").status_code == 400
    )
    assert account(login).password is None
    accounts.set_password(account(login).id, PASSWORD)
    assert post(client, "/keluar").status_code == 303 and enter(client, login).status_code == 401


# Setting up


def test_without_a_provider_there_is_no_button_and_no_way(world: World) -> None:
    with httpx.Client(base_url=world.command_url, headers=HTML) as plain:
        assert "/masuk/luar" not in plain.get("/masuk").text
        ways = ("/masuk/luar", "/masuk/luar/kembali", "/masuk/luar/keluar")
        assert [plain.get(path).status_code for path in ways] == [404] * 3


ALL = dict(zip(openid.REQUIRED, ("https://sso.uji.go.id/realms/kota/", "pantau", "rahasia"), strict=True))


def given(monkeypatch: pytest.MonkeyPatch, **values: str) -> Settings | None:
    for name in (*openid.REQUIRED, "PANTAU_OIDC_NAME", "PANTAU_OIDC_ACR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return openid.here()


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert given(monkeypatch) is None
    found = given(monkeypatch, **ALL)
    assert found and (found.issuer, found.name) == ("https://sso.uji.go.id/realms/kota/", "sso.uji.go.id")
    assert "rahasia" not in repr(found)
    named = given(monkeypatch, **ALL, PANTAU_OIDC_NAME=NAME, PANTAU_OIDC_ACR="2, 3 gold")
    assert named and (named.name, named.acr) == (NAME, {"2", "3", "gold"})


@pytest.mark.parametrize("missing", openid.REQUIRED)
def test_half_a_provider_keeps_it_from_starting(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PantauError, match=missing):
        given(monkeypatch, **(ALL | {missing: " "}))


ISSUERS = [
    "http://sso.uji.go.id",
    "sso.uji.go.id",
    "https://",
    "https://sso.uji.go.id?x=1",
    "http://[",
    "ftp://127.0.0.1",
]


@pytest.mark.parametrize("issuer", ISSUERS)
def test_a_provider_that_protects_nobody_keeps_it_from_starting(issuer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PantauError, match="https://"):
        given(monkeypatch, **(ALL | {"PANTAU_OIDC_ISSUER": issuer}))


@pytest.mark.parametrize("issuer", ["http://127.0.0.1:8080", "http://localhost", "http://[::1]:8080/realms/kota"])
def test_a_provider_on_this_machine_may_do_without_https(issuer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert given(monkeypatch, **(ALL | {"PANTAU_OIDC_ISSUER": issuer}))


def test_accounts_for_the_provider_from_the_command_line(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    login, other = f"Siti-{secrets.token_hex(4)}@uji.go.id", f"budi-{secrets.token_hex(4)}"
    given(monkeypatch)
    assert main(["user", "add", login, "--name", "Siti", "--provider"]) == 1
    assert "PANTAU_OIDC_ISSUER" in capsys.readouterr().err and accounts.named(login) is None
    given(monkeypatch, **ALL)
    assert main(["user", "add", login, "--name", "Siti", "--provider"]) == 0
    assert main(["user", "add", other, "--name", "Budi", "--subject", "b-7"]) == 0
    assert "sandi" not in capsys.readouterr().out
    waiting, tied = account(login), account(other)
    issuer = ALL["PANTAU_OIDC_ISSUER"]
    assert (waiting.password, waiting.issuer, waiting.subject, waiting.must_change) == (None, issuer, None, False)
    assert (tied.issuer, tied.subject) == (issuer, "b-7")
    assert main(["user", "password", other]) == 1
    assert "signs in through" in capsys.readouterr().err
    token = sessions.open_session(tied.id)
    given(monkeypatch, **(ALL | {"PANTAU_OIDC_ISSUER": "https://baru.uji.go.id"}))
    assert main(["user", "untie", other]) == 0
    assert (account(other).issuer, account(other).subject) == ("https://baru.uji.go.id", None)
    assert sessions.viewer_of(token) is None
    assert main(["user", "untie", somebody()]) == 1
    assert "with a password" in capsys.readouterr().err
