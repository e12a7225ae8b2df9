"""Alert rules: what takes a screen over. A rule says what must hold, from when, and when it is over again.

``dashboard/wall/rules.toml`` are those of every city, ``cities/<city>/rules.toml`` a city's own, and what people set on
the page *Peringatan* wins over both.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from dashboard.indicator import Better, Indicator
from dashboard.indicators import indicators
from dashboard.wall import store
from dashboard.wall.turns import NAME
from dashboard.words import Words
from dashboard.wrong import Wrong
from etl.analyses import ANALYSES
from etl.cities import City
from etl.errors import PantauError
from etl.text import Text
from etl.warehouse import TABLES

BUILT_IN = Path(__file__).with_name("rules.toml")
RULE = "rule"  # their kind among the settings
Kind = Literal["limit", "trend", "rise", "silence", "incident", "unusual"]
KINDS: dict[str, Text] = {
    "limit": Text("Nilai melewati batas", "A value passes a limit"),
    "trend": Text("Memburuk sekian persen dari saat sama minggu lalu", "Worse by so many per cent than last week"),
    "rise": Text("Lonjakan yang tidak biasa di satu kecamatan", "An unusual rise in one district"),
    "silence": Text("Sumber diam melewati janjinya", "A source silent past its promise"),
    "unusual": Text("Yang tak biasa menurut pengawas otomatis", "Something unusual, as the detector finds it"),
    "incident": Text("Satu kejadian jenis utama belum ditangani", "One incident of the first kind not attended yet"),
}


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule.

    ``limit`` is in the indicator's unit (limit), in % (trend), the chance in a million that it is nothing (rise), how
    many times its promise a source may be old (silence), or a score of the detector (unusual; of all that is watched
    where no indicator is named). ``clear`` is where a standing alert is over, so that a value at the limit does not
    ring again and again; what is unusual is over when the detector says so.
    """

    kind: Kind
    title: Words
    indicator: str = ""
    limit: float = 0.0
    clear: float | None = None
    least: float = 0.0  # trend, rise: fewer than this say nothing
    categories: tuple[str, ...] = ()  # incident: the kinds that take a screen over
    walls: tuple[str, ...] = ()  # names of screens; none: all of the city
    sound: bool = True
    takes_over: bool = True
    owner: str = ""  # who has to act, in the city's own words

    @property
    def about(self) -> Indicator | None:
        return indicators().get(self.indicator)

    @property
    def datasets(self) -> tuple[str, ...]:
        """Whose change lets it be looked at again at once."""
        of_models = (ANALYSES,) if self.kind == "unusual" else ()
        return (*(self.about.datasets if self.about else ()), *of_models)

    def passed(self, number: float, standing: bool) -> bool:
        """Whether a value lies past the limit, or, for an alert that stands, not yet back at ``clear``."""
        if self.about and self.about.better is Better.MORE:
            return number < (self.clear if standing and self.clear is not None else self.limit)
        return number > self.clear if standing and self.clear is not None else number >= self.limit


def check_rule(name: str, rule: Rule, screens: Mapping[str, object] | None = None) -> Rule:
    """The rule, when it can be watched. Raises Wrong naming the field."""
    if not NAME.fullmatch(name):
        raise Wrong("name", Text("Nama: huruf kecil, angka, garis.", "A name has lower-case letters, digits, dashes."))
    if rule.kind != "silence" and (rule.kind != "unusual" or rule.indicator):
        _check_indicator(rule)
    if rule.kind == "incident" and not rule.categories:
        raise Wrong("categories", Text("Tulis jenis kejadiannya.", "Write the kinds of incident."))
    if rule.kind != "incident" and rule.limit <= 0:
        raise Wrong("limit", Text("Batas harus lebih dari nol.", "The limit must be more than zero."))
    if rule.clear is not None:
        _check_clear(rule, rule.clear)
    if screens is not None and (unknown := sorted(set(rule.walls) - set(screens))):
        known = ", ".join(screens) or "–"
        raise Wrong(
            "walls",
            Text(
                f"Tidak ada layar {unknown[0]!r}. Yang ada: {known}.",
                f"There is no screen {unknown[0]!r}. There are: {known}.",
            ),
        )
    return rule


def _check_indicator(rule: Rule) -> None:
    if rule.about is None:
        known = ", ".join(indicators())
        raise Wrong(
            "indicator",
            Text(
                f"Tidak ada indikator {rule.indicator!r}. Yang ada: {known}.",
                f"There is no indicator {rule.indicator!r}. There are: {known}.",
            ),
        )
    if rule.kind == "rise" and not (rule.about.area and rule.about.unit.adds_up):
        raise Wrong("indicator", Text("Lonjakan butuh cacahan per wilayah.", "A rise needs counts by area."))
    if rule.kind == "incident" and "category" not in TABLES[rule.about.dataset].columns:
        raise Wrong("indicator", Text("Indikator ini tidak berjenis kejadian.", "It has no kinds of incident."))


def _check_clear(rule: Rule, clear: float) -> None:
    """A chance clears when it grows, and so does what should be more; everything else when it falls."""
    more = rule.kind != "unusual" and rule.about is not None and rule.about.better is Better.MORE
    upwards = rule.kind == "rise" or more
    if (clear < rule.limit) if upwards else (clear > rule.limit):
        raise Wrong("clear", Text("Batas selesai terletak di sisi baik batasnya.", "It clears on the good side."))


@cache
def _of_file(path: Path) -> dict[str, Rule]:
    """Rules of a file by name. Raises PantauError naming the file, the rule and the field."""
    if not path.is_file():
        return {}
    try:
        found = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), dict[str, Rule])
        return {name: check_rule(name, rule) for name, rule in found.items()}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise PantauError(f"{path}: {error}") from error
    except Wrong as error:
        raise PantauError(f"{path}: {error.field}: {error.says.id} | {error.says.en}") from error


def declared(city: City) -> dict[str, Rule]:
    """The rules of the files: those of every city, and the city's own."""
    return _of_file(BUILT_IN) | _of_file(city.folder / "rules.toml")


def rules(city: City) -> dict[str, Rule]:
    """Every rule that is watched in a city."""
    said = store.settings(city.code, RULE, Rule)
    both: dict[str, Rule | None] = {**declared(city), **said}
    return {name: rule for name, rule in both.items() if rule}
