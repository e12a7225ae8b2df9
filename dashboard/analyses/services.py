"""Layanan: what digital service changed in the wards that got it, and how long complaints take to be closed."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from dashboard.analysis import Analysis, Says
from dashboard.indicator import Unit
from dashboard.indicators.services import complaint_days
from dashboard.models.differences import FEWEST_DAYS, NEVER, REACH, Counts, Course, Effect, chance, course, effect
from dashboard.models.model import Judged, Model
from dashboard.models.survival import Middle, Share, ahead, coming, median, within
from dashboard.queries import KELURAHAN, local
from dashboard.scope import DAY
from etl.cities import City
from etl.text import Text
from etl.warehouse import read

REQUESTS_DATA, BUDGETS_DATA, COMPLAINTS_DATA = "service_requests", "site_budgets", "complaints"
DIGITALISATION = "digitalisation"
EARLIER_DAYS = 90  # complaints that came in so many days ago or less tell how long one takes
COMING_DAYS = 30  # of which the interval of that speaks
WEEK_DAYS, HISTORY_DAYS = 7, 730
PLACEBO_DRAWS = 8  # of wards, for each day on which nothing began
PLACEBO_PLACES = 10  # where a city has declared no pilots
SEED = 20_230_101

Floats = npt.NDArray[np.float64]


class Beginnings(NamedTuple):
    """The pilot wards by code, and the day on which each began; None where that is not told."""

    days: Mapping[str, dt.date | None]

    @property
    def known(self) -> dict[str, dt.date]:
        return {code: day for code, day in self.days.items() if day}


def beginnings(connection: sa.Connection, city: City) -> Beginnings:
    """The wards that have a digitalisation budget. Districts' own offices serve no ward alone and are left out."""
    budgets = read(BUDGETS_DATA)
    first = sa.func.min(budgets.c.live_on)
    query = sa.select(budgets.c.area_code, first).where(
        budgets.c.city_code == city.code, sa.func.length(budgets.c.area_code) == KELURAHAN
    )
    return Beginnings({row[0]: row[1] for row in connection.execute(query.group_by(budgets.c.area_code))})


def digitalised(connection: sa.Connection, city: City, now: dt.datetime) -> Says | None:
    """What changed in the pilot wards and in the others; None where a city has declared no pilots."""
    pilots, yesterday = beginnings(connection, city), now.astimezone(city.tz).date() - DAY
    if not pilots.days:
        return None
    known = pilots.known
    says: Says = {"pilots": len(pilots.days), "days_known": len(known), "until": yesterday.isoformat()}
    if not known:
        return says | {"why": "no_day"}
    since, until = min(known.values()) - DAY * REACH, min(yesterday, max(known.values()) + DAY * (REACH - 1))
    table = _daily(connection, city, since, until, [code for code in pilots.days if code not in known])
    counts = table.counts(known)
    told, steps = effect(counts), course(counts)
    return says | {
        "why": "" if told else "too_few",
        "places": [_place(table, code, day) for code, day in sorted(known.items())],
        "effect": _effect(told),
        "chance": chance(counts),
        "course": _course(steps),
    }


def _effect(told: Effect | None) -> dict[str, Any] | None:
    return told and {name: round(number, 4) for name, number in told._asdict().items()}


def _course(told: Course | None) -> dict[str, Any] | None:
    return told and {**told._asdict(), "steps": [[round(number, 4) for number in step] for step in told.steps]}


class Daily(NamedTuple):
    """Requests of each ward on each day: all of them, and the digital ones."""

    codes: list[str]
    first: dt.date
    part: npt.NDArray[np.int64]
    whole: npt.NDArray[np.int64]

    def counts(self, began: Mapping[str, dt.date]) -> Counts:
        """As the model reads them. Who began outside these days has not begun here and is no yardstick either."""
        numbers = [(began[code] - self.first).days if code in began else NEVER for code in self.codes]
        kept = [n for n, number in enumerate(numbers) if number == NEVER or 0 <= number < self.whole.shape[1]]
        return Counts(self.part[kept], self.whole[kept], np.array([numbers[n] for n in kept], dtype=np.int64))


def _daily(connection: sa.Connection, city: City, since: dt.date, until: dt.date, without: Sequence[str] = ()) -> Daily:
    """From the first day with requests on, or from ``since`` if that is later."""
    rows = read(REQUESTS_DATA)
    day = sa.cast(local(rows.c.opened_at, city), sa.Date())
    begin, end = (dt.datetime.combine(one, dt.time(), city.tz) for one in (since, until + DAY))
    digital = sa.func.count().filter(rows.c.channel == "digital")
    query = sa.select(rows.c.area_code, day, digital, sa.func.count()).where(
        rows.c.city_code == city.code, rows.c.opened_at >= begin, rows.c.opened_at < end
    )
    found = [row for row in connection.execute(query.group_by(rows.c.area_code, day)) if row[0] not in without]
    codes = sorted({row[0] for row in found})
    first = max(since, min((row[1] for row in found), default=until))
    shape = (len(codes), max((until - first).days + 1, 0))
    part, whole = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    place = {code: number for number, code in enumerate(codes)}
    for code, on, digitally, every in found:
        part[place[code], (on - first).days], whole[place[code], (on - first).days] = digitally, every
    return Daily(codes, first, part, whole)


