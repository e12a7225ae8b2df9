"""Panels of Pasar that show what models said of merchants and campaigns, each as it was made last."""

import datetime as dt
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from dashboard import figures as fig
from dashboard import format as fmt
from dashboard.analyses.marketplace import MERCHANTS
from dashboard.analysis import Says as Told
from dashboard.analysis import latest
from dashboard.areas import Places
from dashboard.indicator import Unit
from dashboard.panels.base import Answer, Height, IndicatorPanel, Says, empty, twin
from dashboard.queries import Asked
from etl.analyses import ANALYSES
from etl.text import Text

NOT_MADE = Text("Belum dianalisis: dibuat sekali sehari.", "Not analysed yet: it is made once a day.")
TOO_FEW = Text("Belum cukup data: perlu sedikitnya tiga bulan.", "Not enough data: three months at least are needed.")
FEWEST_MONTHS = 3
SHOWN = 12  # months, and cohorts
WHOLE_CITY = Text("seluruh kota, per bulan", "the whole city, by month")
MONTH, MERCHANT = Text("Bulan", "Month"), Unit.MERCHANTS
FLOW = (
    ("kept", Text("Bertahan", "Stayed"), "token:series-1"),
    ("back", Text("Kembali", "Came back"), "token:series-4"),
    ("new", Text("Baru", "New"), "token:series-3"),
    ("lost", Text("Berhenti", "Stopped"), "token:series-2"),
)


