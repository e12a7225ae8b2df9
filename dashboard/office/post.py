"""``python -m dashboard post``: tells subscribers of alerts, targets, the morning and the week; makes the briefs.

One process of all works; whoever else is started waits for its turn. What is told are aggregates and links.
It also takes objections of the public out of their box.
"""

import datetime as dt
import logging
import os
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from dashboard import objections
from dashboard.access.roles import Role, Viewer
from dashboard.access.site import here
from dashboard.alone import alone_for_ever
from dashboard.indicator import Better, Indicator
from dashboard.indicators import indicators
from dashboard.live import Live
from dashboard.morning.morning import CALM, morning
from dashboard.morning.sentences import ABOVE, BELOW
from dashboard.morning.watched import called
from dashboard.office import brief, briefs, crossings, notices, sending, subscriptions, targets
from dashboard.office.evidence import evidence
from dashboard.office.notices import Notice
from dashboard.office.overview import sources, week
from dashboard.office.sending import Message, NotSent
from dashboard.office.subscriptions import WHATS, Subscription
from dashboard.wall import alerts
from dashboard.wall.alerts import Alert
from etl.cities import City, all_cities
from etl.errors import PantauError
from etl.office import OFFICE, briefs_folder
from etl.text import Text
from etl.warehouse import AWAY, reading
from etl.warehouse import Role as SqlRole

log = logging.getLogger("post")
BREATH_S, EVERY_S, AGAIN_S = 1.0, 5.0, 3.0
TARGETS_EVERY_S = 60.0
MORNING, NOON = dt.time(6), dt.time(12)  # local; a process that was away tells of the morning until noon
SENDERS = 8  # receivers that are waited for at the same time
_LOCK = 7_216_404
Told = dict[str, Any]
News = tuple[str, Told, bool]  # the cause, what is said of it, whether it is urgent


@dataclass
class Post:
    """Looks and sends, city by city; what is wrong with one city or receiver stops no other."""

    live: Live
    cities: Mapping[str, City]
    looked: dict[str, float] = field(default_factory=dict)  # by city: when targets were looked at
    _said: set[str] = field(default_factory=set)

    def round(self, now: dt.datetime) -> None:
        """Everything that is due."""
        for city in self.cities.values():
            with self._complaining(city.slug):
                objections.take_in(city)
            with self._complaining(city.slug):
                self._queue(city, now)
            with self._complaining(city.slug):
                while briefs.make_next(city):
                    log.info("ringkasan dibuat | a brief was made: %s", city.slug)
            with self._complaining(city.slug):
                deliver(city, now)

    @contextmanager
    def _complaining(self, what: str) -> Iterator[None]:
        """Say once what cannot be done, and go on; only a warehouse that is away is for the caller."""
        try:
            yield
        except AWAY:
            raise
        except (PantauError, sa.exc.SQLAlchemyError, ArithmeticError) as error:
            trouble = f"{what}: {str(error).splitlines()[0]}"
            if trouble not in self._said:
                self._said.add(trouble)
                log.error("kabar tertahan | notices are held up: %s", trouble)

    def _queue(self, city: City, now: dt.datetime) -> None:
        wishes = subscriptions.of(city.code)
        readers = {one: viewer for one in wishes if (viewer := subscriptions.reader(one))}
        if not readers:
            return
        informed = targets.informed(city, self.live.of(city.code).get(OFFICE, 0))
        if any(one.what == "target" for one in readers) and self._targets_due(city):
            with reading(city.code) as connection:
                crossings.look(connection, week(informed, now, "id"))
        for one, viewer in readers.items():
            for news in _news(informed, one, viewer, now, notices.told_causes(city.code, one.subscription_id)):
                notices.queue(city.code, one.subscription_id, *news)

    def _targets_due(self, city: City) -> bool:
        due = time.monotonic() - self.looked.get(city.code, -TARGETS_EVERY_S) >= TARGETS_EVERY_S
        if due:
            self.looked[city.code] = time.monotonic()
        return due

    def for_ever(self) -> None:
        """Look and send until the warehouse fails."""
        while True:
            heard = self.live.rings
            self.round(dt.datetime.now(dt.UTC))
            time.sleep(BREATH_S)
            self.live.wait(heard, EVERY_S)


def _news(city: City, one: Subscription, viewer: Viewer, now: dt.datetime, known: set[str]) -> Iterator[News]:
    """What a subscription is to be told of now and was not told before."""
    local = now.astimezone(city.tz)
    match one.what:
        case "alerts":
            yield from _alerts(city, one, viewer, known)
        case "target":
            yield from _targets(city, one, known)
        case "morning" if MORNING <= local.time() < NOON and (cause := f"morning:{local:%F}") not in known:
            yield cause, _morning(city, one, viewer, now), False
        case "brief" if local.weekday() == 0 and local.time() >= MORNING:
            yield from _brief(city, one, now, known)


def _alerts(city: City, one: Subscription, viewer: Viewer, known: set[str]) -> Iterator[News]:
    page = "/peringatan" if viewer.may(frozenset({Role.OPERATOR}), city.code) else "/"
    for alert in alerts.of(city.code):
        cause = f"alert:{alert.alert_id}"
        if alert.cleared_at is None and one.about in ("", alert.rule) and cause not in known:
            says = _alert_words(city, alert, one.language)
            yield cause, {"says": says, "link": _link(page, city, one)}, bool(alert.told["urgent"])


