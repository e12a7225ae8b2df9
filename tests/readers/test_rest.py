"""JSON APIs over real sockets: pages, tokens, patience, and what a server may not make us do."""

import datetime as dt
import ipaddress
import json
import socket
import threading
from collections.abc import Callable
from email.utils import format_datetime
from urllib.parse import urlsplit

import pytest

from etl.access import CursorPages, LinkPages, OAuth2, Pages, Rest, Since
from etl.errors import AccessRefused, SourceError, UnreadableFile, UpstreamDown
from etl.readers import extract, http, probe, rest
from etl.readers.delivery import ROW, Cursor, Delivery
from etl.source import Format, Source
from tests.readers.sources import source
from tests.readers.upstream import Asked, Reply, Upstream


def api(upstream: Upstream, **said: object) -> Source:
    """A source of this server with a deadline that a test can wait for."""
    reader = {"url": f"{upstream.url}/pesanan", "page_size": 2, "deadline_s": 1.0} | said
    return source(Rest(**reader), "id")


def run(api: Source, cursor: Cursor | None = None) -> list[Delivery]:
    return list(extract(api, cursor and json.loads(json.dumps(cursor))))


def ids(deliveries: list[Delivery]) -> list[str]:
    return [number for delivery in deliveries for number in delivery.rows["id"]]


def numbered(*items: dict, size: int = 2) -> Callable[[Asked], Reply]:
    """A server that pages ``items`` by number, and by the moment ``at`` when it is asked to."""

    def answer(asked: Asked) -> Reply:
        there = [item for item in items if item.get("at", "") >= asked.query.get("since", "")]
        start = (int(asked.query["page"]) - 1) * size
        return Reply(there[start : start + size])

    return answer


def test_values_become_the_text_that_the_server_wrote(upstream: Upstream) -> None:
    nested = b'{"kel":"Ilir","p":{"x":1e3}}'
    first = b'{"id":6472021001190001,"harga":1.50,"ada":true,"kosong":null,"toko":' + nested + b',"tag":["a"]}'
    upstream.answer = lambda asked: Reply(b'{"data":{"rows":[' + first + b',{"id":"b"}]}}')
    (delivery,) = run(api(upstream, items="data.rows", page_size=10))
    assert delivery.rows.columns == ["id", "harga", "ada", "kosong", "toko.kel", "toko.p.x", "tag", ROW]
    assert delivery.rows.rows() == [
        ("6472021001190001", "1.50", "true", None, "Ilir", "1e3", '["a"]', 1),
        ("b", None, None, None, None, None, None, 2),
    ]
    assert delivery.name == f"{urlsplit(upstream.url).hostname}/pesanan"


def test_numbered_pages_are_followed_to_the_end(upstream: Upstream) -> None:
    upstream.answer = numbered(*({"id": str(number)} for number in range(5)))
    assert ids(run(api(upstream))) == ["0", "1", "2", "3", "4"]
    assert upstream.asked[0].query == {"page": "1", "per_page": "2"}


def test_a_server_that_gives_fewer_rows_than_asked_loses_none(upstream: Upstream) -> None:
    upstream.answer = numbered(*({"id": str(number)} for number in range(5)))
    assert ids(run(api(upstream, page_size=1000))) == ["0", "1", "2", "3", "4"]


def test_a_page_beyond_the_last_may_be_absent(upstream: Upstream) -> None:
    pages = {"1": [{"id": "a"}, {"id": "b"}]}
    upstream.answer = lambda asked: Reply(
        pages.get(asked.query["page"], {}), 200 if asked.query["page"] in pages else 404
    )
    assert ids(run(api(upstream))) == ["a", "b"]


def test_a_server_without_pages_is_read_once(upstream: Upstream) -> None:
    upstream.answer = lambda asked: Reply([{"id": "a"}, {"id": "b"}])
    assert ids(run(api(upstream, page_size=10))) == ["a", "b"]


def test_a_list_that_moves_while_it_is_read_loses_no_row(upstream: Upstream) -> None:
    """A row changed between two pages goes to the end of the list, and all the others move up by one."""
    items = [{"id": str(number), "at": f"2026-01-0{number}T00:00:00Z"} for number in range(1, 7)]

    def answer(asked: Asked) -> Reply:
        reply = numbered(*items)(asked)
        if len(upstream.asked) == 1:
            items.append(items.pop(0) | {"at": "2026-01-07T00:00:00Z"})
        return reply

    upstream.answer = answer
    deliveries = run(api(upstream, since=Since(field="at", parameter="since")))
    assert set(ids(deliveries)) == {"1", "2", "3", "4", "5", "6"}
    assert deliveries[-1].cursor == {"since": "2026-01-07T00:00:00Z"}


