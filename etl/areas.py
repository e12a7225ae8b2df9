"""The areas of one city, and the matching of written names to Kemendagri codes within that city only.

Names cannot key areas: they repeat within a city and their spelling drifts. So a name is normalised, freed
of its prefix, looked up with the city's aliases, within the kecamatan where that is known; what is then not
exactly one area is refused with the reason.
"""

import copy
import csv
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from etl.cities import City
from etl.errors import CityError
from etl.text import Text

VILLAGE_PREFIX = re.compile(r"(?:(?:kelurahan|kel|desa|ds)\b[\s.:]*)+")
DISTRICT_PREFIX = re.compile(r"(?:(?:kecamatan|kec)\b[\s.:]*)+")
CODE = re.compile(r"(\d{2})\.?(\d{2})(?:\.?(\d{2})(?:\.?([12]\d{3}))?)?")
AREA_COLUMNS = (
    "area_code",
    "level",
    "name",
    "parent_code",
    "population",
    "population_year",
    "population_source",
)
ALIAS_COLUMNS = ("alias", "area_code")


class Level(StrEnum):
    """From the whole to the smallest; kelurahan and desa are the same step."""

    CITY = "city"
    KECAMATAN = "kecamatan"
    KELURAHAN = "kelurahan"
    DESA = "desa"


VILLAGES = (Level.KELURAHAN, Level.DESA)


@dataclass(frozen=True)
class Area:
    """One line of ``areas.csv``; population in persons, None when it is not known."""

    code: str
    level: Level
    name: str
    parent: str
    population: int | None = None
    population_year: int | None = None
    population_source: str = ""


class Match(NamedTuple):
    """The code, or the reason why there is none."""

    code: str | None
    reason: Text


class Alias(NamedTuple):
    """A written name that means an area; where a kecamatan is named (by its code), only within that one."""

    name: str
    code: str
    within: str = ""


