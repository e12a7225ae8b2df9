"""Panels of Belanja ASN: who stands where, how the month may end, how evenly the spending is spread."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from dashboard import figures as fig
from dashboard import format as fmt
from dashboard.areas import Places
from dashboard.indicator import Unit
from dashboard.obligation import in_force
from dashboard.panels.base import NO_DATA, Answer, Height, IndicatorPanel, Kind, Says, bare_tile, empty, twin
from dashboard.queries import Asked
from dashboard.standings import (
    AGENCY,
    FORECAST_MONTHS,
    Forecast,
    Standing,
    agency_of,
    forecast,
    lorenz,
    months,
    near_cap,
    ranked,
    standings,
)
from etl.text import Text

NO_OBLIGATION = Text(
    "Kota ini belum menetapkan kewajiban belanja untuk bulan ini.",
    "The city has set no purchase obligation for this month.",
)
NO_AGENCY = Text(
    "Pilih satu OPD pada peringkat untuk melihat unitnya.", "Choose an agency in the ranking to see its units."
)
NO_CAP = Text("Kota ini tidak menetapkan batas penjualan pedagang.", "The city has set no cap on a merchant's sales.")
NOBODY_NEAR = Text("Tidak ada pedagang yang mendekati batas.", "No merchant is near the cap.")
MET, OF, EACH = Text("Terpenuhi", "Met"), Text("dari", "of"), Text("Rp per ASN", "Rp each")
EXEMPT, UNKNOWN = Text("Dikecualikan", "Exempt"), Text("Belum dapat dinilai", "Cannot be judged")
MONTHS = 6  # side by side


@dataclass(frozen=True, kw_only=True)
class Ranking(IndicatorPanel):
    """Agencies by the share that met the obligation, with their rank and how it changed since last month."""

    kind: Kind = field(default="table", init=False)
    span: int = 7
    height: Height = "l"

    def shown(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        language = asked.scope.language
        found, now, before = ranked(connection, asked)
        if not found:
            return empty(language, _nobody(asked))
        heads = (Text("OPD", "Agency"), Text("Peringkat", "Rank"), MET, OF, EACH, EXEMPT, UNKNOWN)
        rows = [
            [places.agency(str(one.key)), _place(one, now, before, language), *_cells(one, language)] for one in found
        ]
        raw = [(one.key, now.get(one.key), *_raw(one)) for one in found]
        table = twin([(head.say(language), "") for head in heads], rows, raw)
        return {
            "title": self._finding(found, now, places, asked),
            "table": table | {"patches": [_opens(one, asked) for one in found]},
        }

    def _finding(self, found: list[Standing], now: dict[str | None, int], places: Places, asked: Asked) -> str:
        language, last = asked.scope.language, next((one for one in reversed(found) if one.share is not None), None)
        title = (self.title or self.indicator.title).say(language)
        if last is None:
            return title
        if asked.agency:
            words = Text(f"peringkat {now[last.key]} dari {len(now)}", f"rank {now[last.key]} of {len(now)}")
            return f"{title}: {words.say(language)}"
        share = fmt.figure(last.share, Unit.PERCENT, language)
        return f"{title}: {Text('terendah', 'lowest').say(language)} {places.agency(str(last.key))} {share}"


@dataclass(frozen=True, kw_only=True)
class Units(IndicatorPanel):
    """The units of the agency that was chosen."""

    kind: Kind = field(default="table", init=False)
    span: int = 5
    height: Height = "l"

    def shown(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        language, chosen = asked.scope.language, agency_of(asked)
        if chosen is None:
            return empty(language, NO_AGENCY)
        found = standings(connection, asked, by="unit")
        if not found:
            return empty(language, _nobody(asked))
        heads = (Text("Unit", "Unit"), MET, OF, EACH, EXEMPT, UNKNOWN)
        rows = [[one.key or fmt.NOTHING, *_cells(one, language)] for one in found]
        table = twin([(head.say(language), "") for head in heads], rows, [(one.key, *_raw(one)) for one in found])
        return {
            "title": f"{(self.title or self.indicator.title).say(language)}: {places.agency(chosen)}",
            "table": table,
        }


def _nobody(asked: Asked) -> Text:
    """Why there is nobody: no obligation, or no data."""
    return NO_DATA if in_force(asked.city, asked.moment.day) else NO_OBLIGATION


def _cells(one: Standing, language: str) -> list[str]:
    judged, exempt, unknown = (fmt.number(number, language) for number in (one.judged, one.exempt, one.unknown))
    share, each = fmt.figure(one.share, Unit.PERCENT, language), fmt.figure(one.each, Unit.RUPIAH, language)
    return [share, judged, each, exempt, unknown]


def _raw(one: Standing) -> tuple[float | None, ...]:
    return (one.share, one.judged, one.each, one.exempt, one.unknown)


def _place(one: Standing, now: dict[str | None, int], before: dict[str | None, int], language: str) -> str:
    """``3 ▲ 2``: the rank, and by how many places it rose or fell."""
    if one.key not in now:
        return fmt.NOTHING
    moved = before.get(one.key, now[one.key]) - now[one.key]
    sign = "▲" if moved > 0 else "▼" if moved < 0 else "="
    return f"{fmt.number(now[one.key], language)} {sign}" + (f" {fmt.number(abs(moved), language)}" if moved else "")


def _opens(one: Standing, asked: Asked) -> str:
    return "" if asked.agency or one.key is None else f"saring={AGENCY}:{one.key}"


FORECAST = Says(
    Text("Sisa waktu bulan ini", "Time left this month"),
    Text(
        "Hari yang tersisa, dan berapa persen mungkin terpenuhi di akhir bulan bila berjalan seperti bulan-bulan lalu",
        "Days left, and what percentage may have met the obligation at the end if it goes on like the last months",
    ),
    Text(
        "% terpenuhi sekarang + yang bertambah dari tanggal dan jam yang sama sampai akhir bulan: rata-rata, terendah "
        f"dan tertinggi dari {FORECAST_MONTHS} bulan lalu",
        "% met now + what was added from the same day and hour to the month's end: mean, lowest and highest of the "
        f"last {FORECAST_MONTHS} months",
    ),
    Text("", ""),
)


@dataclass(frozen=True, kw_only=True)
class MonthEnd(IndicatorPanel):
    """Days left, and where the month may end if it goes on like the last ones."""

    kind: Kind = field(default="tile", init=False)
    span: int = 3
    height: Height = "s"

    @property
    def says(self) -> Says:
        return FORECAST

    def shown(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        language, found = asked.scope.language, forecast(connection, asked)
        left = Text(f"{found.days_left} hari", f"{found.days_left} days").say(language)
        tile = bare_tile() | {"value": left, "compared": _likely(found, language), "target": _range(found, language)}
        heads = [("", ""), (Text("Perkiraan", "Forecast").say(language), "%")]
        names = (Text("Perkiraan", "Likely"), Text("Paling rendah", "Least"), Text("Paling tinggi", "Most"))
        numbers = (found.likely, found.least, found.most)
        rows = [
            [name.say(language), fmt.figure(n, Unit.PERCENT, language)] for name, n in zip(names, numbers, strict=True)
        ]
        return {
            "tile": tile,
            "table": twin(heads, rows, [(name.id, n) for name, n in zip(names, numbers, strict=True)]),
        }


def _likely(found: Forecast, language: str) -> str:
    if found.likely is None:
        return Text("akhir bulan belum dapat diperkirakan", "the end cannot be foretold yet").say(language)
    share = fmt.figure(found.likely, Unit.PERCENT, language)
    return Text(f"perkiraan akhir bulan {share}", f"likely end of month {share}").say(language)


def _range(found: Forecast, language: str) -> str:
    if found.least is None or found.most is None:
        return ""
    least, most = (fmt.number(share, language) for share in (found.least, found.most))
    words = Text(
        f"{least}–{most} % menurut {FORECAST_MONTHS} bulan lalu",
        f"{least}–{most} % by the last {FORECAST_MONTHS} months",
    )
    return words.say(language)


@dataclass(frozen=True, kw_only=True)
class Months(IndicatorPanel):
    """Agencies by months, side by side; the best of this month first."""

    kind: Kind = field(default="table", init=False)
    height: Height = "l"
    span: int = 12

    def shown(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        language, told = asked.scope.language, months(connection, asked, MONTHS)
        keys = [one.key for one in standings(connection, asked) if one.share is not None]
        if not keys:
            return empty(language, _nobody(asked))
        shares = [[_share_of(told[month], key) for month in told] for key in keys]
        heads = [(Text("OPD", "Agency").say(language), "")]
        heads += [(fmt.step(month, "month", language), "") for month in told]
        rows = [
            [places.agency(str(key)), *(_percent(share, language) for share in row)]
            for key, row in zip(keys, shares, strict=True)
        ]
        table = twin(heads, rows, [(key, *row) for key, row in zip(keys, shares, strict=True)])
        return {"table": table | {"series": [month.isoformat() for month in told]}}


def _percent(share: float | None, language: str) -> str:
    return fmt.figure(share, Unit.PERCENT, language)


def _share_of(month: dict[str | None, Standing], key: str | None) -> float | None:
    return month[key].share if key in month else None


@dataclass(frozen=True, kw_only=True)
class Lorenz(IndicatorPanel):
    """The Lorenz curve of the merchants' sales this month, beside the line of equal sales."""

    def shown(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        language, points = asked.scope.language, lorenz(connection, asked)
        if not points:
            return empty(language)
        x, y = [round(one, 2) for one, _ in points], [round(other, 2) for _, other in points]
        names = (Text("Pedagang", "Merchants").say(language), Text("Penjualan", "Sales").say(language))
        hover = [
            f"{fmt.number(a, language)} % {names[0].lower()} · {fmt.number(b, language)} % {names[1].lower()}"
            for a, b in points
        ]
        equal = fig.line(Text("Bila merata", "If equal").say(language), [0, 100], [0, 100], ["", ""], 1)
        curve = fig.line(names[1], x, y, hover, 0)
        half = next((100 - a for a, b in points if b >= 50), 100.0)
        rows = [[fmt.number(a, language), fmt.number(b, language, 1)] for a, b in points]
        return {
            "title": _half(half, language),
            "figure": {"data": [curve, equal], "layout": _percent_axes(language)},
            "table": twin([(names[0], "%"), (names[1], "%")], rows, points),
        }


def _half(share: float, language: str) -> str:
    words = fmt.number(max(share, 0.1), language, 0 if share >= 1 else 1)
    return Text(
        f"Separuh penjualan ada pada {words} % pedagang", f"Half of the sales are with {words} % of merchants"
    ).say(language)


def _percent_axes(language: str) -> fig.Figure:
    ticks = [0, 25, 50, 75, 100]
    axis = {"range": [0, 100], "tickvals": ticks, "ticktext": [f"{fmt.number(tick, language)} %" for tick in ticks]}
    return {"xaxis": axis, "yaxis": axis}


def _rupiah(amount: Any, language: str) -> str:
    return fmt.exact(float(amount), Unit.RUPIAH, language)


@dataclass(frozen=True, kw_only=True)
class NearCap(IndicatorPanel):
    """Merchants near the most that they may sell in a month."""

    kind: Kind = field(default="table", init=False)
    height: Height = "m"
    most: int = 50

    def shown(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        language = asked.scope.language
        if "merchant_monthly_cap_idr" not in asked.city.targets:
            return empty(language, NO_CAP)
        found = near_cap(connection, asked, self.most)
        if not found:
            return empty(language, NOBODY_NEAR)
        heads = (
            Text("Pedagang", "Merchant"),
            Text("Kelurahan", "Ward"),
            Text("Penjualan", "Sales"),
            Text("Dari batas", "Of the cap"),
        )
        shares = [100 * float(row.amount) / float(row.cap) for row in found]
        rows = [
            [row.name, places.name(row.area_code), _rupiah(row.amount, language), _percent(share, language)]
            for row, share in zip(found, shares, strict=True)
        ]
        raw: Sequence[Sequence[object]] = [
            (row.merchant_id, row.area_code, float(row.amount), share) for row, share in zip(found, shares, strict=True)
        ]
        tones = ["act" if share >= 100 else "watch" for share in shares]
        title = f"{(self.title or self.indicator.title).say(language)}: {fmt.number(len(found), language)}"
        return {
            "title": title,
            "table": twin([(head.say(language), "") for head in heads], rows, raw) | {"tones": tones},
        }
