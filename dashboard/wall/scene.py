"""Scenes: each answers one question within five seconds of looking. A scene is a file, not code.

``dashboard/wall/scenes/<slug>.toml`` are the built-in ones; ``cities/<city>/scenes/<slug>.toml`` are a city's own, and
replace a built-in one of the same name. Panels name indicators that exist.
"""

import tomllib
from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from dashboard.access.roles import FIGURES, Audience
from dashboard.figures import SERIES
from dashboard.indicator import Indicator
from dashboard.indicators import indicators
from dashboard.live import LEDGER
from dashboard.panels import (
    Ages,
    Bars,
    Beside,
    EffectTile,
    Expected,
    Heat,
    Lagging,
    Level,
    Listing,
    Map,
    Panel,
    Reproduction,
    Series,
    StateTile,
    Ticker,
    Tile,
)
from dashboard.panels.waiting import BANDS
from dashboard.queries import filters
from dashboard.scope import PRESETS as PERIODS
from dashboard.systems import SYSTEMS_VIEW, State
from dashboard.words import Words
from etl.cities import City, datasets, load_city
from etl.errors import PantauError
from etl.text import Text

BUILT_IN = Path(__file__).parent / "scenes"
MOST_CHARTS = 5
SHORTEST_S, LONGEST_S = 5, 3600


class SceneError(PantauError):
    """A scene file that cannot be shown: the file, the key, and what to write."""


Colour = Literal["good", "act", "series-1", "series-2", "series-3", "series-4", "series-5"]


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One panel as a scene file says it."""

    show: str
    indicator: str = ""
    title: Words | None = None
    name: str = ""
    by: str = "area"  # bars
    second: str = ""  # bars: the companion's indicator
    others: tuple[str, ...] = ()  # beside: further indicators of the same unit
    stacked: bool = False  # beside: they are the parts of a whole
    worst_first: bool = False  # bars, beside
    colours: tuple[Colour, ...] = ()  # beside: one each
    whole: str = ""  # lagging: the indicator that counts what it is a share of
    state: str = ""  # state: failing, silent, late, alive
    known_only: bool = False  # bars
    split: str | None = None  # series
    smooth: bool = False  # series
    points: str = ""  # map: the indicator whose open incidents are drawn on it
    weight: float = 1.0  # its share of the wall, beside the others
    spare: bool = False  # left out where the wall is too small


class Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A scene file."""

    title: Words
    question: Words
    panels: tuple[Part, ...]
    period: str = "hari-ini"
    seconds: int = 40
    order: int = 100


@dataclass(frozen=True)
class Placed:
    """A panel and how much of the wall it asks for."""

    panel: Panel
    weight: float
    spare: bool


@dataclass(frozen=True)
class Scene:
    """One question and the panels that answer it; asked like a page, of today, without filters."""

    slug: str
    title: Text
    question: Text
    placed: tuple[Placed, ...]
    period: str
    seconds: int
    order: int
    audience: Audience = FIGURES
    dimensions: dict[str, Text] = field(default_factory=dict, hash=False)

    @property
    def panels(self) -> tuple[Panel, ...]:
        return tuple(one.panel for one in self.placed)

    @property
    def needs(self) -> frozenset[str]:
        """The datasets without which it has nothing to say: those that most of its panels stand on."""
        return frozenset(one.panel.datasets[0] for one in self.placed if not one.spare)

    def panel(self, name: str) -> Panel | None:
        """The panel of that name, if this scene has it."""
        return next((panel for panel in self.panels if panel.id == name), None)


def _tile(part: Part) -> Panel:
    return Tile(_indicator(part.indicator, "indicator"), name=part.name, title=_title(part))


def _map(part: Part) -> Panel:
    points = _indicator(part.points, "points") if part.points else None
    return Map(_indicator(part.indicator, "indicator"), name=part.name or "map", title=_title(part), points=points)