def normal(name: str, prefix: re.Pattern[str] | None = None) -> str:
    """The letters and digits of a name alone, in lower case, without accents and without a leading prefix."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c)).casefold().strip()
    if prefix and (found := prefix.match(plain)):
        plain = plain[found.end() :]
    return "".join(c for c in plain if c.isalnum())


class AreaBook:
    """The areas of one city by code, and their names in any usual spelling."""

    def __init__(self, city: City, areas: Iterable[Area], aliases: Iterable[tuple[str, str]] = ()) -> None:
        """Raises CityError when the list contradicts itself (codes, parents, a name twice in a kecamatan)."""
        self.city = city
        self.areas = {area.code: area for area in areas}
        self._districts: dict[str, str] = {}
        self._villages: dict[str, dict[str, str]] = defaultdict(dict)  # kecamatan code → name → code
        self._anywhere: dict[str, set[str]] = defaultdict(set)  # name → codes in the whole city
        self._check_tree()
        for area in self.areas.values():
            self._learn(area.name, area)
        for alias, code in aliases:
            self._learn(alias, self._known(alias, code))

    def __getitem__(self, code: str) -> Area:
        return self.areas[code]

    def __iter__(self) -> Iterator[Area]:
        return iter(self.areas.values())

    def taught(self, aliases: Iterable[Alias]) -> "AreaBook":
        """A copy that knows these names too; a name that the city's files give to another area stays theirs."""
        book = copy.copy(self)
        book._districts = dict(self._districts)
        book._villages = defaultdict(dict, {code: dict(names) for code, names in self._villages.items()})
        book._anywhere = defaultdict(set, {name: set(codes) for name, codes in self._anywhere.items()})
        for alias in aliases:
            book._accept(alias)
        return book

    def _accept(self, alias: Alias) -> None:
        area = self.areas.get(alias.code)
        if area is None or area.level is Level.CITY:
            return
        if area.level is Level.KECAMATAN:
            self._districts.setdefault(normal(alias.name, DISTRICT_PREFIX), area.code)
            return
        name = normal(alias.name, VILLAGE_PREFIX)
        self._villages[alias.within or area.parent].setdefault(name, area.code)
        if not alias.within:
            self._anywhere[name].add(area.code)

    def at(self, level: str) -> tuple[Area, ...]:
        """The areas of one map level: ``city``, ``kecamatan`` or ``kelurahan`` (with the desa)."""
        levels = VILLAGES if level in VILLAGES else (Level(level),)
        return tuple(area for area in self if area.level in levels)

    def children(self, code: str) -> tuple[Area, ...]:
        return tuple(area for area in self if area.parent == code)

    def match(self, kelurahan: str | None, kecamatan: str | None = None) -> str | None:
        """The code of a kelurahan or desa; of the kecamatan when no kelurahan is given; None when unsure."""
        return self.look(kelurahan, kecamatan).code

    def knows_village(self, name: str) -> bool:
        """Whether a kelurahan or desa of this name is there, once or more often."""
        return normal(name, VILLAGE_PREFIX) in self._anywhere

    def explain(self, kelurahan: str | None, kecamatan: str | None = None) -> Text:
        """Why ``match`` gives no code, with the nearest name; or which area it is."""
        return self.look(kelurahan, kecamatan).reason

    def match_code(self, text: str) -> str | None:
        """A Kemendagri code of this city, written with or without dots, as the dotted code.

        A BPS code is never shortened into one. Ten digits alone do not tell the two apart: only
        give codes here that the source declares to be Kemendagri's.
        """
        found = CODE.fullmatch(text.strip())
        code = ".".join(filter(None, found.groups())) if found else ""
        return code if code in self.areas else None

    def look(self, kelurahan: str | None, kecamatan: str | None = None) -> Match:
        """The match and its reason in one look."""
        village = normal(kelurahan or "", VILLAGE_PREFIX)
        district = normal(kecamatan or "", DISTRICT_PREFIX)
        if not village and not district:
            return Match(None, Text("kelurahan dan kecamatan kosong", "kelurahan and kecamatan are empty"))
        if not district:
            return self._look_anywhere(village, kelurahan or "")
        code = self._districts.get(district)
        if code is None:
            names = [area.name for area in self.at(Level.KECAMATAN)]
            return Match(None, _unknown("kecamatan", kecamatan or "", self.city.short_name, names))
        return self._look_within(code, village, kelurahan or "") if village else self._found(code)

    def _look_within(self, district: str, village: str, written: str) -> Match:
        code = self._villages[district].get(village)
        if code:
            return self._found(code)
        elsewhere = self._anywhere.get(village, set())
        if elsewhere:
            listed = ", ".join(self._with_parent(code) for code in sorted(elsewhere))
            name = self.areas[district].name
            return Match(
                None,
                Text(
                    f"kelurahan {written!r} tidak ada di kecamatan {name}, tetapi ada: {listed}",
                    f"kelurahan {written!r} is not in kecamatan {name}, but there is: {listed}",
                ),
            )
        names = [area.name for area in self.children(district)]
        return Match(None, _unknown("kelurahan", written, f"kecamatan {self.areas[district].name}", names))

    def _look_anywhere(self, village: str, written: str) -> Match:
        codes = sorted(self._anywhere.get(village, ()))
        if len(codes) == 1:
            return self._found(codes[0])
        if not codes:
            names = [area.name for area in self.at(Level.KELURAHAN)]
            return Match(None, _unknown("kelurahan", written, self.city.short_name, names))
        listed = ", ".join(self._with_parent(code) for code in codes)
        return Match(
            None,
            Text(
                f"kelurahan {written!r} ada lebih dari satu: {listed}; sebutkan kecamatannya",
                f"kelurahan {written!r} is more than one: {listed}; name its kecamatan",
            ),
        )

    def _found(self, code: str) -> Match:
        name = self._with_parent(code)
        return Match(code, Text(f"cocok dengan {name}", f"matches {name}"))

    def _with_parent(self, code: str) -> str:
        area = self.areas[code]
        parent = f", {self.areas[area.parent].name}" if area.level in VILLAGES else ""
        return f"{area.name} ({code}{parent})"

    def _known(self, alias: str, code: str) -> Area:
        if code not in self.areas:
            raise CityError(f"{self.city.folder / 'aliases.csv'}: {alias!r}: area_code {code!r} tidak ada | unknown")
        return self.areas[code]

    def _learn(self, name: str, area: Area) -> None:
        key = normal(name)
        if area.level is Level.CITY:
            return
        within = self._districts if area.level is Level.KECAMATAN else self._villages[area.parent]
        if not key or within.setdefault(key, area.code) != area.code:
            raise CityError(f"{self.city.folder}: {name!r}: nama kosong atau ganda | empty or twice ({area.code})")
        if area.level in VILLAGES:
            self._anywhere[key].add(area.code)

    def _check_tree(self) -> None:
        path = self.city.folder / "areas.csv"
        top = [area.code for area in self if area.level is Level.CITY]
        if top != [self.city.code]:
            raise CityError(f"{path}: level city harus satu baris | must be one row: {self.city.code}")
        for area in self:
            if area.level is not Level.CITY and not self._stands_right(area):
                raise CityError(
                    f"{path}: {area.code} {area.name}: kode, level dan parent_code tidak sesuai"
                    " | code, level and parent_code do not agree"
                )

    def _stands_right(self, area: Area) -> bool:
        parent = self.areas.get(area.parent)
        above = Level.CITY if area.level is Level.KECAMATAN else Level.KECAMATAN
        return parent is not None and parent.level is above and area.code.rpartition(".")[0] == area.parent


