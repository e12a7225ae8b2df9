"""The public site without any release: it says so, explains every figure and column, and knows nothing else."""

import socket
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from markupsafe import escape

from dashboard.indicators import indicators
from dashboard.public import create
from dashboard.public.address import LANGUAGES
from dashboard.public.printing import PLAIN
from etl.bundle import Shelf
from etl.catalogue import contracts
from tests.public.conftest import refuse

PREFIX = {"id": "", "en": "/en"}


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A client of a site whose shelf is empty, where no connection can be opened."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", "postgresql://nobody:x@127.0.0.1:1/nowhere")
        patch.setattr(socket.socket, "connect", refuse)
        patch.setattr("runner.postgres.ensure", refuse)
        yield create(Shelf(tmp_path_factory.mktemp("none"))).test_client()


def text_of(client: FlaskClient, path: str, language: str) -> str:
    """The text of one page."""
    answer = client.get(f"{PREFIX[language]}/{path}".rstrip("/") or "/")
    assert answer.status_code == 200, path
    return answer.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_start_says_that_there_is_no_release(empty: FlaskClient, language: str) -> None:
    said = {"id": "Belum ada rilis publik", "en": "No public release yet"}
    assert f"<h1>{said[language]}</h1>" in text_of(empty, "", language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_indicator_is_explained(empty: FlaskClient, language: str) -> None:
    text = text_of(empty, "angka", language)
    for key, indicator in indicators().items():
        article = text.partition(f'<article id="{key}">')[2].partition("</article>")[0]
        for wanted in (indicator.title, indicator.meaning, indicator.formula, indicator.unit.value):
            assert str(escape(wanted.say(language))) in article, (key, wanted.en)
        for dataset in indicator.datasets:
            assert f"#{dataset}" in article, (key, dataset)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_column_is_in_the_dictionary_and_personal_ones_are_never_published(
    empty: FlaskClient, language: str
) -> None:
    text = text_of(empty, "kamus", language)
    never = {"id": "tidak pernah diterbitkan", "en": "never published"}[language]
    for name, contract in contracts().items():
        section = text.partition(f'<section id="{name}">')[2].partition("</section>")[0]
        for column in contract.columns:
            row = section.partition(f"<code>{column.name}</code></th>")[2].partition("</tr>")[0]
            assert str(escape(column.meaning.say(language))) in row, (name, column.name)
            assert all(str(escape(rule.says.say(language))) in row for rule in column.rules), (name, column.name)
            assert (never in row) == (not column.readable_by_web), (name, column.name)


@pytest.mark.parametrize("path", [*(f"/{place.path}" for place in PLAIN), "/healthz", "/no-such-page"])
def test_every_answer_is_guarded_and_sets_no_cookie(empty: FlaskClient, path: str) -> None:
    headers = empty.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in headers


@pytest.mark.parametrize(
    "path", ["panel/kota/gmv", "pulse", "bell", "meta", "_dash-layout", "_dash-dependencies", "pasar", "nope"]
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_not_public_does_not_exist(empty: FlaskClient, path: str, language: str) -> None:
    answer = empty.get(f"{PREFIX[language]}/{path}")
    assert answer.status_code == 404
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_refusal_never_repeats_what_was_asked(empty: FlaskClient) -> None:
    assert "3301010101010001" not in empty.get("/nik/3301010101010001?x=3301010101010001").text


def test_only_reading_is_allowed(empty: FlaskClient) -> None:
    assert empty.post("/").status_code == 405


@pytest.mark.parametrize("language", LANGUAGES)
def test_links_lead_somewhere(empty: FlaskClient, language: str) -> None:
    for place in PLAIN:
        text = text_of(empty, place.path, language)
        for address in {part.split('"')[0].split("#")[0] for part in text.split('href="')[1:]} - {""}:
            assert empty.get(address).status_code == 200, address