def _bars(part: Part) -> Panel:
    about = _indicator(part.indicator, "indicator")
    second = _indicator(part.second, "second") if part.second else None
    _known_dimension(about, part.by, "by", also=("area", "place"))
    return Bars(
        about,
        name=part.name,
        title=_title(part),
        by=part.by,
        second=second,
        known_only=part.known_only,
        worst_first=part.worst_first,
    )


def _beside(part: Part) -> Panel:
    about = _indicator(part.indicator, "indicator")
    others = tuple(_indicator(key, "others") for key in part.others)
    _known_dimension(about, part.by, "by", also=("area", "place"))
    return Beside(
        about,
        name=part.name,
        title=_title(part),
        others=others,
        by=part.by,
        stacked=part.stacked,
        worst_first=part.worst_first,
        colours=tuple(f"token:{name}" for name in part.colours) or SERIES,
    )


def _series(part: Part) -> Panel:
    about = _indicator(part.indicator, "indicator")
    if part.split:
        _known_dimension(about, part.split, "split")
    return Series(about, name=part.name, title=_title(part), split=part.split, smooth=part.smooth)


def _heat(part: Part) -> Panel:
    return Heat(_indicator(part.indicator, "indicator"), name=part.name, title=_title(part))


def _ticker(part: Part) -> Panel:
    return Ticker(_indicator(part.indicator, "indicator"), name=part.name or "ticker", title=_title(part))


def _state(part: Part) -> Panel:
    if part.state.upper() not in State.__members__:
        known = ", ".join(name.lower() for name in State.__members__)
        raise SceneError(f"state: {part.state!r}; yang ada | there are: {known}")
    return StateTile(State[part.state.upper()], name=part.name, title=_title(part))


def _systems(part: Part) -> Panel:
    return Listing(SYSTEMS_VIEW, name=part.name)


def _level(part: Part) -> Panel:
    return Level(_indicator(part.indicator, "indicator"), name=part.name or "level", title=_title(part))


def _ages(part: Part) -> Panel:
    about = _indicator(part.indicator, "indicator")
    if about.key not in BANDS:
        raise SceneError(f"indicator: {about.key!r}; yang ada | there are: {', '.join(BANDS)}")
    _known_dimension(about, part.by, "by")
    return Ages(about, name=part.name, title=_title(part), by=part.by)


def _lagging(part: Part) -> Panel:
    about, whole = _indicator(part.indicator, "indicator"), _indicator(part.whole, "whole")
    return Lagging(about, name=part.name or "lagging", title=_title(part), whole=whole)


def _effect(part: Part) -> Panel:
    return EffectTile(_indicator(part.indicator, "indicator"), name=part.name or "effect", title=_title(part))


def _reproduction(part: Part) -> Panel:
    return Reproduction(_indicator(part.indicator, "indicator"), name=part.name or "rt", title=_title(part))


def _expected(part: Part) -> Panel:
    return Expected(_indicator(part.indicator, "indicator"), name=part.name or "expected", title=_title(part))


SHOWS: dict[str, Callable[[Part], Panel]] = {
    "tile": _tile,
    "map": _map,
    "bars": _bars,
    "series": _series,
    "heat": _heat,
    "ticker": _ticker,
    "beside": _beside,
    "state": _state,
    "systems": _systems,
    "level": _level,
    "rt": _reproduction,
    "ages": _ages,
    "lagging": _lagging,
    "effect": _effect,
    "expected": _expected,
}
"""The ways of showing that a scene file may name."""


def _indicator(key: str, field_name: str) -> Indicator:
    found = indicators().get(key)
    if found is None:
        raise SceneError(f"{field_name}: tidak ada indikator {key!r} | there is no indicator {key!r}")
    return found


def _known_dimension(about: Indicator, name: str, field_name: str, also: tuple[str, ...] = ()) -> None:
    known = [*also, *filters(about.dataset)]
    if name not in known:
        listed = ", ".join(known)
        raise SceneError(f"{field_name}: tidak ada {name!r}; yang ada | there is no {name!r}; there are: {listed}")


