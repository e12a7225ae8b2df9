"""How a JSON API is asked: offsets, keys, POST searches, and moments as the server wants them."""

import json
from collections.abc import Callable

import msgspec
import pytest

from etl.access import ApiKey, Basic, CursorPages, LinkPages, OffsetPages, Rest, Since
from etl.errors import AccessRefused, UnreadableFile
from etl.source import Format
from tests.readers.test_rest import api, ids, numbered, run
from tests.readers.upstream import Asked, Reply, Upstream


def by_offset(items: list[dict], size: int) -> Callable[[Asked], Reply]:
    def answer(asked: Asked) -> Reply:
        said = json.loads(asked.body) if asked.body else asked.query
        start = int(said["offset"])
        return Reply(items[start : start + size])

    return answer


@pytest.mark.parametrize("size", [1, 2, 3])
def test_offsets_count_the_rows_that_came(upstream: Upstream, size: int) -> None:
    upstream.answer = by_offset([{"id": str(number)} for number in range(5)], size)
    assert ids(run(api(upstream, pagination=OffsetPages()))) == ["0", "1", "2", "3", "4"]
    assert upstream.asked[1].query == {"offset": str(size), "limit": "2"}


def test_offsets_that_the_server_ignores_are_an_error(upstream: Upstream) -> None:
    upstream.answer = lambda asked: Reply([{"id": "a"}, {"id": "b"}])
    with pytest.raises(UnreadableFile, match="berulang"):
        run(api(upstream, pagination=OffsetPages()))


@pytest.mark.parametrize(
    ("said", "header", "value"),
    [
        ({"bearer": "kunci"}, "Authorization", "Bearer kunci"),
        ({"basic": Basic("dinas", "sandi:é")}, "Authorization", "Basic ZGluYXM6c2FuZGk6w6k="),
        ({"api_key": ApiKey("kunci", header="X-API-Key")}, "X-API-Key", "kunci"),
    ],
)
def test_who_we_are_is_said_in_a_header(upstream: Upstream, said: dict, header: str, value: str) -> None:
    run(api(upstream, **said))
    assert upstream.asked[0].headers[header] == value


def test_a_key_in_the_address_goes_with_every_page_and_into_no_message(upstream: Upstream) -> None:
    upstream.answer = numbered({"id": "0"}, {"id": "1"}, {"id": "2"})
    keyed = api(upstream, api_key=ApiKey("rahasia", parameter="kunci"))
    assert ids(run(keyed)) == ["0", "1", "2"]
    assert [asked.query["kunci"] for asked in upstream.asked] == ["rahasia"] * 2
    upstream.answer = lambda asked: Reply(status=403)
    with pytest.raises(AccessRefused) as caught:
        run(keyed)
    assert "rahasia" not in str(caught.value)


@pytest.mark.parametrize("said", [{"bearer": "a", "basic": Basic("a", "b")}, {"body": {}, "pagination": LinkPages()}])
def test_what_cannot_go_together_is_refused(said: dict) -> None:
    with pytest.raises(ValueError, match=r"\|"):
        Rest(url="http://x", **said)


@pytest.mark.parametrize("key", [{}, {"header": "a", "parameter": "b"}])
def test_a_key_has_one_place(key: dict) -> None:
    with pytest.raises(ValueError, match="parameter"):
        ApiKey("x", **key)


def test_a_post_search_carries_everything_in_its_body(upstream: Upstream) -> None:
    upstream.answer = by_offset([{"id": str(number), "at": f"2026-01-0{number + 1}"} for number in range(3)], 2)
    search = api(
        upstream,
        body={"filter": {"status": "aktif"}, "offset": 9},
        pagination=OffsetPages(size="page.limit"),
        since=Since(field="at", parameter="filter.sejak"),
    )
    upstream.answer = lambda asked: Reply(
        [{"id": "a", "at": "2026-01-02"}] if not json.loads(asked.body)["offset"] else []
    )
    cursor = {"since": "2026-01-01"}
    assert ids(run(search, cursor)) == ["a"]
    assert json.loads(upstream.asked[0].body) == {
        "filter": {"status": "aktif", "sejak": "2026-01-01"},
        "offset": 0,
        "page": {"limit": 2},
    }
    assert upstream.asked[0].query == {}


def test_a_post_search_by_cursor(upstream: Upstream) -> None:
    def answer(asked: Asked) -> Reply:
        following = {None: "b", "b": ""}[json.loads(asked.body).get("cursor")]
        return Reply({"rows": [{"id": following or "akhir"}], "next": following})

    upstream.answer = answer
    assert ids(run(api(upstream, body={}, items="rows", pagination=CursorPages()))) == ["b", "akhir"]


@pytest.mark.parametrize(
    ("wanted", "asked"),
    [("", "2026-01-02T08:00:00.75+08:00"), ("iso", "2026-01-02T00:00:00Z"), ("epoch_s", "1767312000"),
     ("epoch_ms", "1767312000750")],
)  # fmt: skip
def test_since_is_asked_as_the_server_wants_it(upstream: Upstream, wanted: str, asked: str) -> None:
    upstream.answer = lambda _: Reply([])
    run(api(upstream, since=Since(field="at", format=wanted)), {"since": "2026-01-02T08:00:00.75+08:00"})
    assert upstream.asked[0].query["at"] == asked


def test_epoch_seconds_are_a_cursor_too(upstream: Upstream) -> None:
    upstream.answer = numbered({"id": "a", "at": 1767312000}, {"id": "b", "at": 1767312001})
    seconds = msgspec.structs.replace(
        api(upstream, since=Since(field="at", format="epoch_s")), format=Format(datetimes=("epoch_s",))
    )
    upstream.answer = lambda asked: Reply([{"id": "a", "at": 1767312000}] if asked.query["page"] == "1" else [])
    cursor = run(seconds)[-1].cursor
    assert cursor == {"since": "1767312000"}
    run(seconds, cursor)
    assert upstream.asked[-1].query["at"] == "1767312000"
