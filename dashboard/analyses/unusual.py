"""The detector over everything that is watched: every daily figure of a city and its districts, judged by one budget.

What is looked at is found from the indicators themselves (``watchable``); one query an indicator reads four hundred
days. The result has the events that go on or ended in the last week, each with its course and with what moved in the
same days, and for each figure of the whole city what was said of its last day.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from dashboard.analysis import Analysis, Says, latest
from dashboard.indicator import Better, Indicator, Unit, Window
from dashboard.indicators import indicators
from dashboard.models import unusual
from dashboard.models.calendar_effects import effects
from dashboard.models.model import Judged, Model
from dashboard.models.unusual import Bools, Floats, Kind, Series
from dashboard.queries import KECAMATAN, KELURAHAN, AreaDay, Asked, by_day
from dashboard.scope import DAY, Scope
from etl.cities import City
from etl.text import Text
from etl.warehouse import SOURCES

KEY = "unusual"
HISTORY = 400  # days that are read: a Lebaran is among them
LEAST_A_DAY = 2.0  # in a kelurahan, of a count
GAP_ROWS = 10.0  # a figure that usually stands on so many rows a day and has none of a day: nothing came
STAYS = 1.96  # a score below which an event is over; it begins at the limit
SHOWN_DAYS, OVER_DAYS = 56, 7
WITH = 2.58  # a score from which something moved together with an event
MOST_EVENTS, MOST_TOGETHER, LOG_DAYS = 40, 6, 365
# Of a day that is young they say less than of an old one: what belongs to it is still to come.
IMMATURE = frozenset({"complaints_done", "cases_died", "cases_onset"})
TOO_FINE = frozenset({"corona"})  # of a ward only weeks are shown
AMOUNTS = frozenset({Unit.RUPIAH, Unit.KG})


def watchable(about: Indicator) -> bool:
    """Whether an indicator says something of each day by itself: a good direction, or something that adds up."""
    says = about.better is not Better.NEITHER or about.unit.adds_up
    daily = about.window in (Window.PERIOD, Window.WEEK) and about.at is None and about.finest != "month"
    return (
        says and daily and not about.unit.per_people and about.key not in IMMATURE
    )  # of a rate the counts are looked at


def watched() -> dict[str, Indicator]:
    """Every indicator that is looked at, by key."""
    found = {key: about for key, about in indicators().items() if about.time and watchable(about)}
    daily = {_rows(about) for about in found.values() if about.window is Window.PERIOD}
    return {key: one for key, one in found.items() if one.window is Window.PERIOD or _rows(one) not in daily}


def _rows(about: Indicator) -> tuple[object, ...]:
    """What a figure of one day is made of: that of a week and that of a day may be the same."""
    return about.dataset, about.time, about.where, about.value


@dataclass(frozen=True)
class Row:
    """One series: an indicator and the area; the city's own code for the whole of it."""

    indicator: str
    area: str


@dataclass(frozen=True)
class Watch:
    """Everything that is watched in a city: a row for each of ``rows``, a column for each of ``days``."""

    rows: list[Row]
    days: list[dt.date]
    series: Series

    def figures(self, there: Bools) -> npt.NDArray[np.int64]:
        """Of each row how many figures are watched in its area, of those that can be judged."""
        counts: dict[str, int] = {}
        for row, judged in zip(self.rows, there, strict=True):
            counts[row.area] = counts.get(row.area, 0) + bool(judged)
        return np.array([counts[row.area] for row in self.rows])


def watch(
    connection: sa.Connection, city: City, now: dt.datetime, keys: Iterable[str] | None = None, parts: bool = True
) -> Watch | None:
    """Read the last days of every watched figure, or of some, at most ``HISTORY``; ``parts``: of the districts too."""
    last = now.astimezone(city.tz).date() - DAY
    days = [last - DAY * n for n in reversed(range(HISTORY))]
    complete = _complete(connection, city, last)
    found: list[tuple[list[Row], Series]] = []
    for key, about in watched().items():
        wanted = keys is None or key in keys
        if wanted and set(about.datasets) <= complete.keys():
            until = min(complete[name] for name in about.datasets)
            if (one := _read(connection, city, about, days, until, parts)) is not None:
                found.append(one)
    return _stacked(found, days) if found else None


def _complete(connection: sa.Connection, city: City, last: dt.date) -> dict[str, dt.date]:
    """The last day of each dataset that its source knows to its end, by every source of it."""
    query = sa.select(SOURCES.c.dataset, sa.func.min(SOURCES.c.fresh_at).label("at")).where(
        SOURCES.c.city_code == city.code, SOURCES.c.fresh_at.is_not(None)
    )
    found = connection.execute(query.group_by(SOURCES.c.dataset)).all()
    return {row.dataset: min(last, row.at.astimezone(city.tz).date() - DAY) for row in found} | {"areas": last}