def _place(table: Daily, code: str, began: dt.date) -> list[Any]:
    """Of one ward: when it began, and digital and all requests before and after."""
    if code not in table.codes:
        return [code, began.isoformat(), 0, 0, 0, 0]
    row, day = table.codes.index(code), max((began - table.first).days, 0)
    sides = (slice(max(day - REACH, 0), day), slice(day, day + REACH))
    return [code, began.isoformat(), *(int(of[row, side].sum()) for side in sides for of in (table.part, table.whole))]


# Judged


def placebo(connection: sa.Connection, city: City, day: dt.date) -> list[Judged]:
    """What the model finds where nothing began: wards and days drawn by lot, pilots left out. What came is 0."""
    pilots = beginnings(connection, city)
    table = _daily(connection, city, day - DAY * (2 * REACH), day - DAY, list(pilots.days))
    size = len(pilots.days) or PLACEBO_PLACES
    rng, told = np.random.default_rng(SEED), []
    for number in range(FEWEST_DAYS, table.whole.shape[1] - FEWEST_DAYS + 1, WEEK_DAYS):
        for _ in range(PLACEBO_DRAWS if len(table.codes) > size else 0):
            begun = np.full(len(table.codes), NEVER)
            begun[rng.permutation(len(table.codes))[:size]] = number
            found = effect(Counts(table.part, table.whole, begun))
            if found:
                told.append(
                    Judged(table.first + DAY * number, found.mean, found.low, found.high, found.plain, 0.0),
                )
    return told


class Tickets(NamedTuple):
    """Complaints in the order in which they came, in days since the first of them; closed never is infinite."""

    opened: Floats
    closed: Floats
    since: dt.datetime

    def known(self, at: float) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """Days until closed (or until ``at``) of those of the days before, as they were known then."""
        recent = (self.opened >= at - EARLIER_DAYS) & (self.opened < at)
        opened, closed = self.opened[recent], self.closed[recent]
        return np.minimum(closed, at) - opened, closed <= at

    def of(self, begin: float, end: float) -> tuple[Floats, Floats]:
        """When those that came within these days came, and were closed."""
        here = (self.opened >= begin) & (self.opened < end)
        return self.opened[here], self.closed[here]

    def share(self, begin: float, end: float, limit: float) -> float | None:
        """Per cent of those of these days that were closed within ``limit``."""
        opened, closed = self.of(begin, end)
        return float(100 * (closed - opened <= limit).mean()) if len(opened) else None


def tickets(connection: sa.Connection, city: City, until: dt.datetime, days: int) -> Tickets:
    """The complaints of so many days until a moment, and what had become of them by then."""
    rows = read(COMPLAINTS_DATA)
    since = until - dt.timedelta(days=days)
    query = sa.select(rows.c.opened_at, rows.c.closed_at).where(
        rows.c.city_code == city.code, rows.c.opened_at >= since, rows.c.opened_at < until
    )
    found = connection.execute(query.order_by(rows.c.opened_at)).all()
    opened = np.array([(one - since).total_seconds() / 86_400 for one, _ in found], dtype=np.float64)
    closed = [(end - since).total_seconds() / 86_400 if end and end <= until else np.inf for _, end in found]
    return Tickets(opened, np.array(closed, dtype=np.float64), since)


def next_week(known: Tickets, at: float, limit: float) -> Share | None:
    """The share of next week's complaints that is closed within ``limit`` days, as it could be said at ``at``."""
    told = within(*known.known(at), limit)
    size = len(known.of(at - 4 * WEEK_DAYS, at)[0]) // 4
    return coming(told, size) if told and size else None


class Said(NamedTuple):
    """What was said at a moment (in days), with its interval, the naive figure, and what came."""

    at: float
    said: float
    low: float
    high: float
    naive: float | None
    came: float


def closing(connection: sa.Connection, city: City, day: dt.date) -> list[Judged]:
    """The share closed in time, week by week, said before the week began; the naive one is the last week that is
    known to its end.
    """
    known, until = _history(connection, city, day)
    return [_judged(known, one, city) for one in closings(known, until, complaint_days(city))]


def closings(known: Tickets, until: float, limit: float) -> Iterator[Said]:
    """When it was said, what was said with its interval, the naive figure, and what came: per cent."""
    for at in _weeks(known, until - WEEK_DAYS - limit):
        said, came = next_week(known, at, limit), known.share(at, at + WEEK_DAYS, limit)
        naive = known.share(at - limit - WEEK_DAYS, at - limit, limit)
        if said and came is not None:
            yield Said(at, 100 * said.mean, 100 * said.low, 100 * said.high, naive, came)


