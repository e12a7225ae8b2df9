"""Every threat of the security plan is tried against our build, and against one that lacks the defence."""

import ast
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

import httpx
import pytest

from dashboard import public
from dashboard.command import CALLBACKS, create
from tests.access.threats import THREATS, Build, Threat
from tests.signed_in import OURS
from tests.source_tree import ROOT
from tests.world import World

# What only a server of its own shows is tried elsewhere; each of these must be there.
ELSEWHERE = {
    "an SQL source with the right to write": (
        "tests/readers/test_sql.py::test_postgresql_is_asked_in_a_read_only_transaction",
        "tests/readers/test_sql.py::test_an_account_that_could_write_is_remarked_on",
    ),
    "a secret in a city file": ("tests/test_catalogue.py::test_a_source_holds_no_secret_and_no_address",),
    "redirects and rebinding of a REST source": (
        "tests/readers/test_rest.py::test_a_redirect_or_a_next_page_elsewhere_is_refused",
        "tests/readers/test_rest.py::test_a_name_that_leads_to_this_machine_is_refused",
    ),
    "a name that is a script, in a browser": ("tests/test_browser_shell.py::test_words_of_a_source_are_never_html",),
    "slow sockets": ("tests/access/test_threats.py::test_slow_sockets_keep_nobody_else_waiting",),
}
AS_PLANNED = 27  # lines of the plan; two of ours are tried here and elsewhere


@pytest.fixture(scope="module")
def whole(world: World) -> Build:
    return Build(create(), public.create())


@pytest.fixture
def build(whole: Build) -> Build:
    """Our build, with nobody counted by its limiter yet; a public site that may be weakened for good."""
    whole.command.extensions["sign-in"].limiter.storage.reset()
    return Build(whole.command, public.create())


BY_NAME = pytest.mark.parametrize("threat", THREATS, ids=lambda threat: threat.name)


@BY_NAME
def test_an_attack_gets_nothing(build: Build, threat: Threat) -> None:
    assert threat.attack(build) == []


@BY_NAME
def test_the_same_attack_succeeds_where_the_defence_is_missing(
    build: Build, threat: Threat, monkeypatch: pytest.MonkeyPatch
) -> None:
    threat.weaken(monkeypatch, build)
    assert threat.attack(build) != []


def test_every_threat_of_the_plan_is_tried() -> None:
    only_elsewhere = len(ELSEWHERE) - 2
    assert len({threat.name for threat in THREATS}) == len(THREATS) and len(THREATS) + only_elsewhere == AS_PLANNED


@pytest.mark.parametrize("place", [place for places in ELSEWHERE.values() for place in places])
def test_what_is_tried_elsewhere_is_there(place: str) -> None:
    path, _, name = place.partition("::")
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


SLOW = 200  # half requests that stand open at a time
AT_ONCE_S = 3  # for five answers on a busy machine; a thread that waited for one of them would take five
LENGTH = b"Content-Length: 100\r\n\r\n"
CHUNKS = b"Transfer-Encoding: chunked\r\n\r\n"


@contextmanager
def half_sent(address: str, sent: bytes) -> Iterator[list[socket.socket]]:
    place = urlsplit(address)
    head = f"POST /masuk HTTP/1.1\r\nHost: {place.netloc}\r\nOrigin: {address}\r\n".encode()
    head += b"Content-Type: application/x-www-form-urlencoded\r\n"
    with ExitStack() as held:
        where = (place.hostname or "", place.port or 0)
        slow = [held.enter_context(socket.create_connection(where, timeout=20)) for _ in range(SLOW)]
        for one in slow:
            one.sendall(head + sent)
        yield slow


@pytest.mark.parametrize("sent", [b"", b"Content-Le", LENGTH, LENGTH + b"login=", CHUNKS, CHUNKS + b"4\r\nlogi"])
def test_slow_sockets_keep_nobody_else_waiting(world: World, sent: bytes) -> None:
    """Who asks properly is answered, also who sends a body."""
    with half_sent(world.command_url, sent), httpx.Client(base_url=world.command_url, timeout=20) as client:
        began = time.monotonic()
        assert [client.get(path).status_code for path in ("/healthz", "/masuk", "/healthz")] == [200] * 3
        assert client.post(CALLBACKS, json={}, headers=OURS).status_code == 401
        assert client.post("/keluar", data={"x": "y"}, headers=OURS).status_code == 303
        assert time.monotonic() - began < AT_ONCE_S


def test_a_body_that_does_not_come_is_not_waited_for(world: World) -> None:
    """All of them are told so at the same time, and their connections are closed: nothing stays behind."""
    with half_sent(world.command_url, LENGTH + b"login=") as slow:
        assert {one.recv(12) for one in slow} == {b"HTTP/1.1 408"}
        for one in slow:
            while one.recv(65_536):
                pass
    assert httpx.get(f"{world.command_url}/healthz", timeout=20).status_code == 200