def test_cursor_pages_end_without_a_next(upstream: Upstream) -> None:
    pages = {None: ([{"id": "a"}], 7), "7": ([], "x y"), "x y": ([{"id": "b"}], None)}

    def answer(asked: Asked) -> Reply:
        rows, following = pages[asked.query.get("cursor")]
        return Reply({"data": rows, "meta": {"next": following}})

    upstream.answer = answer
    paged = api(upstream, items="data", pagination=CursorPages(next="meta.next"))
    assert ids(run(paged)) == ["a", "b"]
    assert upstream.asked[0].query == {"limit": "2"}


def test_link_pages_follow_the_header_and_keep_the_query(upstream: Upstream) -> None:
    links = {"1": "/pesanan?tahun=2026&p=2", "2": f"{upstream.url}/pesanan?tahun=2026&p=3"}

    def answer(asked: Asked) -> Reply:
        page = asked.query.get("p", "1")
        headers = {"Link": f'<{links[page]}>; rel="next"'} if page in links else {}
        return Reply([{"id": page}], headers=headers)

    upstream.answer = answer
    assert ids(run(api(upstream, url=f"{upstream.url}/pesanan?tahun=2026", pagination=LinkPages()))) == ["1", "2", "3"]
    assert {asked.query["tahun"] for asked in upstream.asked} == {"2026"}


@pytest.mark.parametrize("pagination", [Pages(), CursorPages(), LinkPages()])
def test_pages_that_repeat_for_ever_are_ended(upstream: Upstream, pagination: Pages | CursorPages | LinkPages) -> None:
    rows = [{"id": "a"}, {"id": "b"}]
    body: object = {"next": "x", "rows": rows} if isinstance(pagination, CursorPages) else rows
    upstream.answer = lambda asked: Reply(body, headers={"Link": '</pesanan?per_page=2>; rel="next"'})
    items = "rows" if isinstance(pagination, CursorPages) else ""
    with pytest.raises(UnreadableFile, match="berulang"):
        run(api(upstream, pagination=pagination, items=items))


def test_the_cursor_is_the_greatest_moment_as_the_server_wrote_it(upstream: Upstream) -> None:
    moments = ["02/01/2026 00:00:00", "31/12/2025 23:00:00", "bukan waktu", "01/01/2999 00:00:00"]
    upstream.answer = numbered(*({"id": "x", "at": moment} for moment in moments), size=10)
    changed = api(upstream, since=Since(field="at", parameter="sejak"), page_size=10)
    local = Format(datetimes=("%d/%m/%Y %H:%M:%S",), zone="Asia/Makassar")
    wanted = source(changed.reader, "id", format=local)
    deliveries = run(wanted)
    assert deliveries[-1].cursor == {"since": "02/01/2026 00:00:00"}
    run(wanted, deliveries[-1].cursor)
    assert upstream.asked[-1].query["sejak"] == "02/01/2026 00:00:00"


def test_epoch_milliseconds_are_compared_as_numbers(upstream: Upstream) -> None:
    upstream.answer = lambda asked: Reply([{"id": "a", "at": 999}, {"id": "b", "at": 1000}])
    changed = api(upstream, since=Since(field="at"), page_size=10)
    epoch = source(changed.reader, "id", format=Format(datetimes=("epoch_ms",)))
    assert run(epoch)[-1].cursor == {"since": "1000"}


def test_nothing_new_is_an_empty_delivery_that_tells_freshness(upstream: Upstream) -> None:
    before = {"since": "2026-01-01T00:00:00Z"}
    (delivery,) = run(api(upstream, since=Since(field="at")), before)
    assert (delivery.rows.height, set(delivery.rows.columns)) == (0, {"id", "at", ROW})
    assert delivery.cursor == before
    assert abs(delivery.fresh_at - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=1)


def test_batches_move_the_cursor_with_the_last_one(upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rest, "BATCH", 2)
    items = [{"id": str(number), "at": f"2026-01-0{number}T00:00:00Z"} for number in range(1, 6)]
    upstream.answer = numbered(*items, size=2)
    changed = api(upstream, since=Since(field="at"), page_size=3)
    deliveries = run(changed)
    assert [delivery.rows.height for delivery in deliveries] == [2, 2, 1]
    assert [delivery.rows[ROW].to_list() for delivery in deliveries] == [[1, 2], [3, 4], [5]]
    assert [delivery.cursor for delivery in deliveries] == [{}, {}, {"since": "2026-01-05T00:00:00Z"}]


def test_what_cannot_be_stored_is_refused_and_the_rest_delivered(upstream: Upstream) -> None:
    upstream.answer = lambda asked: Reply(b'[{"id":"a"},{"id":"b\\u0000"},{"id":"\\ud83d"},{"id":"\\ud83d\\ude00"}]')
    (delivery,) = run(api(upstream, page_size=10))
    assert ids([delivery]) == ["a", "😀"]
    assert delivery.refused.select("_row", "_cells").rows() == [(2, '{"id": "b␀"}'), (3, '{"id": "?"}')]