def _title(part: Part) -> Text | None:
    return part.title.text() if part.title else None


def scene_of(slug: str, written: Written) -> Scene:
    """The scene that a file describes. Raises SceneError naming the panel and the key."""
    if written.period not in PERIODS:
        raise SceneError(f"period: {written.period!r}; yang ada | there are: {', '.join(PERIODS)}")
    if not SHORTEST_S <= written.seconds <= LONGEST_S:
        raise SceneError(f"seconds: {SHORTEST_S}–{LONGEST_S}, bukan | not {written.seconds}")
    placed = tuple(_placed(number, part) for number, part in enumerate(written.panels, 1))
    names = [one.panel.id for one in placed]
    if doubled := sorted({name for name in names if names.count(name) > 1}):
        raise SceneError(f'panels: dua bernama | two are called {doubled[0]!r} → name = "…"')
    charts = sum(1 for one in placed if one.panel.kind != "tile")
    if not placed or charts > MOST_CHARTS:
        raise SceneError(f"panels: 1–{MOST_CHARTS} grafik | charts, bukan | not {charts}")
    named = (written.title.text(), written.question.text())
    return Scene(slug, *named, placed, written.period, written.seconds, written.order)


def _placed(number: int, part: Part) -> Placed:
    make = SHOWS.get(part.show)
    if make is None:
        raise SceneError(f"panels[{number}].show: {part.show!r}; yang ada | there are: {', '.join(SHOWS)}")
    try:
        return Placed(make(part), part.weight, part.spare)
    except SceneError as error:
        raise SceneError(f"panels[{number}].{error}") from error


def read_scene(path: Path) -> Scene:
    """A scene file. Raises SceneError naming the file, the key and what to write."""
    try:
        return scene_of(path.stem, msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Written))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError, SceneError) as error:
        raise SceneError(f"{path.parent.name}/{path.name}: {error}") from error


def scene_files(city: City) -> dict[str, Path]:
    """The files of every scene of a city by slug; its own win over the built-in ones."""
    folders = (BUILT_IN, city.folder / "scenes")
    return {path.stem: path for folder in folders for path in sorted(folder.glob("*.toml"))}


@dataclass(frozen=True)
class Repertoire:
    """What a city can show, and why the rest cannot be."""

    scenes: dict[str, Scene]
    left_out: dict[str, Text]


def repertoire(city: City) -> Repertoire:
    """Every scene of a city in its order; a changed file needs a restart."""
    return _repertoire(city.slug, city.root)


@cache
def _repertoire(slug: str, root: str) -> Repertoire:
    """One wrong file, or a dataset that the city has not, stops no other scene."""
    city = load_city(slug, Path(root))
    has = datasets(city) | {LEDGER}
    found, left_out = [], {}
    for slug, scene in _readable(city):
        if isinstance(scene, Text):
            left_out[slug] = scene
        elif missing := sorted(scene.needs - has):
            left_out[slug] = Text(
                f"Kota ini belum punya data {', '.join(missing)}.", f"The city has no data {', '.join(missing)} yet."
            )
        else:
            found.append(replace(scene, placed=tuple(_there(scene.placed, has))))
    return Repertoire({scene.slug: scene for scene in sorted(found, key=lambda one: (one.order, one.slug))}, left_out)


def _there(placed: Iterable[Placed], has: Set[str]) -> Iterator[Placed]:
    """What can be left out is, where the city has no source for it."""
    for one in placed:
        if not one.spare or one.panel.datasets[0] in has:
            yield one


def _readable(city: City) -> Iterator[tuple[str, Scene | Text]]:
    for slug, path in scene_files(city).items():
        try:
            yield slug, read_scene(path)
        except SceneError as error:
            yield slug, Text(str(error), str(error))