def _read(
    connection: sa.Connection, city: City, about: Indicator, days: Sequence[dt.date], until: dt.date, parts: bool
) -> tuple[list[Row], Series] | None:
    if until < days[0]:
        return None
    midnight = dt.datetime.combine(until + DAY, dt.time(), city.tz)
    asked = Asked(Scope(city.slug, city.code, days[0], until), city, midnight)
    points = by_day(connection, about, asked, levels_of(about) if parts else ())
    return arranged(about, points, days, until, city.code) if points else None


def levels_of(about: Indicator) -> tuple[int, ...]:
    """The levels below the city that are watched: wards only for counts, and never where a day of one is too fine."""
    counts = about.unit.adds_up and about.unit not in AMOUNTS
    return (KECAMATAN, KELURAHAN) if counts and about.subject not in TOO_FINE else (KECAMATAN,)


def arranged(
    about: Indicator, points: Sequence[AreaDay], days: Sequence[dt.date], until: dt.date, code: str
) -> tuple[list[Row], Series] | None:
    """Points as series side by side, the whole city first: zeros where nothing happened, gaps where nothing came.

    None of what turns out to be neither good nor bad nor a sum.
    """
    areas = [None, *sorted({point.area for point in points if point.area})]
    place, column = {area: n for n, area in enumerate(areas)}, {day: n for n, day in enumerate(days)}
    values, sizes = np.full((len(areas), len(days)), np.nan), np.zeros((len(areas), len(days)))
    for point in points:
        at = place[point.area], column[point.day]
        values[at], sizes[at] = point.value, point.rows
    kind = _kind(about, values, sizes)
    if kind is Kind.LEVEL and about.better is Better.NEITHER:
        return None  # a mean whose unit adds up, and which itself does not
    known = _known(sizes, column[min(point.day for point in points)], column[until])
    if kind in (Kind.COUNT, Kind.AMOUNT):
        values = np.where(known, np.nan_to_num(values), np.nan)
        sizes = np.ones_like(sizes)
    kept = [n for n, area in enumerate(areas) if _is_large(area, values[n])]
    rows = [Row(about.key, areas[n] or code) for n in kept]
    kinds = np.array([kind] * len(kept))
    return rows, Series(values[kept], sizes[kept], kinds, np.zeros(len(kept), np.int64))


def _kind(about: Indicator, values: Floats, sizes: Floats) -> Kind:
    """What sort of value it is; a share whose part is a whole number of its rows is a share of rows."""
    if about.unit in AMOUNTS:
        parts, whole = np.nansum(values[1:], axis=0), values[0]
        adds = len(values) == 1 or np.nanmedian(parts / np.where(whole, whole, np.nan)) < 1.01
        return Kind.AMOUNT if adds else Kind.LEVEL
    if about.unit is Unit.PERCENT:
        hits = (values * sizes / 100)[~np.isnan(values)]
        return Kind.SHARE if np.abs(hits - np.round(hits)).max(initial=0.0) < 1e-4 else Kind.LEVEL
    return Kind.COUNT if about.unit.adds_up or about.unit is Unit.MERCHANTS else Kind.LEVEL


def _known(sizes: Floats, first: int, last: int) -> Bools:
    """The days from the first to the last, but those on which a figure that always has rows had none at all."""
    days = np.arange(sizes.shape[1])
    within = (days >= first) & (days <= last)
    usual = float(np.median(sizes[0][within])) if within.any() else 0.0
    known: Bools = within & ((sizes[0] > 0) | (usual < GAP_ROWS))
    return known


def _is_large(area: str | None, values: Floats) -> bool:
    return area is None or len(area) < KELURAHAN or float(np.nan_to_num(np.nanmean(values))) >= LEAST_A_DAY


def _stacked(found: Sequence[tuple[list[Row], Series]], days: list[dt.date]) -> Watch:
    rows = [row for mine, _ in found for row in mine]
    starts = np.cumsum([0, *(len(mine) for mine, _ in found)])
    parents = np.concatenate([np.full(len(mine), start) for (mine, _), start in zip(found, starts, strict=False)])
    values, sizes, kinds = (
        np.concatenate([getattr(series, name) for _, series in found]) for name in ("values", "sizes", "kinds")
    )
    first = int(np.argmax(~np.isnan(values).all(0)))  # before it nothing is known of anything
    return Watch(rows, days[first:], Series(values[:, first:], sizes[:, first:], kinds, parents))