def test_probe_asks_for_one_page(upstream: Upstream) -> None:
    upstream.answer = lambda asked: Reply([{"id": "a"}] * int(asked.query["per_page"]))
    assert probe(api(upstream, page_size=1000)).height == 50
    assert len(upstream.asked) == 1


# --- tokens


def guarded(upstream: Upstream, secret: str = "rahasia", form_only: bool = False) -> tuple[Source, list[str]]:
    """A server that gives the tokens t1, t2 … and takes those in the list only."""
    good: list[str] = []

    def token(asked: Asked) -> Reply:
        basic = asked.headers.get("Authorization", "") == "Basic a2xpZW46cmFoYXNpYQ=="  # klien:rahasia
        if asked.form.get("client_secret") == "rahasia" or (basic and not form_only):
            good.append(f"t{len(good) + 1}")
            return Reply({"access_token": good[-1], "expires_in": 3600, "token_type": "Bearer"})
        return Reply({"error": "invalid_client"}, 401)

    def answer(asked: Asked) -> Reply:
        if asked.path == "/token":
            return token(asked)
        known = asked.headers.get("Authorization") in [f"Bearer {one}" for one in good[-1:]]
        return Reply([{"id": "a"}] if known and asked.query["page"] == "1" else []) if known else Reply({}, 401)

    upstream.answer = answer
    auth = OAuth2(token_url=f"{upstream.url}/token", client_id="klien", client_secret=secret, scope="baca")
    return api(upstream, auth=auth), good


@pytest.mark.parametrize("form_only", [False, True])
def test_a_token_is_fetched_once_and_kept(upstream: Upstream, form_only: bool) -> None:
    api, good = guarded(upstream, form_only=form_only)
    assert ids(run(api) + run(api)) == ["a", "a"]
    assert good == ["t1"]
    assert [asked.form["scope"] for asked in upstream.asked if asked.path == "/token"][-1] == "baca"


def test_a_token_that_is_refused_is_renewed_once(upstream: Upstream) -> None:
    api, good = guarded(upstream)
    run(api)
    good.append("revoked at the server")
    assert ids(run(api)) == ["a"]
    assert len(good) == 3


def test_a_wrong_secret_is_access_refused_and_not_shown(upstream: Upstream) -> None:
    api, _ = guarded(upstream, secret="salah sekali")
    with pytest.raises(AccessRefused) as caught:
        run(api)
    assert "salah sekali" not in str(caught.value)


def test_an_expired_token_is_not_used(upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    api, good = guarded(upstream)
    run(api)
    later = http.time.monotonic() + 3600
    monkeypatch.setattr("etl.readers.api.time.monotonic", lambda: later)
    run(api)
    assert good == ["t1", "t2"]


# --- faults


@pytest.mark.parametrize(
    ("status", "error"), [(401, AccessRefused), (403, AccessRefused), (404, SourceError), (400, SourceError)]
)
def test_a_final_refusal_is_not_tried_again(upstream: Upstream, status: int, error: type[SourceError]) -> None:
    upstream.answer = lambda asked: Reply({}, status)
    with pytest.raises(error) as caught:
        run(api(upstream))
    assert type(caught.value) is error
    assert len(upstream.asked) == 1
    assert caught.value.where.source == "sumber"


@pytest.mark.parametrize("passing", [Reply({}, 500), Reply({}, 503), Reply({}, 429, {"Retry-After": "0"})])
def test_a_passing_fault_is_tried_again(upstream: Upstream, passing: Reply) -> None:
    upstream.answer = lambda asked: passing if len(upstream.asked) < 2 else numbered({"id": "a"})(asked)
    assert ids(run(api(upstream, deadline_s=10.0))) == ["a"]


def test_a_server_that_stays_ill_is_down_within_the_deadline(upstream: Upstream) -> None:
    upstream.answer = lambda asked: Reply({}, 500)
    with pytest.raises(UpstreamDown, match="HTTP 500"):
        run(api(upstream, deadline_s=2.0))
    assert len(upstream.asked) > 1


def test_every_reason_of_the_tries_is_told_in_its_language(upstream: Upstream) -> None:
    over = threading.Event()

    def ill_then_silent(asked: Asked) -> Reply:
        if len(upstream.asked) > 1:
            over.wait()
        return Reply({}, 500)

    upstream.answer = ill_then_silent
    with pytest.raises(UpstreamDown) as caught:
        run(api(upstream, deadline_s=2.0))
    over.set()
    assert "dalam 2 detik: HTTP 500; ReadTimeout" in str(caught.value)
    assert "within 2 s: HTTP 500; ReadTimeout" in str(caught.value)


def test_a_wait_beyond_the_deadline_is_not_waited(upstream: Upstream) -> None:
    upstream.answer = lambda asked: Reply({}, 429, {"Retry-After": "3600"})
    with pytest.raises(UpstreamDown):
        run(api(upstream, deadline_s=60.0))
    assert len(upstream.asked) == 1


def test_retry_after_is_seconds_or_a_date() -> None:
    in_a_minute = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=60)
    assert http.retry_after("7") == 7
    assert http.retry_after(format_datetime(in_a_minute, usegmt=True)) == pytest.approx(60, abs=2)
    assert http.retry_after(format_datetime(in_a_minute - dt.timedelta(hours=1))) == 0
    assert http.retry_after("nanti") == 0


