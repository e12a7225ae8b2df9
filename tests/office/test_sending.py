"""Notices: once a cause, also when the process is killed in between; quiet hours; a dead receiver stops nobody."""

import datetime as dt
import hashlib
import hmac
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller

from dashboard.access import sessions
from dashboard.access.roles import Grant, Role
from dashboard.command import load_pages
from dashboard.indicators import emergency, services
from dashboard.live import Live
from dashboard.office import crossings, notices, post, sending, subscriptions
from dashboard.office.sending import Message, NotSent
from dashboard.office.subscriptions import Subscription
from dashboard.wrong import Wrong
from etl.cities import load_city
from etl.identity import ACCOUNTS, SESSIONS
from etl.office import NOTICES, SUBSCRIPTIONS
from etl.warehouse import Role as SqlRole
from etl.warehouse import engine
from tests.signed_in import token_with
from tests.world import World, free_port

CITY = load_city("samarinda")
NOON = dt.datetime(2026, 11, 25, 4, tzinfo=dt.UTC)  # 12.00 WITA
NIGHT = dt.datetime(2026, 11, 25, 15, tzinfo=dt.UTC)  # 23.00 WITA


@dataclass
class Receiver:
    """A real web server that keeps what it is sent, and answers as it is told."""

    status: int = 200
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""

    def said(self) -> list[str]:
        return [notice["says"] for _, body in self.got for notice in json.loads(body)["notices"]]


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    kept = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.got.append((dict(self.headers), body))
            self.send_response(kept.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    kept.url = f"http://127.0.0.1:{server.server_port}/kabar"
    monkeypatch.setenv("PANTAU_WEBHOOK_HOSTS", f"127.0.0.1:{server.server_port},dead.test")
    yield kept
    server.shutdown()


@pytest.fixture
def person(world: World) -> str:
    """The account of a mayor."""
    token = token_with(Grant(Role.MAYOR, CITY.code))
    viewer = sessions.viewer_of(token)
    assert viewer
    return viewer.id


@pytest.fixture
def wish(person: str, receiver: Receiver) -> Iterator[Subscription]:
    """A subscription with quiet hours across midnight."""
    yield from subscribed(person, "webhook", receiver.url)


def subscribed(person: str, how: str, address: str, what: str = "alerts") -> Iterator[Subscription]:
    row = {"city_code": CITY.code, "account_id": person, "what": what, "how": how, "address": address}
    row |= {"quiet_from": "22:00", "quiet_until": "06:00", "language": "id"}
    with engine(SqlRole.OFFICE).begin() as connection:
        number = connection.scalar(sa.insert(SUBSCRIPTIONS).values(row).returning(SUBSCRIPTIONS.c.subscription_id))
    yield next(one for one in subscriptions.of(CITY.code, person) if one.subscription_id == number)
    assert subscriptions.remove(CITY.code, person, number)


def tell(wish: Subscription, cause: str, urgent: bool = False) -> bool:
    return notices.queue(CITY.code, wish.subscription_id, cause, {"says": cause, "link": "https://x/"}, urgent)


def states(wish: Subscription) -> list[Any]:
    mine = sa.select(NOTICES).where(NOTICES.c.subscription_id == wish.subscription_id).order_by(NOTICES.c.notice_id)
    with engine(SqlRole.OFFICE).connect() as connection:
        return list(connection.execute(mine).all())


def test_one_cause_is_told_once(wish: Subscription, receiver: Receiver) -> None:
    assert tell(wish, "alert:1") and not tell(wish, "alert:1")
    post.deliver(CITY, NOON)
    assert not tell(wish, "alert:1")
    post.deliver(CITY, NOON)
    assert receiver.said() == ["alert:1"]


def test_a_message_is_signed_and_names_itself(wish: Subscription, receiver: Receiver) -> None:
    tell(wish, "alert:1")
    post.deliver(CITY, NOON)
    headers, body = receiver.got[0]
    moment, _, signed = headers["Pantau-Signature"].removeprefix("t=").partition(",v1=")
    key = sending.secret_of(wish.subscription_id).encode()
    assert signed == hmac.new(key, f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    told = json.loads(body)
    assert headers["Idempotency-Key"] == told["id"] and told["simulated"] is True
    assert told["subject"].startswith("[SIMULASI Pantau Samarinda]")


def test_killed_between_sending_and_writing_it_is_the_same_message_again(
    wish: Subscription, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At least once: the second one bears the name of the first, whatever came in between."""
    tell(wish, "alert:1")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(notices, "sent", killed)
        with pytest.raises(KeyboardInterrupt):
            post.deliver(CITY, NOON)
    tell(wish, "alert:2")
    post.deliver(CITY, NOON)
    post.deliver(CITY, NOON)
    names = [headers["Idempotency-Key"] for headers, _ in receiver.got]
    assert receiver.said() == ["alert:1", "alert:1", "alert:2"]
    assert names[0] == names[1] != names[2]


def test_quiet_hours_go_past_midnight(wish: Subscription) -> None:
    quiet = {hour: wish.is_quiet(dt.time(hour)) for hour in range(24)}
    assert [hour for hour, is_so in quiet.items() if is_so] == [0, 1, 2, 3, 4, 5, 22, 23]
    assert not wish.is_quiet(dt.time(6)) and wish.is_quiet(dt.time(5, 59))


def test_in_quiet_hours_only_what_is_urgent_and_the_rest_as_one_message(wish: Subscription, receiver: Receiver) -> None:
    for cause in ("alert:1", "alert:2"):
        tell(wish, cause)
    tell(wish, "alert:3", urgent=True)
    post.deliver(CITY, NIGHT)
    assert receiver.said() == ["alert:3"]
    post.deliver(CITY, NIGHT + dt.timedelta(hours=6, minutes=59))  # 05.59
    assert len(receiver.got) == 1
    post.deliver(CITY, NIGHT + dt.timedelta(hours=7))
    assert len(receiver.got) == 2 and receiver.said() == ["alert:3", "alert:1", "alert:2"]


def test_a_dead_receiver_stops_nobody_and_is_tried_again_later(
    wish: Subscription, receiver: Receiver, person: str
) -> None:
    for dead in subscribed(person, "webhook", f"http://127.0.0.1:{free_port()}/"):
        tell(dead, "alert:1")
        tell(wish, "alert:1")
        post.deliver(CITY, NOON)
        assert receiver.said() == ["alert:1"]
        (failed,) = states(dead)
        assert (failed.state, failed.tries) == ("sending", 1) and failed.trouble
        assert failed.next_at > dt.datetime.now(dt.UTC)
        post.deliver(CITY, NOON)  # not before its pause is over
        assert states(dead)[0].tries == 1


def test_a_refusal_is_given_up_at_last(wish: Subscription, receiver: Receiver) -> None:
    receiver.status = 500
    tell(wish, "alert:1")
    for _ in range(notices.MOST_TRIES + 2):
        post.deliver(CITY, NOON)
        with engine(SqlRole.OFFICE).begin() as connection:
            connection.execute(sa.update(NOTICES).values(next_at=sa.func.clock_timestamp()))
    assert states(wish)[0].state == "failed" and len(receiver.got) == notices.MOST_TRIES


def test_an_account_that_was_closed_is_told_nothing(wish: Subscription, receiver: Receiver, person: str) -> None:
    tell(wish, "alert:1")
    with engine(SqlRole.ACCESS).begin() as connection:
        gone = sa.update(ACCOUNTS).where(ACCOUNTS.c.account_id == person)
        connection.execute(gone.values(disabled_at=sa.func.clock_timestamp()))
        connection.execute(sa.delete(SESSIONS).where(SESSIONS.c.account_id == person))
    assert subscriptions.reader(wish) is None
    post.deliver(CITY, NOON)
    assert receiver.got == []


def test_an_email_arrives_whole(person: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Kept:
        def __init__(self) -> None:
            self.mails: list[Any] = []

        async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:
            self.mails.append(envelope)
            return "250 OK"

    kept = Kept()
    server = Controller(kept, hostname="127.0.0.1", port=free_port())
    server.start()
    monkeypatch.setenv("PANTAU_SMTP_URL", f"smtp://127.0.0.1:{server.port}")
    try:
        for wish in subscribed(person, "email", "wali@kota.test"):
            tell(wish, "Kasus naik – 12 %")
            post.deliver(CITY, NOON)
            assert [one.state for one in states(wish)] == ["sent"]
    finally:
        server.stop()
    (mail,) = kept.mails
    assert mail.rcpt_tos == ["wali@kota.test"] and b"Message-ID: <" in mail.content and b"https://x/" in mail.content


@pytest.mark.parametrize(
    "address",
    [
        "http://example.org/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://10.0.0.1/",
        "https://192.168.1.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://user:secret@example.org/",
        "ftp://example.org/",
        "nonsense",
        "https://tidak-ada.invalid/",
    ],
)
def test_an_inner_address_is_never_called(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PANTAU_WEBHOOK_HOSTS", raising=False)
    with pytest.raises(NotSent):
        sending.checked(address)
    message = Message("b", "s", (("x", "y"),), ("c",), "samarinda", True)
    with pytest.raises(NotSent):
        sending.by_webhook(message, address, "k")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"what": "semua"}, "what"),
        ({"what": "morning", "about": "calls"}, "about"),
        ({"about": "tidak-ada"}, "about"),
        ({"how": "merpati"}, "how"),
        ({"how": "email", "address": "a@b.id"}, "how"),
        ({"address": "https://10.1.1.1/"}, "address"),
        ({"quiet_from": "22:00"}, "quiet_from"),
        ({"quiet_from": "25:00", "quiet_until": "06:00"}, "quiet_from"),
    ],
)
def test_what_cannot_be_subscribed_is_refused_by_its_field(
    changed: dict[str, str], field: str, person: str, receiver: Receiver
) -> None:
    viewer = sessions.Viewer(person, "Wali", frozenset({Grant(Role.MAYOR, CITY.code)}))
    said = {"what": "alerts", "how": "webhook", "address": receiver.url} | changed
    with pytest.raises(Wrong) as refused:
        subscriptions.add(CITY, viewer, said)
    assert refused.value.field == field


def test_a_head_of_an_agency_is_offered_the_morning_alone(person: str, receiver: Receiver) -> None:
    head = sessions.Viewer(person, "Kepala", frozenset({Grant(Role.OPD_HEAD, CITY.code, "D01")}))
    with pytest.raises(Wrong):
        subscriptions.add(CITY, head, {"what": "alerts", "how": "webhook", "address": receiver.url})


def test_a_target_that_trembles_is_passed_once() -> None:
    def past(number: float, stands: bool) -> bool:
        return crossings.is_past(emergency.ANSWERED, number, 95, stands)  # more is better

    assert past(94, False) and past(95.5, True) and not past(97, True) and not past(95.5, False)
    assert crossings.is_past(services.COMPLAINTS_LATE, 1, 0, False)
    assert not crossings.is_past(services.COMPLAINTS_LATE, 0, 0, True)


def test_nobody_ends_the_subscription_of_another(wish: Subscription) -> None:
    assert not subscriptions.remove(CITY.code, "00000000-0000-0000-0000-000000000000", wish.subscription_id)
    assert not subscriptions.remove("35.78", wish.account_id, wish.subscription_id)
    assert wish in subscriptions.of(CITY.code, wish.account_id)


def test_a_passed_target_and_a_morning_are_queued_once(person: str, receiver: Receiver) -> None:
    """Whatever is looked at again and again, a cause has one notice; and no number of a person is in any."""
    load_pages()
    looking = post.Post(Live(), {CITY.slug: CITY})
    morning_at = dt.datetime.now(CITY.tz).replace(hour=6, minute=5).astimezone(dt.UTC)
    for what in ("target", "morning"):
        for one in subscribed(person, "webhook", receiver.url, what):
            for _ in range(3):
                looking.looked.clear()
                looking._queue(CITY, morning_at)
            causes = [row.cause for row in states(one)]
            assert causes and len(set(causes)) == len(causes)
            assert {cause.partition(":")[0] for cause in causes} == {what}
            assert not any(re.search(r"\d{16}", json.dumps(row.told)) for row in states(one))