def made(connection: sa.Connection, city: City, now: dt.datetime) -> Says | None:
    """Judge everything, and tell the events."""
    seen = watch(connection, city, now)
    if seen is None:
        return None
    told = unusual.judge(seen.series, effects(seen.days))
    there: Bools = ~np.asarray(np.isnan(told.score[:, -SHOWN_DAYS:]).all(1))
    limits = np.array([unusual.limit(int(count)) for count in seen.figures(there)])
    events = _folded(sorted(_events(seen, told, limits), key=lambda event: -abs(event["score"])))[:MOST_EVENTS]
    areas = {row.area for row, judged in zip(seen.rows, there, strict=True) if judged}
    figures = {row.indicator for row, judged in zip(seen.rows, there, strict=True) if judged}
    before = latest(connection, city, KEY)
    return {
        "day": seen.days[-1].isoformat(),
        "series": int(there.sum()),
        "figures": len(figures),
        "areas": len(areas),
        "too_few": sorted({row.indicator for row in seen.rows} - figures),
        "events": events,
        "city": dict(_of_city(seen, told, city)),
        "log": _logged(before.says.get("log", []) if before else [], events, now),
    }


def _logged(log: Sequence[dict[str, Any]], events: Sequence[dict[str, Any]], now: dt.datetime) -> list[dict[str, Any]]:
    """Every alarm of the past year as it was first told: what came of it is seen later."""
    oldest = (now - dt.timedelta(days=LOG_DAYS)).date().isoformat()
    kept = [one for one in log if one["since"] >= oldest]
    there = {(one["indicator"], one["area"], one["since"]) for one in kept}
    names = ("indicator", "area", "since", "peak", "score", "value", "low", "high")
    fresh = [event for event in events if tuple(event[name] for name in names[:3]) not in there]
    return kept + [{name: event[name] for name in names} | {"told": now.date().isoformat()} for event in fresh]


def _events(seen: Watch, told: unusual.Judged, limits: Floats) -> Iterator[dict[str, Any]]:
    """What is unusual now, or was until a week ago."""
    began = alarms(told.score[:, -SHOWN_DAYS:], limits)
    shift = len(seen.days) - began.shape[1]
    for row in np.flatnonzero((began >= 0).any(1)):
        days = np.flatnonzero(began[row] >= 0)
        last_known = int(np.flatnonzero(~np.isnan(told.score[row]))[-1]) - shift
        if last_known - days[-1] <= OVER_DAYS:
            since, until = int(began[row, days[-1]]) + shift, int(days[-1]) + shift
            yield _event(seen, told, int(row), since, until, until < last_known + shift)