def _alert_words(city: City, alert: Alert, language: str) -> str:
    told = alert.told
    says = ": ".join(filter(None, (alerts.words(told[name]).say(language) for name in ("title", "what"))))
    where = f" ({told['where']})" if told["where"] else ""
    owner = f" · {told['owner']}" if told["owner"] else ""
    return f"{says}{where}, {Text('sejak', 'since').say(language)} {city.clock(alert.since)}{owner}"


def _targets(city: City, one: Subscription, known: set[str]) -> Iterator[News]:
    for row in crossings.open_ones(city.code):
        about, cause = indicators().get(row.indicator), f"target:{row.crossing_id}"
        if about and one.about in ("", row.indicator) and cause not in known:
            place = evidence(about, city, None, one.language)
            link = f"{_origin()}{place['address']}" if place else _link("/", city, one)
            yield cause, {"says": _target_words(city, about, row.told, one.language), "link": link}, False


def _target_words(city: City, about: Indicator, told: Told, language: str) -> str:
    value, aim = told[language]
    with reading(city.code) as connection:
        owner = targets.owner_of(about, targets.in_force(city.code), sources(connection, city))
    side = (BELOW if about.better is Better.MORE else ABOVE).say(language)
    than = Text("target", "the target of").say(language)
    return " · ".join(filter(None, (f"{called(about).say(language)}: {value}, {side} {than} {aim}", owner)))


def _morning(city: City, one: Subscription, viewer: Viewer, now: dt.datetime) -> Told:
    agency = viewer.agency(WHATS["morning"][1], city.code)
    with reading(city.code, agency) as connection:
        known = morning(connection, city, now, targets.in_force(city.code), one.language, agency)
    lines = [line["says"] for line in known["sentences"]] or [CALM.say(one.language) + "."]
    looked = Text("angka dinilai", "figures judged").say(one.language)
    return {
        "says": "\n".join([*lines, f"({known['judged']}/{known['watched']} {looked})"]),
        "link": _link("/pagi", city, one),
    }


def _brief(city: City, one: Subscription, now: dt.datetime, known: set[str]) -> Iterator[News]:
    """Asked for on Monday, and told of when it is there."""
    name = brief.last_week(city, now)
    cause = f"brief:{name}"
    if cause in known:
        return
    made = [row for row in briefs.of(city.code) if (row.week, row.language) == (name, one.language)]
    done = next((row for row in made if row.state == "done"), None)
    if not made:
        briefs.ask(city.code, name, one.language, "post")
    if done:
        says = Text(f"Ringkasan pekan {name} sudah ada.", f"The brief of week {name} is there.").say(one.language)
        yield cause, {"says": says, "link": _link("/ringkasan", city, one), "file": done.file}, False


def _origin() -> str:
    return here().origin or f"http://127.0.0.1:{os.environ.get('PORT') or 8050}"


def _link(page: str, city: City, one: Subscription) -> str:
    return f"{_origin()}{page}?kota={city.slug}&bahasa={one.language}"


def deliver(city: City, now: dt.datetime) -> None:
    """Send what waits, to several receivers at a time: one that does not answer keeps nobody else waiting."""
    local = now.astimezone(city.tz).time()
    with reading(city.code) as connection:
        simulated = any(row.simulated for row in sources(connection, city))
    with ThreadPoolExecutor(SENDERS) as pool:
        list(pool.map(lambda one: _deliver(city, one, one.is_quiet(local), simulated), subscriptions.of(city.code)))


def _deliver(city: City, one: Subscription, quiet: bool, simulated: bool) -> None:
    told = notices.take(city.code, one.subscription_id, quiet)
    if not told:
        return
    message = composed(city, one, told, simulated)
    try:
        if subscriptions.reader(one) is None:
            raise NotSent(Text("akun ditutup atau tanpa peran", "the account is closed or without the role"))
        if one.how == "email":
            sending.by_mail(message, one.address)
        else:
            sending.by_webhook(message, one.address, sending.secret_of(one.subscription_id))
    except NotSent as error:
        log.warning("tidak terkirim | not sent: %s/%s: %s", city.slug, one.subscription_id, error.says.en)
        notices.not_sent(city.code, told, f"{error.says.id} | {error.says.en}")
    else:
        notices.sent(city.code, told)


def composed(city: City, one: Subscription, told: list[Notice], simulated: bool) -> Message:
    """One message of all that waits for a subscription."""
    first = " ".join(str(told[0].told["says"]).partition("\n")[0].split())  # a subject is one line
    more = Text(f" dan {len(told) - 1} kabar lain", f" and {len(told) - 1} more").say(one.language)
    mark = "SIMULASI " if simulated else ""
    files = [briefs_folder(city.slug) / str(notice.told["file"]) for notice in told if notice.told.get("file")]
    return Message(
        batch=str(told[0].batch),
        subject=f"[{mark}Pantau {city.short_name}] {first[:120]}{more if len(told) > 1 else ''}",
        lines=tuple((str(notice.told["says"]), str(notice.told["link"])) for notice in told),
        causes=tuple(notice.cause for notice in told),
        city=city.slug,
        simulated=simulated,
        attached=files[0] if files else None,
    )


def run() -> None:
    """Work for ever, whatever becomes of the warehouse."""
    from dashboard.command import load_pages

    load_pages()  # what is told names the page of its evidence
    post = Post(Live(), {city.slug: city for city in all_cities()})
    alone_for_ever(SqlRole.OFFICE, _LOCK, Text("kabar dikirim", "sending notices"), post.for_ever)
