"""Life after the history: calls and what becomes of them, orders, now and then a file."""

import datetime as dt
import threading
from dataclasses import dataclass

import numpy as np
import polars as pl
import sqlalchemy as sa

from simulator import bansos, calls, covid, market, seasons
from simulator.exports import EXPORTS
from simulator.exports.shape import Csv, Export, Feed, Table, Xlsx, dress
from simulator.truth import packed, unpacked
from simulator.world import Scenery, Stores, foresee

CALL_EVERY_S, ORDER_EVERY_S, FILE_EVERY_S = 4.5, 6.0, 150.0
STEP_S = 0.5
FILE_ORDERS_EVERY_S = 120.0  # a city whose shop sends files collects its orders


@dataclass
class Due:
    """When the next thing of a kind happens (seconds since 1970)."""

    every: float
    at: float

    def come(self, now: float, rng: np.random.Generator) -> bool:
        if now < self.at:
            return False
        self.at = now + self.every * rng.uniform(0.7, 1.3)
        return True


class Life:
    """Writes live events into the truth and the upstreams, one thread, until it is told to stop."""

    def __init__(self, stores: Stores, sceneries: list[Scenery], start: dt.datetime, seed: int | None = None) -> None:
        self._stores, self._cities = stores, sceneries
        self._by_slug = {scenery.plan.slug: scenery for scenery in sceneries}
        self._rng = np.random.default_rng(seed)
        self._waiting: dict[str, list[pl.DataFrame]] = {scenery.plan.slug: [] for scenery in sceneries}
        self._call, self._order, self._file, self._bundle = (
            Due(every, start.timestamp() + every)
            for every in (CALL_EVERY_S, ORDER_EVERY_S, FILE_EVERY_S, FILE_ORDERS_EVERY_S)
        )

    def run(self, stop: threading.Event) -> None:
        """Live until ``stop`` is set."""
        while not stop.wait(STEP_S):
            self.step(clock())
        self.finish(clock())

    def finish(self, now: dt.datetime) -> None:
        """Send what still waits, so that nothing is lost with the process."""
        self._send_bundles(now)

    def step(self, now: dt.datetime) -> None:
        """Everything that is due at ``now`` (UTC)."""
        seconds = now.timestamp()
        self._happen(now)
        if self._call.come(seconds, self._rng):
            self._new_call(now)
        if self._order.come(seconds, self._rng):
            self._new_order(now)
        if self._bundle.come(seconds, self._rng):
            self._send_bundles(now)
        if self._file.come(seconds, self._rng):
            scenery = self._pick([0.4, 0.3, 0.3])
            self._new_cases(scenery, now)
            self._new_payments(scenery, now)

    def _pick(self, shares: list[float]) -> Scenery:
        return self._cities[self._rng.choice(len(self._cities), p=shares)]

    def _happen(self, now: dt.datetime) -> None:
        """Deliver what was foreseen and has come."""
        truth = self._stores.truth
        agenda = truth.agenda
        with truth.engine.begin() as connection:
            rows = connection.execute(sa.select(agenda).where(agenda.c.due <= _text(now)).order_by(agenda.c.due)).all()
            connection.execute(agenda.delete().where(agenda.c.number.in_([row.number for row in rows])))
        for row in rows:
            self._deliver(self._by_slug[row.city], row.dataset, unpacked(row.rows), now)

    def _new_call(self, now: dt.datetime) -> None:
        scenery = self._pick([0.4, 0.4, 0.2])
        plan = scenery.plan
        local = np.array([int(now.timestamp()) + plan.utc_hours * 3600])
        ids = np.array([f"{plan.prefix}-L{int(now.timestamp() * 1000)}"])
        whole = calls.draw_calls(plan, scenery.places, scenery.spots, ids, local, self._rng)
        first = calls.as_known(whole, now)
        self._deliver(scenery, "emergency_calls", first, now)
        foresee(self._stores.truth, plan.slug, whole, now)

    def _new_order(self, now: dt.datetime) -> None:
        scenery = self._pick([0.4, 0.45, 0.15])
        plan, shop = scenery.plan, scenery.market
        local = int(now.timestamp()) + plan.utc_hours * 3600
        buyer = int(self._rng.choice(3, p=[0.5, 0.1, 0.4]))
        who = self._rng.integers(0, (shop.servants.height, shop.agencies.height, 1)[buyer])
        orders = market.Orders(np.array([local]), np.array([buyer]), np.array([who]))
        lines = market.order_lines(plan, shop, orders, now, self._rng, first=900_000 + local % seasons.DAY)
        if isinstance(EXPORTS[plan.slug, "marketplace_orders"].channel, Csv):
            paid = lines.with_columns(status=pl.lit("paid"))
            self._waiting[plan.slug].append(paid)
            return
        self._deliver(scenery, "marketplace_orders", lines, now)
        self._foresee_payment(scenery, lines, now + dt.timedelta(seconds=int(self._rng.integers(20, 120))))

    def _foresee_payment(self, scenery: Scenery, lines: pl.DataFrame, moment: dt.datetime) -> None:
        paid = lines.with_columns(status=pl.lit("paid"), updated_at=pl.lit(moment.replace(tzinfo=None)))
        agenda = self._stores.truth.agenda
        entry = {"due": _text(moment), "city": scenery.plan.slug, "dataset": "marketplace_orders", "rows": packed(paid)}
        with self._stores.truth.engine.begin() as connection:
            connection.execute(agenda.insert().values(entry))

    def _send_bundles(self, now: dt.datetime) -> None:
        for slug, lines in self._waiting.items():
            if lines:
                self._deliver(self._by_slug[slug], "marketplace_orders", pl.concat(lines), now)
                lines.clear()

    def _new_cases(self, scenery: Scenery, now: dt.datetime) -> None:
        """A fresh line list of a few cases, and today's totals with them."""
        plan = scenery.plan
        size = int(self._rng.integers(3, 12))
        ids = np.array([f"{plan.prefix}-L{int(now.timestamp())}{number:02d}" for number in range(size)])
        reported = np.repeat(seasons.days_until(now, plan.utc_hours, 1), size)
        cases = covid.draw_cases(plan, scenery.places, ids, reported, now, self._rng)
        self._deliver(scenery, "covid_cases", cases, now)
        latest = self._stores.truth.latest("covid_daily", plan.code, "report_date", "place")
        if latest.height:
            self._deliver(scenery, "covid_daily", covid.raised(latest, cases, reported[0], now), now)

    def _new_payments(self, scenery: Scenery, now: dt.datetime) -> None:
        """A list of corrections: some who were verified have been paid."""
        code = scenery.plan.code
        waiting = self._stores.truth.some("bansos_grants", code, {"status": "verified"}, int(self._rng.integers(4, 15)))
        if waiting.height:
            one_list = waiting.filter(programme=waiting["programme"][0], period=waiting["period"][0])
            self._deliver(scenery, "bansos_grants", bansos.paid(one_list, scenery.plan, now), now)

    def _deliver(self, scenery: Scenery, dataset: str, rows: pl.DataFrame, now: dt.datetime) -> None:
        """Truth first, then the upstream."""
        plan, export = scenery.plan, EXPORTS[scenery.plan.slug, dataset]
        plain = rows.select(pl.exclude("^_.*$"))
        new = self._stores.truth.revise(dataset, plan.code, plain)
        log = plain.with_columns(
            _sent=pl.lit(now.replace(tzinfo=None)),
            _kind=pl.lit("final"),
            _whim=pl.lit(int(self._rng.integers(0, 10_000))),
            _file=pl.lit(_file_name(export, dataset, rows, now)),
        )
        self._stores.send(plan.slug, export, dress(log, export, scenery.places.gazetteer), first=False)
        # A table holds one version of a row; feeds and files hold them all.
        sent, superseded = (new, 0) if isinstance(export.channel, Table) else (rows.height, rows.height - new)
        self._stores.truth.count(plan.slug, dataset, (sent, 0, 0, superseded))


def clock() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _text(moment: dt.datetime) -> str:
    return moment.replace(tzinfo=None).isoformat()


STEMS = {"covid_cases": "kasus", "covid_daily": "harian", "marketplace_orders": "pesanan"}


def _file_name(export: Export, dataset: str, rows: pl.DataFrame, now: dt.datetime) -> str:
    """A file of its own for each live delivery; empty for channels without files."""
    if isinstance(export.channel, Feed | Table):
        return ""
    moment = now.strftime("%Y-%m-%d_%H%M%S")
    if dataset != "bansos_grants":
        return f"{STEMS[dataset]}_{moment}.csv"
    programme, period = rows.select("programme", "period").row(0)
    return f"{programme}_{period}_koreksi_{moment}.{'xlsx' if isinstance(export.channel, Xlsx) else 'csv'}"