def test_nobody_listening_is_an_upstream_that_is_down(upstream: Upstream) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}/"
        with pytest.raises(UpstreamDown, match="ConnectError"):
            run(api(upstream, url=address, deadline_s=0.3))


def test_an_answer_that_trickles_is_ended_by_the_deadline(upstream: Upstream) -> None:
    over = threading.Event()

    class Trickle:
        """A body that gives a byte every 50 ms until the test is over."""

        def __init__(self, connection: socket.socket) -> None:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n[")
            while not over.wait(0.05):
                connection.sendall(b" ")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_serve_one, args=(server, Trickle))
        thread.start()
        with pytest.raises(UpstreamDown, match="menetes"):
            run(api(upstream, url=f"http://127.0.0.1:{server.getsockname()[1]}/", deadline_s=1.5))
        over.set()
        thread.join()


def _serve_one(server: socket.socket, answer: Callable[[socket.socket], object]) -> None:
    connection, _ = server.accept()
    with connection:
        connection.recv(65_536)
        try:
            answer(connection)
        except OSError:
            return


@pytest.mark.parametrize("body", [b"<html>masuk</html>", b"[" * 100_000, b"\xff", b'{"a":[]}', b"[1]", b"null"])
def test_what_is_no_list_of_objects_is_unreadable(upstream: Upstream, body: bytes) -> None:
    upstream.answer = lambda asked: Reply(body)
    with pytest.raises(UnreadableFile):
        run(api(upstream))


# --- what a server may not make us do


def test_a_redirect_within_the_host_is_followed(upstream: Upstream) -> None:
    def answer(asked: Asked) -> Reply:
        if asked.path == "/pesanan":
            return Reply({}, 307, {"Location": f"/v2?page={asked.query['page']}"})
        return numbered({"id": "a"})(asked)

    upstream.answer = answer
    assert ids(run(api(upstream))) == ["a"]


@pytest.mark.parametrize(
    "elsewhere", ["http://127.0.0.2/", "http://169.254.169.254/latest/meta-data", "file:///etc/passwd"]
)
def test_a_redirect_or_a_next_page_elsewhere_is_refused(upstream: Upstream, elsewhere: str) -> None:
    upstream.answer = lambda asked: Reply({}, 302, {"Location": elsewhere})
    with pytest.raises(SourceError, match="mengalihkan ke"):
        run(api(upstream))
    upstream.answer = lambda asked: Reply([], headers={"Link": f'<{elsewhere}>; rel="next"'})
    with pytest.raises(SourceError, match="mengalihkan ke"):
        run(api(upstream, pagination=LinkPages()))


def test_redirects_in_circles_end(upstream: Upstream) -> None:
    upstream.answer = lambda asked: Reply({}, 302, {"Location": "/pesanan?page=1"})
    with pytest.raises(SourceError, match="berputar"):
        run(api(upstream))


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/",
        "http://metadata.google.internal/",
        "http://[fe80::1]/",
        "http://100.100.100.200/",
        "ftp://kota/",
    ],
)
def test_metadata_and_link_local_addresses_are_never_asked(upstream: Upstream, url: str) -> None:
    with pytest.raises(SourceError, match="tidak boleh ditanya"):
        run(api(upstream, url=url))


def test_a_name_that_leads_to_this_machine_is_refused(upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    port = upstream.server.server_port
    here = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
    monkeypatch.setattr("etl.readers.http.socket.getaddrinfo", lambda *_, **__: here)
    with pytest.raises(SourceError, match=r"127\.0\.0\.1 tidak boleh ditanya"):
        run(api(upstream, url=f"http://pasar.kota.example:{port}/"))
    assert upstream.asked == []


@pytest.mark.parametrize(
    ("address", "forbidden"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("::ffff:169.254.169.254", True),
        ("0.0.0.0", True),
        ("10.1.2.3", False),
    ],
)
def test_forbidden_addresses(address: str, forbidden: bool) -> None:
    assert http.is_forbidden(ipaddress.ip_address(address), may_be_loopback=False) is forbidden
