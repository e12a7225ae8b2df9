"""The places of one city for the web: names, children, addresses of boundary files, names of agencies."""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import sha256
from pathlib import Path

import sqlalchemy as sa

from etl.areas import Area, AreaBook, area_book
from etl.boundary_files import boundary_file, is_approximate
from etl.cities import City
from etl.warehouse import read

KECAMATAN_CODE = 8


@dataclass(frozen=True)
class Places:
    """What panels need to know of the places of a city."""

    city: City
    book: AreaBook
    agencies: tuple[tuple[str, str], ...] = ()

    def name(self, code: str) -> str:
        return self.book.areas[code].name if code in self.book.areas else code

    def agency(self, code: str) -> str:
        return self._agency_names.get(code, code)

    @cached_property
    def _agency_names(self) -> dict[str, str]:
        return dict(self.agencies)

    def is_lowest(self, code: str) -> bool:
        """A kelurahan or a desa: nothing lies below it."""
        return len(code) > KECAMATAN_CODE

    def children(self, code: str) -> tuple[Area, ...]:
        """The areas that a map of ``code`` shows: the next level, or its own neighbours at the lowest."""
        return self.book.children(code[:KECAMATAN_CODE] if self.is_lowest(code) else code)

    def boundaries(self, code: str) -> str:
        """The address of the GeoJSON with the children of ``code``; it changes when the file does."""
        level = "kecamatan" if len(code) < KECAMATAN_CODE else "kelurahan"
        return boundary_address(self.city.slug, level, boundary_file(self.city, level))

    @cached_property
    def approximate(self) -> bool:
        return is_approximate(self.city)


@lru_cache(maxsize=64)
def _digest(path: Path, changed: int) -> str:
    return sha256(path.read_bytes()).hexdigest()[:12]


def boundary_address(slug: str, level: str, path: Path) -> str:
    """The address of a boundary file: it holds a digest of the content, so it may be kept for ever."""
    return f"/boundaries/{slug}/{level}.{_digest(path, path.stat().st_mtime_ns)}.geojson"


def places(connection: sa.Connection, city: City) -> Places:
    """The places of a city, with the agencies that the warehouse knows."""
    agencies = read("agencies")
    query = sa.select(agencies.c.agency_code, agencies.c.short_name).where(agencies.c.city_code == city.code)
    return Places(city, area_book(city), tuple((code, name) for code, name in connection.execute(query)))
