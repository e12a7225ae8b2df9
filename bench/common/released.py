"""A simulated city, loaded and released, and everything that its public site has an address for."""

import datetime as dt
import random
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path

from bench.common.web import Ask
from dashboard import publish
from dashboard.access.user_cli import demo
from dashboard.public.address import LANGUAGES, Address
from dashboard.public.page import pages
from etl.__main__ import main as etl
from etl.bundle import Bundle, shelf
from etl.cities import load_city
from simulator.scenery import Options
from simulator.serve import Outside
from simulator.world import prepare

CITY = "samarinda"
DAYS, SCALE, SEED = 60, 0.3, 7
BROWSER = {"Accept-Encoding": "gzip, deflate, br"}


@dataclass(frozen=True)
class Released:
    """A release, and the state folder of the city."""

    bundle: Bundle
    state: Path

    @property
    def log(self) -> Path:
        return self.state / "web.log"

    @property
    def at(self) -> Address:
        return Address(city=CITY, release=self.bundle.manifest.number)

    @property
    def corona(self) -> str:
        return self.at.of("corona")

    @property
    def figures(self) -> int:
        """How many the Corona page has: a city need not tell of deaths."""
        return 6 + ("corona_deaths_week" in self.bundle.tables)

    @cached_property
    def pages(self) -> list[Ask]:
        """Every page of every area, in both languages."""
        places = ("", *(code for code, place in self.bundle.places.items() if place.level != "city"))
        every = product(LANGUAGES, pages(), places)
        return [_ask(self.at.spoken(language).of(page, area)) for language, page, area in every]

    @cached_property
    def files(self) -> list[Ask]:
        """Every file of open data."""
        names = sorted(name for name in self.bundle.manifest.files if name.startswith("data/"))
        return [_ask(self.at.of(name)) for name in names if not name.endswith((".br", ".gz"))]

    @property
    def file(self) -> Ask:
        """One of them."""
        return _ask(self.at.of("data/corona_area_week.csv"))

    @cached_property
    def every(self) -> list[Ask]:
        """All pages, all figures as pictures and for other people's pages, all files; in no order, always the same."""
        drawn = (name.rpartition("/")[2] for name in self.bundle.manifest.files if name.startswith("images/id/"))
        pictures = sorted(name for name in drawn if name.endswith((".png", ".svg")))
        embeds = sorted({name.partition(".")[0] for name in pictures})
        paths = [self.at.of("gambar", name) for name in pictures] + [self.at.of("sematan", name) for name in embeds]
        asks = [*self.pages, *map(_ask, paths), *self.files]
        random.Random(SEED).shuffle(asks)
        return asks


def release(state: Path) -> Released:
    """Load the outside world into the warehouse of this state folder and publish a release of the city."""
    made = prepare(state, Options(SEED, DAYS, SCALE, dt.datetime.now(dt.UTC).replace(microsecond=0)), print)
    with Outside(state, made):
        for command in ("migrate", "run"):
            if etl([command]):
                raise RuntimeError(f"python -m etl {command} did not succeed")
    demo()
    return Released(publish.release(load_city(CITY), shelf(), dt.datetime.now(dt.UTC)), state)


def _ask(path: str) -> Ask:
    return Ask(path, headers=BROWSER)