def _folded(events: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The strongest of what rests on the same rows of one area in the same days; the others moved together with it."""
    kept: list[dict[str, Any]] = []
    every = indicators()
    for event in events:
        same = (
            one["area"] == event["area"]
            and every[one["indicator"]].dataset == every[event["indicator"]].dataset
            and one["since"] <= event["until"]
            and event["since"] <= one["until"]
            for one in kept
        )
        if not any(same):
            kept.append(event)
    return kept


def is_good(about: Indicator, score: float) -> bool:
    """Whether it is good news that a value lies on this side of what is usual."""
    return about.better is not Better.NEITHER and (score > 0) == (about.better is Better.MORE)


def alarms(score: Floats, limits: Floats) -> npt.NDArray[np.int64]:
    """For each series and day the day on which the event that goes on began, -1 where none does.

    An event begins beyond the limit and lasts while scores stay on its side beyond ``STAYS``; a day that is not known
    neither ends nor begins one.
    """
    began = np.full(score.shape, -1)
    start, side = np.full(len(score), -1), np.zeros(len(score))
    for day in range(score.shape[1]):
        now = score[:, day]
        known = ~np.isnan(now)
        stays = (start >= 0) & (~known | (now * side > STAYS))
        begins = ~stays & known & (np.abs(np.nan_to_num(now)) > limits)
        start = np.where(begins, day, np.where(stays, start, -1))
        side = np.where(begins, np.sign(np.nan_to_num(now)), side)
        began[:, day] = np.where(known, start, -1)
    return began


def _event(seen: Watch, told: unusual.Judged, row: int, since: int, until: int, over: bool) -> dict[str, Any]:
    about, days = seen.rows[row], range(since, until + 1)
    worst = max(days, key=lambda day: _outside(seen, told, row, day))
    strongest = max(days, key=lambda day: abs(np.nan_to_num(told.score[row, day])))
    shown = slice(max(0, until - SHOWN_DAYS + 1), None)
    return {
        "indicator": about.indicator,
        "area": about.area,
        "since": seen.days[since].isoformat(),
        "until": seen.days[until].isoformat(),
        "over": over,
        "days": until - since + 1,
        "peak": seen.days[worst].isoformat(),
        "score": _short(told.score[row, strongest]),
        **{name: _short(column[row, worst]) for name, column in _columns(seen, told).items()},
        "together": _together(seen, told, row, since, until),
        "course": {
            "from": seen.days[shown.start].isoformat(),
            **{
                name: [_short(number) for number in column[row, shown]] for name, column in _columns(seen, told).items()
            },
        },
    }


def _outside(seen: Watch, told: unusual.Judged, row: int, day: int) -> float:
    """How far a day's own value lies from what was expected, in widths of its interval; on the side of its score."""
    width = told.high[row, day] - told.low[row, day]
    far = (seen.series.values[row, day] - told.expected[row, day]) * np.sign(told.score[row, day]) / max(width, 1e-9)
    return -np.inf if np.isnan(far) else float(far)


def _columns(seen: Watch, told: unusual.Judged) -> dict[str, Floats]:
    return {"value": seen.series.values, "expected": told.expected, "low": told.low, "high": told.high}


def _together(seen: Watch, told: unusual.Judged, row: int, since: int, until: int) -> list[dict[str, Any]]:
    """What else was outside its interval in the same days: other figures of the area, and the figure elsewhere."""
    scores = np.nan_to_num(told.score[:, max(0, since - 1) : until + 1])
    most = np.take_along_axis(scores, np.abs(scores).argmax(1)[:, None], 1)[:, 0]
    mine = seen.rows[row]
    related = [
        n
        for n, other in enumerate(seen.rows)
        if n != row and abs(most[n]) >= WITH and (other.area == mine.area or other.indicator == mine.indicator)
    ]
    related.sort(key=lambda n: -abs(most[n]))
    return [
        {"indicator": seen.rows[n].indicator, "area": seen.rows[n].area, "score": _short(most[n])}
        for n in related[:MOST_TOGETHER]
    ]


def _of_city(seen: Watch, told: unusual.Judged, city: City) -> Iterator[tuple[str, dict[str, Any]]]:
    """What was said of the last day of each figure of the whole city."""
    for n, row in enumerate(seen.rows):
        judged = np.flatnonzero(~np.isnan(told.score[n]))
        if row.area == city.code and len(judged):
            day = int(judged[-1])
            columns = {name: _short(column[n, day]) for name, column in _columns(seen, told).items()}
            yield row.indicator, {"day": seen.days[day].isoformat(), "score": _short(told.score[n, day]), **columns}


def _short(number: float) -> float | None:
    """Five digits say enough."""
    return None if np.isnan(number) else float(f"{number:.5g}")


def _judged(about: Indicator, connection: sa.Connection, city: City, day: dt.date) -> list[Judged]:
    """What was expected of each day of the past year, by the days before it, beside what came."""
    now = dt.datetime.combine(day + DAY, dt.time(), city.tz)
    seen = watch(connection, city, now, (about.key,), parts=False)
    if seen is None:
        return []
    known = ~np.isnan(seen.series.values[0])
    first = int(np.argmax(known)) + unusual.LEAST_DAYS + unusual.GUARD + 1
    told = unusual.foretold(seen.series, effects(seen.days), first, HISTORY)
    values = seen.series.values[0]
    return [
        Judged(
            seen.days[n],
            float(told.expected[0, n]),
            float(told.low[0, n]),
            float(told.high[0, n]),
            None if np.isnan(values[n - 7]) else float(values[n - 7]),
            float(values[n]),
        )
        for n in np.flatnonzero(~np.isnan(told.expected[0]) & known)
    ]


def _model(about: Indicator) -> Model:
    return Model(
        key=f"usual_{about.key}",
        subject=about.subject,
        title=Text(f"Biasa: {about.title.id}", f"Usual: {about.title.en}"),
        method=METHOD,
        naive=Text("hari yang sama minggu lalu", "the same weekday a week before"),
        unit=about.unit,
        datasets=about.datasets,
        judged=partial(_judged, about),
    )


METHOD = Text(
    "Tingkat yang mengikuti × efek kalender (hari, libur, Ramadan, Lebaran, gajian), hari tak biasa diberi bobot "
    "kecil: Farrington dkk. 1996 (doi:10.2307/2983331), Noufal dkk. 2013 (doi:10.1002/sim.5595)",
    "A level that follows × effects of the calendar (weekday, holidays, Ramadan, Lebaran, salaries), unusual days "
    "weigh little: Farrington et al. 1996 (doi:10.2307/2983331), Noufal et al. 2013 (doi:10.1002/sim.5595)",
)
ANALYSES = (Analysis(KEY, (), "hour", made),)
MODELS = tuple(_model(about) for about in watched().values())
