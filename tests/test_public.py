"""The public site before its first release: what it says, describes, and does not know; it opens no connection."""

import pytest
from flask.testing import FlaskClient
from markupsafe import escape

from dashboard.indicators import indicators
from dashboard.public import create
from dashboard.public.address import LANGUAGES
from dashboard.public.printing import PLAIN
from etl.bundle import Shelf
from etl.catalogue import contracts
from tests.public.conftest import without_connections

PATHS = [f"{begin}/{one.path}".rstrip("/") or "/" for one in PLAIN for begin in ("", "/en")]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """A client of the application without any release, on a machine where no connection can be opened."""
    with without_connections():
        return create(Shelf(tmp_path_factory.mktemp("empty"))).test_client()


@pytest.fixture(autouse=True)
def alone() -> object:
    """Nothing may be connected to while anything is asked."""
    with without_connections():
        yield


def page(client: FlaskClient, path: str, language: str) -> str:
    """The text of one page."""
    answer = client.get(f"/en{path}" if language == "en" else path)
    assert answer.status_code == 200
    return answer.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_start_says_that_there_is_no_release(client: FlaskClient, language: str) -> None:
    said = {"id": "Belum ada rilis publik", "en": "No public release yet"}
    assert f"<h1>{said[language]}</h1>" in client.get("/en" if language == "en" else "/").text


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


@pytest.mark.parametrize("path", [*PATHS, "/healthz", "/no-such-page"])
def test_every_answer_is_guarded_and_sets_no_cookie(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "Set-Cookie" not in headers


@pytest.mark.parametrize("path", PATHS)
def test_pages_hold_nothing_that_the_policy_refuses(client: FlaskClient, path: str) -> None:
    text = client.get(path).text
    assert "<script" not in text
    for refused in ("style=", " onclick", "http://", "https://"):
        assert refused not in text, refused


@pytest.mark.parametrize(
    "path", ["/panel/kota/gmv", "/pulse", "/bell", "/meta", "/_dash-layout", "/_dash-dependencies", "/pasar", "/nope"]
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_not_public_does_not_exist(client: FlaskClient, path: str, language: str) -> None:
    answer = client.get(f"/en{path}" if language == "en" else path)
    assert answer.status_code == 404
    assert answer.headers["Cache-Control"] == "no-store"
    assert {"id": "Halaman tidak ada", "en": "No such page"}[language] in answer.text


def test_a_refusal_never_repeats_what_was_asked(client: FlaskClient) -> None:
    assert "3301010101010001" not in client.get("/nik/3301010101010001?x=3301010101010001").text


def test_health(client: FlaskClient) -> None:
    assert client.get("/healthz").json == {"status": "ok"}


def test_an_old_page_still_finds_its_style(client: FlaskClient) -> None:
    """A page that was printed with a release names the style of its day."""
    text = client.get("/").text
    now = text.partition('href="/static/files/public.')[2].partition('"')[0]
    known = client.get(f"/static/files/public.{now}")
    then = client.get("/static/files/public.0123456789.css")
    assert then.status_code == 200 and then.data == known.data
    assert then.headers["Cache-Control"] == "public, max-age=300"
    assert "immutable" in known.headers["Cache-Control"]
    assert client.get("/static/files/private.0123456789.css").status_code == 404
