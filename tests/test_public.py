"""The public site: says what it is, describes everything that is declared, and knows nothing else."""

import socket
from collections.abc import Iterator

import pytest
from dashboard.open_data import catalogue
from flask.testing import FlaskClient
from markupsafe import escape

from dashboard.indicators import indicators
from dashboard.public import LANGUAGES, PLACES, create
from etl.catalogue import contracts
from etl.cities import all_cities
from etl.contract import Privacy

ADDRESSES = [(place.path, language) for place in PLACES for language in LANGUAGES]


def refuse(*where: object) -> None:
    """Stands where a connection would be opened."""
    raise AssertionError(f"the public site opened a connection: {where}")


@pytest.fixture(scope="module")
def client() -> Iterator[FlaskClient]:
    """A client of the application, made and used on a machine where no connection can be opened."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", "postgresql://nobody:x@127.0.0.1:1/nowhere")
        patch.setattr(socket.socket, "connect", refuse)
        patch.setattr("runner.postgres.ensure", refuse)
        yield create().test_client()


def page(client: FlaskClient, path: str, language: str) -> str:
    """The text of one page."""
    answer = client.get(path, query_string={"bahasa": language})
    assert answer.status_code == 200
    return answer.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_start_says_that_there_is_no_release(client: FlaskClient, language: str) -> None:
    said = {"id": "Belum ada rilis publik", "en": "No public release yet"}
    assert f"<h1>{said[language]}</h1>" in page(client, "/", language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_indicator_is_explained(client: FlaskClient, language: str) -> None:
    text = page(client, "/angka", language)
    for key, indicator in indicators().items():
        article = text.partition(f'<article id="{key}">')[2].partition("</article>")[0]
        for wanted in (indicator.title, indicator.meaning, indicator.formula, indicator.unit.value):
            assert str(escape(wanted.say(language))) in article, (key, wanted.en)
        for dataset in indicator.datasets:
            assert f"#{dataset}" in article, (key, dataset)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_column_is_in_the_dictionary_and_personal_ones_are_never_published(
    client: FlaskClient, language: str
) -> None:
    text = page(client, "/kamus", language)
    never = {"id": "tidak pernah diterbitkan", "en": "never published"}[language]
    for name, contract in contracts().items():
        section = text.partition(f'<section id="{name}">')[2].partition("</section>")[0]
        for column in contract.columns:
            row = section.partition(f"<code>{column.name}</code></th>")[2].partition("</tr>")[0]
            assert str(escape(column.meaning.say(language))) in row, (name, column.name)
            assert all(str(escape(rule.says.say(language))) in row for rule in column.rules), (name, column.name)
            assert (never in row) == (not column.readable_by_web), (name, column.name)


@pytest.mark.parametrize(("path", "language"), ADDRESSES)
def test_pages_are_cached_by_their_content(client: FlaskClient, path: str, language: str) -> None:
    first = client.get(path, query_string={"bahasa": language})
    assert first.headers["Cache-Control"].startswith("public, max-age=")
    again = client.get(path, query_string={"bahasa": language}, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    packed = client.get(path, query_string={"bahasa": language}, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["ETag"] != first.headers["ETag"]


@pytest.mark.parametrize("path", [*(place.path for place in PLACES), "/healthz", "/no-such-page"])
def test_every_answer_is_guarded_and_sets_no_cookie(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "Set-Cookie" not in headers


@pytest.mark.parametrize("path", [place.path for place in PLACES])
def test_pages_hold_nothing_that_the_policy_refuses(client: FlaskClient, path: str) -> None:
    text = page(client, path, "id")
    for refused in ("<script", "style=", " onclick", "<form", "http://", "https://"):
        assert refused not in text, refused


@pytest.mark.parametrize(
    "path", ["/panel/kota/gmv", "/pulse", "/bell", "/meta", "/_dash-layout", "/_dash-dependencies", "/pasar", "/nope"]
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_not_public_does_not_exist(client: FlaskClient, path: str, language: str) -> None:
    answer = client.get(path, query_string={"bahasa": language})
    assert answer.status_code == 404
    assert answer.headers["Cache-Control"] == "no-store"
    assert {"id": "Halaman tidak ada", "en": "No such page"}[language] in answer.text


def test_a_refusal_never_repeats_what_was_asked(client: FlaskClient) -> None:
    assert "3301010101010001" not in client.get("/nik/3301010101010001?x=3301010101010001").text


def test_only_reading_is_allowed(client: FlaskClient) -> None:
    assert client.post("/").status_code == 405


def test_health(client: FlaskClient) -> None:
    assert client.get("/healthz").json == {"status": "ok"}


def test_links_lead_somewhere(client: FlaskClient) -> None:
    for path, language in ADDRESSES:
        text = page(client, path, language)
        for address in {part.split('"')[0].split("#")[0] for part in text.split('href="')[1:]} - {""}:
            assert client.get(address).status_code == 200, address


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_has_what_is_public_by_contract_and_nothing_else(client: FlaskClient, language: str) -> None:
    text = page(client, "/data", language)
    for contract in contracts().values():
        listed = f'id="{contract.name}"' in text
        assert listed == (contract.privacy is Privacy.P0), contract.name
    providers = [one for entry in catalogue(all_cities()) for one in entry.providers]
    assert len(providers) > 5
    for city, one in providers:
        assert escape(one.owner) in text and escape(city.name) in text and escape(one.licence) in text