def middle(connection: sa.Connection, city: City, day: dt.date) -> list[Judged]:
    """Days until half are closed, of those of the coming month; the naive one leaves out what is still open."""
    known, until = _history(connection, city, day)
    return [_judged(known, one, city) for one in middles(known, until)]


def middles(known: Tickets, until: float) -> Iterator[Said]:
    """When it was said, what was said with its interval, the naive figure, and what came: days."""
    settled = 1.5 * COMING_DAYS  # half of those of the month are known by then, or it is no middle
    for at in _weeks(known, until - settled):
        said, after = half(known, at), _half(known, at + settled, at, at + COMING_DAYS)
        if said and said.mean and said.high and after and after.mean:
            waited, done = known.known(at)
            yield Said(at, said.mean, said.low, said.high, float(np.median(waited[done])), after.mean)


def half(known: Tickets, at: float) -> Middle | None:
    """Days until half are closed, as it could be said at ``at``; the interval is of those of the coming month."""
    told = median(*known.known(at))
    return ahead(told, COMING_DAYS / EARLIER_DAYS) if told else None


def _half(known: Tickets, at: float, begin: float, end: float) -> Middle | None:
    opened, closed = known.of(begin, end)
    return median(np.minimum(closed, at) - opened, closed <= at)


def _history(connection: sa.Connection, city: City, day: dt.date) -> tuple[Tickets, float]:
    """The complaints of two years before a day, and how many days of them are over."""
    end = dt.datetime.combine(day, dt.time(), city.tz)
    known = tickets(connection, city, end, HISTORY_DAYS)
    return known, float(HISTORY_DAYS)


def _weeks(known: Tickets, until: float) -> Iterator[float]:
    """The beginnings of weeks, once there are complaints of ninety days."""
    if len(known.opened):
        yield from map(float, np.arange(known.opened[0] + EARLIER_DAYS, until + 1e-9, WEEK_DAYS))


def _judged(known: Tickets, one: Said, city: City) -> Judged:
    day = (known.since + dt.timedelta(days=one.at)).astimezone(city.tz).date()
    return Judged(day, one.said, one.low, one.high, one.naive, one.came)


ANALYSES = (Analysis(DIGITALISATION, (REQUESTS_DATA, BUDGETS_DATA), "day", digitalised),)
MODELS = (
    Model(
        key="digitalisation_placebo",
        subject="layanan",
        title=Text("Dampak digitalisasi, di tempat tanpa program", "Effect of digitalisation, where there was none"),
        method=Text(
            "Selisih dari selisih dengan selang Welch (Bertrand, Duflo, Mullainathan 2004, "
            "QJE 119: 249–275; Imbens, Kolesár 2016, doi:10.1162/REST_a_00552). Diuji dengan kelurahan "
            "dan hari undian tanpa program: jawaban yang benar 0",
            "Difference in differences with Welch's interval (Bertrand, Duflo, Mullainathan 2004, "
            "QJE 119: 249–275; Imbens, Kolesár 2016, doi:10.1162/REST_a_00552). Tried on wards and days "
            "drawn by lot that had no programme: the right answer is 0",
        ),
        naive=Text("sesudah − sebelum, tanpa pembanding", "after − before, compared with nothing"),
        unit=Unit.PERCENT,
        datasets=(REQUESTS_DATA, BUDGETS_DATA),
        judged=placebo,
    ),
    Model(
        key="complaints_in_time",
        subject="layanan",
        title=Text("Pengaduan pekan depan yang selesai tepat waktu", "Complaints of next week closed in time"),
        method=Text(
            "Kaplan–Meier 1958 (doi:10.1080/01621459.1958.10501452) atas aduan 90 hari terakhir, varians Greenwood "
            "dan kebetulan sepekan",
            "Kaplan–Meier 1958 (doi:10.1080/01621459.1958.10501452) of the complaints of the last 90 days, with "
            "Greenwood's variance and the chance of one week",
        ),
        naive=Text(
            "bagian dari pekan terakhir yang sudah diketahui seluruhnya", "the share in the last week that is all known"
        ),
        unit=Unit.PERCENT,
        datasets=(COMPLAINTS_DATA,),
        judged=closing,
    ),
    Model(
        key="complaint_middle",
        subject="layanan",
        title=Text("Hari sampai separuh pengaduan ditutup", "Days until half of the complaints are closed"),
        method=Text(
            "Median Kaplan–Meier dengan selang Brookmeyer–Crowley 1982 (doi:10.2307/2530286), dilebarkan bagi 30 hari "
            "berikutnya",
            "Median of Kaplan–Meier with the interval of Brookmeyer and Crowley 1982 (doi:10.2307/2530286), widened "
            "for the 30 days to come",
        ),
        naive=Text("median aduan yang sudah ditutup saja", "median of the complaints that are closed already"),
        unit=Unit.DAYS,
        datasets=(COMPLAINTS_DATA,),
        judged=middle,
    ),
)