def _unknown(what: str, written: str, where: str, names: list[str]) -> Text:
    """Says that a name is not known, and the nearest one that is."""
    keys = {normal(name): name for name in names}
    near = get_close_matches(normal(written), keys, n=1, cutoff=0.75)
    hint = Text(f"; mungkin {keys[near[0]]}", f"; perhaps {keys[near[0]]}") if near else Text("", "")
    return Text(
        f"{what} {written!r} tidak dikenal di {where}{hint.id}", f"{what} {written!r} is not known in {where}{hint.en}"
    )


def area_book(city: City) -> AreaBook:
    """The areas of a city from its ``areas.csv`` and ``aliases.csv`` (which may be absent), read when they changed.

    Raises CityError naming the file, the line and the value that is wrong.
    """
    files = city.folder / "areas.csv", city.folder / "aliases.csv"
    stamp = (city.code, *map(_changed_at, files))
    known, book = _books.get(city.folder, (None, None))
    if book is None or known != stamp:
        book = _read_book(city, *files)
        _books[city.folder] = (stamp, book)
    return book


_books: dict[Path, tuple[tuple[object, ...], AreaBook]] = {}


def _changed_at(path: Path) -> int:
    """When a file was last changed; 0 where there is none."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _read_book(city: City, path: Path, aliases: Path) -> AreaBook:
    areas = [_area(row, at) for at, row in _rows(path, AREA_COLUMNS)]
    if twice := [code for code, count in Counter(area.code for area in areas).items() if count > 1]:
        raise CityError(f"{path}: area_code ganda | twice: {', '.join(twice)}")
    listed = _rows(aliases, ALIAS_COLUMNS) if aliases.exists() else ()
    return AreaBook(city, areas, [(row["alias"], row["area_code"]) for _, row in listed])


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[str, dict[str, str]]]:
    """Each line of a small CSV file with where it stands, for messages."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CityError(f"{path}: tidak terbaca | unreadable: {error}") from error
    reader = csv.DictReader(lines)
    if missing := set(columns) - set(reader.fieldnames or ()):
        raise CityError(f"{path}: kolom tidak ada | missing columns: {', '.join(sorted(missing))}")
    for row in reader:
        yield f"{path}: baris | line {reader.line_num}", {name: (row[name] or "").strip() for name in columns}


def _area(row: dict[str, str], at: str) -> Area:
    try:
        return Area(
            code=row["area_code"],
            level=Level(row["level"]),
            name=row["name"],
            parent=row["parent_code"],
            population=int(row["population"]) if row["population"] else None,
            population_year=int(row["population_year"]) if row["population_year"] else None,
            population_source=row["population_source"],
        )
    except ValueError as error:
        raise CityError(f"{at}: {error}") from error