@dataclass(frozen=True, kw_only=True)
class OfMerchants(IndicatorPanel):
    """What is told of merchants month by month: of the whole city, whatever the page is filtered by."""

    height: Height = "m"

    @property
    def renewed_by(self) -> tuple[str, ...]:
        return (*super().renewed_by, ANALYSES)

    def days(self, asked: Asked) -> str:
        return WHOLE_CITY.say(asked.scope.language)

    def shown(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        language, told = asked.scope.language, latest(connection, asked.city, MERCHANTS, asked.scope.as_of)
        if told is None or not told.says:
            return empty(language, NOT_MADE)
        months = [dt.date.fromisoformat(month) for month in told.says["months"]]
        if len(months) - told.says["running"] < FEWEST_MONTHS:
            return empty(language, TOO_FEW) | {"message": self.few(told.says, language)}
        return self.told(told.says, months, language)

    def few(self, says: Told, language: str) -> str:
        """The raw count, where there is no more to say."""
        sold = sum(says["flow"]["new"])
        count = f"{fmt.number(sold, language)} {MERCHANT.value.say(language)}"
        return f"{TOO_FEW.say(language)} {Text('Pernah berjualan', 'Have sold').say(language)}: {count}."

    @abstractmethod
    def told(self, says: Told, months: Sequence[dt.date], language: str) -> Answer:
        """What the analysis says, drawn."""


def _names(months: Sequence[dt.date], language: str) -> list[str]:
    return [fmt.step(month, "month", language) for month in months]


COMING = Says(
    Text("Pedagang datang dan pergi", "Merchants who come and go"),
    Text(
        "Pedagang yang berjualan tiap bulan: baru (pertama kali), bertahan (juga bulan sebelumnya), kembali (setelah "
        "jeda); berhenti: berjualan bulan sebelumnya, tidak bulan ini. Bulan pertama data bukan bulan mulai mereka",
        "Merchants who sold in each month: new (for the first time), stayed (also in the month before), came back "
        "(after a pause); stopped: sold in the month before, not in this one. The first month of the data is not when "
        "they began",
    ),
    Text("cacah pedagang dengan ≥ 1 pesanan lunas, per bulan", "count of merchants with ≥ 1 paid order, by month"),
    MERCHANT.value,
)


@dataclass(frozen=True, kw_only=True)
class Coming(OfMerchants):
    """New, back, stayed above the line, stopped below it."""

    @property
    def says(self) -> Says:
        return COMING

    def told(self, says: Told, months: Sequence[dt.date], language: str) -> Answer:
        over = len(months) - says["running"]  # a month that runs has lost nobody yet
        since = max(over - SHOWN, 1)  # in the first month of the data everybody would be new
        shown, flow = list(months)[since:over], says["flow"]
        columns = {name: flow[name][since:over] for name, _, _ in FLOW}
        return {
            "title": _balance(columns, shown, language),
            "figure": self._figure(columns, shown, language),
            "table": self._table(columns, flow["alive"][since:over], shown, language),
        }

    def _figure(self, columns: dict[str, list[int]], months: Sequence[dt.date], language: str) -> fig.Figure:
        x, traces = _names(months, language), []
        for name, title, colour in FLOW:
            sign = -1 if name == "lost" else 1
            said = title.say(language)
            hover = [f"{m} · {said}: {fmt.number(n, language)}" for m, n in zip(x, columns[name], strict=True)]
            bars = fig.columns(said, x, [sign * n for n in columns[name]], hover, 0, [])
            traces.append(bars | {"marker": {"color": colour}})
        most = max(sum(columns[name][n] for name in ("kept", "back", "new")) for n in range(len(months)))
        least = max(columns["lost"], default=0)
        ticks, words = fig.axis_ticks([most], MERCHANT, language)
        layout = {
            "barmode": "relative",
            "showlegend": True,
            "xaxis": fig.months_axis(x),
            "yaxis": {"tickvals": ticks, "ticktext": words, "range": [-1.15 * least, 1.08 * most]},
        }
        return {"data": traces, "layout": layout}

    def _table(
        self, columns: dict[str, list[int]], alive: list[int], months: Sequence[dt.date], language: str
    ) -> Answer:
        heads = [(MONTH.say(language), ""), (Text("Berjualan", "Sold").say(language), "")]
        heads += [(title.say(language), "") for _, title, _ in FLOW]
        lines = list(zip(months, alive, *columns.values(), strict=True))
        rows = [[fmt.step(m, "month", language), *(fmt.number(n, language) for n in line)] for m, *line in lines]
        raw = [(month.isoformat(), *line) for month, *line in lines]
        return twin(heads, rows, raw) | {"series": ["alive", *columns]}


def _balance(columns: dict[str, list[int]], months: Sequence[dt.date], language: str) -> str:
    new, back, lost = (columns[name][-1] for name in ("new", "back", "lost"))
    month = fmt.step(months[-1], "month", language)
    came, went = fmt.number(new + back, language), fmt.number(lost, language)
    return Text(
        f"{month}: {came} pedagang datang, {went} berhenti", f"{month}: {came} merchants came, {went} stopped"
    ).say(language)


STAYING = Says(
    Text("Yang masih berjualan", "Who still sells"),
    Text(
        "Dari pedagang yang mulai berjualan pada satu bulan, berapa persen berjualan lagi pada bulan-bulan sesudahnya. "
        "Yang berhenti lalu kembali dihitung lagi",
        "Of the merchants who began to sell in a month, how many per cent sold again in the months after it. Who "
        "stopped and came back counts again",
    ),
    Text(
        "pedagang kohor yang berjualan pada bulan ke-k ÷ pedagang kohor × 100",
        "merchants of the cohort who sold in month k ÷ merchants of the cohort × 100",
    ),
    Unit.PERCENT.value,
)
FEWEST_IN_COHORT = 5  # of so few a per cent says nothing, and might name somebody


@dataclass(frozen=True, kw_only=True)
class Staying(OfMerchants):
    """The table of retention: a row a month of first sale, a column the months since."""

    height: Height = "l"

    @property
    def says(self) -> Says:
        return STAYING

    def told(self, says: Told, months: Sequence[dt.date], language: str) -> Answer:
        over = len(months) - says["running"]
        chosen = [n for n in range(max(1, over - SHOWN), over - 1) if says["size"][n] >= FEWEST_IN_COHORT]
        if not chosen:
            return empty(language, TOO_FEW) | {"message": self.few(says, language)}
        wide = over - chosen[0]
        kept = [[_percent(says["selling"][n], says["size"][n], k, over - n) for k in range(1, wide)] for n in chosen]
        names = _names([months[n] for n in chosen], language)
        sizes = [says["size"][n] for n in chosen]
        return {
            "title": _after_one(kept, sizes, language),
            "figure": _retention(names, sizes, kept, language),
            "table": _retained(names, [months[n] for n in chosen], sizes, kept, language),
        }


def _percent(selling: list[int], size: int, since: int, known: int) -> float | None:
    return 100 * selling[since] / size if since < known else None


def _after_one(kept: Sequence[Sequence[float | None]], sizes: Sequence[int], language: str) -> str:
    """What becomes of beginners in the month after, over all cohorts."""
    pairs = [(row[0] or 0.0, size) for row, size in zip(kept, sizes, strict=True) if row[0] is not None]
    whole = sum(size for _, size in pairs)
    share = fmt.number(sum(part * size for part, size in pairs) / whole, language) if whole else fmt.NOTHING
    return Text(
        f"{share} % pedagang baru berjualan lagi pada bulan berikutnya",
        f"{share} % of new merchants sold again in the next month",
    ).say(language)


def _retention(
    names: Sequence[str], sizes: Sequence[int], kept: Sequence[Sequence[float | None]], language: str
) -> fig.Figure:
    rows = [f"{name} · {fmt.number(size, language)}" for name, size in zip(names, sizes, strict=True)]
    hover = [
        [
            f"{name}, +{k} {MONTH.say(language).lower()}: {fmt.figure(n, Unit.PERCENT, language)}"
            for k, n in enumerate(line, 1)
        ]
        for name, line in zip(names, kept, strict=True)
    ]
    trace = fig.shares([[f"+{k}" for k in range(1, len(kept[0]) + 1)], rows], kept, hover, language)
    return {"data": [trace], "layout": fig.shares_layout(rows)}


def _retained(
    names: Sequence[str],
    months: Sequence[dt.date],
    sizes: Sequence[int],
    kept: Sequence[Sequence[float | None]],
    language: str,
) -> Answer:
    heads = [
        (Text("Mulai berjualan", "Began to sell").say(language), ""),
        (MERCHANT.value.say(language).capitalize(), ""),
    ]
    heads += [(f"+{k}", "%") for k in range(1, len(kept[0]) + 1)]
    rows = [
        [name, fmt.number(size, language), *("" if n is None else fmt.number(n, language) for n in line)]
        for name, size, line in zip(names, sizes, kept, strict=True)
    ]
    raw = [(month.isoformat(), size, *line) for month, size, line in zip(months, sizes, kept, strict=True)]
    return twin(heads, rows, raw)


SPREAD = Says(
    Text("Pemusatan penjualan", "Concentration of sales"),
    Text(
        "Bagian penjualan pada sepuluh pedagang terbesar, dan ketimpangan antarpedagang yang berjualan (Gini × 100). "
        "Penjualan bersih negatif dihitung nol",
        "Part of the sales that the ten largest have, and inequality among the merchants who sold (Gini × 100). Net "
        "sales below zero count as zero",
    ),
    Text(
        "Σ 10 terbesar ÷ Σ × 100; Gini × 100; HHI di tabel, per bulan",
        "Σ of the 10 largest ÷ Σ × 100; Gini × 100; HHI in the table, by month",
    ),
    Unit.PERCENT.value,
)


@dataclass(frozen=True, kw_only=True)
class Concentrated(OfMerchants):
    """The share of the ten largest and Gini by month."""

    names: tuple[Text, Text] = field(
        default=(Text("10 terbesar", "10 largest"), Text("Gini × 100", "Gini × 100")), init=False
    )

    @property
    def says(self) -> Says:
        return SPREAD

    def told(self, says: Told, months: Sequence[dt.date], language: str) -> Answer:
        over = len(months) - says["running"]
        told = [(month, one) for month, one in zip(months[:over], says["spread"][:over], strict=True) if one][
            -2 * SHOWN :
        ]
        if not told:
            return empty(language, TOO_FEW) | {"message": self.few(says, language)}
        columns = ([100 * one["top"] for _, one in told], [100 * one["gini"] for _, one in told])
        share = fmt.number(columns[0][-1], language)
        month = fmt.step(told[-1][0], "month", language)
        title = Text(
            f"Sepuluh pedagang menjual {share} % pada {month}", f"Ten merchants sold {share} % in {month}"
        ).say(language)
        return {
            "title": title,
            "figure": self._figure([month for month, _ in told], columns, language),
            "table": _concentration(told, language),
        }

    def _figure(self, months: Sequence[dt.date], columns: Sequence[list[float]], language: str) -> fig.Figure:
        x, traces = _names(months, language), []
        for number, (title, column) in enumerate(zip(self.names, columns, strict=True)):
            said = title.say(language)
            hover = [f"{m} · {said}: {fmt.number(n, language, 1)}" for m, n in zip(x, column, strict=True)]
            traces.append(fig.line(said, x, column, hover, number))
        ticks = [0, 25, 50, 75, 100]
        axis = {"range": [0, 100], "tickvals": ticks, "ticktext": [fmt.number(tick, language) for tick in ticks]}
        return {"data": traces, "layout": {"showlegend": True, "xaxis": fig.months_axis(x), "yaxis": axis}}


def _concentration(told: Sequence[tuple[dt.date, dict[str, Any]]], language: str) -> Answer:
    heads = [(MONTH.say(language), ""), (Text("Berjualan", "Sold").say(language), "")]
    heads += [(Text("10 terbesar", "10 largest").say(language), "%"), ("Gini", ""), ("HHI", "")]
    rows = [
        [
            fmt.step(month, "month", language),
            fmt.number(one["sellers"], language),
            fmt.number(100 * one["top"], language, 1),
            fmt.number(one["gini"], language, 2),
            fmt.number(one["hhi"], language),
        ]
        for month, one in told
    ]
    raw = [(month.isoformat(), one["sellers"], 100 * one["top"], one["gini"], one["hhi"]) for month, one in told]
    return twin(heads, rows, raw) | {"series": ["sellers", "top", "gini", "hhi"]}
