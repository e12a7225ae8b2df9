"""Areas coloured by an indicator, with open incidents on top."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from dashboard import figures as fig
from dashboard import format as fmt
from dashboard.areas import Places
from dashboard.indicator import Indicator, Unit
from dashboard.panels.base import NO_DATA, Answer, Height, IndicatorPanel, Kind, empty, twin, with_unit
from dashboard.queries import Asked, measure, within_area
from dashboard.words import word
from etl.areas import Area
from etl.text import Text
from etl.warehouse import read

NO_POPULATION = Text(
    "Jumlah penduduk wilayah-wilayah ini belum diketahui, jadi angka per penduduk tidak dapat dihitung.",
    "The population of these areas is not known, so that nothing can be said per person.",
)


MOST_POINTS = 200  # a browser draws them while the map still answers a finger


@dataclass(frozen=True, kw_only=True)
class Map(IndicatorPanel):
    """Areas of the next level coloured by the indicator; a click goes one level down."""

    kind: Kind = field(default="map", init=False)
    height: Height = "l"
    points: Indicator | None = None  # open incidents drawn on top, on the 500 m grid

    @property
    def indicators(self) -> tuple[Indicator, ...]:
        return (self.indicator, self.points) if self.points else (self.indicator,)

    def shown(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        indicator, language = self.indicator, asked.scope.language
        found = {point.key: point.value for point in measure(connection, indicator, asked, by="area")}
        areas = places.children(asked.scope.area)
        values = [found.get(area.code, self._nothing(area)) for area in areas]
        known = [(area, number) for area, number in zip(areas, values, strict=True) if number is not None]
        if not known:
            return empty(language, NO_POPULATION if indicator.unit.per_people else NO_DATA)
        shown = [with_unit(number, indicator.unit, language) for _, number in known]
        address = places.boundaries(asked.scope.area)
        clickable = not places.is_lowest(asked.scope.area)
        traces = [
            fig.choropleth(
                address, [a.code for a, _ in known], [n for _, n in known], [a.name for a, _ in known], shown, clickable
            )
        ]
        if unknown := [area for area in areas if area not in {a for a, _ in known}]:
            traces.append(
                fig.unknown_areas(address, [a.code for a in unknown], [a.name for a in unknown], NO_DATA.say(language))
            )
        told = self.days(asked)
        if self.points:
            points, more = _open_points(connection, self.points, asked)
            traces += points
            told = " · ".join(filter(None, (told, more)))
        ranked = sorted(known, key=lambda pair: -(pair[1] or 0))
        return {
            "title": _highest(self.title or indicator.title, ranked, indicator.unit, language),
            "subtitle": told,
            "figure": {"data": traces, "layout": fig.map_layout(indicator.unit, [n for _, n in known], language)},
            "table": self._table(asked, ranked),
            "approximate": places.approximate,
        }

    def _nothing(self, area: Area) -> float | None:
        """An area without rows is zero when things are counted, unknown when a share or a time is taken."""
        unit = self.indicator.unit
        return 0.0 if unit.adds_up or (unit.per_people and area.population) else None

    def _table(self, asked: Asked, ranked: Sequence[tuple[Area, float | None]]) -> Answer:
        language, unit = asked.scope.language, self.indicator.unit
        heads = [
            (Text("Wilayah", "Area").say(language), ""),
            (self.indicator.title.say(language), unit.value.say(language)),
        ]
        rows = [[area.name, fmt.exact(number, unit, language)] for area, number in ranked]
        return twin(heads, rows, [(area.code, number) for area, number in ranked])


def _highest(title: Text, ranked: Sequence[tuple[Area, float | None]], unit: Unit, language: str) -> str:
    """The finding: where it is highest; areas that share the top are said to."""
    name, number = ranked[0][0].name, ranked[0][1]
    if not number:
        return title.say(language)
    ties = sum(1 for _, other in ranked if other == number) - 1
    more = f" {Text('dan', 'and').say(language)} {ties} {Text('lainnya', 'more').say(language)}" if ties else ""
    where = Text("tertinggi di", "highest in").say(language)
    return f"{title.say(language)}: {where} {name}{more}, {with_unit(number, unit, language)}"


def _open_points(connection: sa.Connection, indicator: Indicator, asked: Asked) -> tuple[list[fig.Figure], str]:
    """The latest open incidents, and how many there are where not all of them are drawn."""
    calls = read(indicator.dataset, asked.scope.as_of)
    late = indicator.at(calls.c, asked.moment, asked.city) if indicator.at else sa.true()
    here = within_area(calls.c.area_code, asked.scope.area) if asked.scope.area != asked.city.code else sa.true()
    kept = indicator.where(calls.c) if indicator.where else sa.true()
    query = (
        sa.select(
            *(calls.c.grid_lat, calls.c.grid_lon, calls.c.category, calls.c.called_at),
            sa.func.count().over().label("all"),
        )
        .where(calls.c.city_code == asked.city.code, late, kept, here, calls.c.grid_lat.is_not(None))
        .order_by(calls.c.called_at.desc())
        .limit(MOST_POINTS)
    )
    rows = connection.execute(query).all()
    if not rows:
        return [], ""
    language, zone = asked.scope.language, asked.city.zone
    texts = [f"{word(row.category, language)} · {fmt.moment(row.called_at, zone, language)}" for row in rows]
    drawn, there = fmt.number(len(rows), language), fmt.number(rows[0].all, language)
    said = Text(f"titik: {drawn} terbaru dari {there}", f"points: the latest {drawn} of {there}").say(language)
    points = fig.map_points([row.grid_lat for row in rows], [row.grid_lon for row in rows], texts)
    return [points], said if rows[0].all > len(rows) else ""
