"""``python -m etl rollups verify|rebuild``: whether the rollups are what the rows say, and making them anew."""

import argparse
from collections.abc import Iterator

from etl import rollups
from etl.alone import alone
from etl.cities import City, all_cities, load_city
from etl.rollups import KEPT, Kept
from etl.warehouse import Role, engine


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``rollups``."""
    parser.add_argument("action", choices=("verify", "rebuild"), help="bandingkan; buat ulang | compare; make anew")
    parser.add_argument("--city", help="satu kota (slug)")


def run(said: argparse.Namespace) -> int:
    """Compare or make anew; 1 where a rollup was found that is not what the rows say."""
    cities = [load_city(said.city)] if said.city else all_cities()
    if said.action == "rebuild":
        for city in cities:
            for kept in _each():
                _rebuild(kept, city)
                print(f"{city}/{kept.table.name}: dibuat ulang | made anew")
        return 0
    wrong = [line for city in cities for line in told(city)]
    print("\n".join(wrong) or "rollup sama dengan barisnya | rollups are what the rows say")
    return 1 if wrong else 0


def told(city: City) -> Iterator[str]:
    """A line for each rollup of a city that is not what its rows say."""
    for kept in _each():
        if cells := _differing(kept, city):
            yield f"{city}/{kept.table.name}: {cells} sel berbeda dari barisnya | {cells} cells differ from the rows"


def put_right(city: City) -> Iterator[str]:
    """Make anew what differs; a line for each."""
    for kept in _each():
        if cells := _differing(kept, city):
            _rebuild(kept, city)
            yield f"{city}/{kept.table.name}: {cells} sel dibuat ulang | {cells} cells made anew"


def _each() -> Iterator[Kept]:
    return (kept for each in KEPT.values() for kept in each)


def _differing(kept: Kept, city: City) -> int:
    """One statement sees rows and cells at one moment, so that loads go on."""
    with engine(Role.ETL).begin() as connection:
        return rollups.differing(connection, kept, city.code)


def _rebuild(kept: Kept, city: City) -> None:
    with engine(Role.ETL).begin() as connection:
        alone(connection, kept.of, city.code)
        rollups.fill(connection, kept, city.code)
