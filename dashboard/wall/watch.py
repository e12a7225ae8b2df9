"""``python -m dashboard watch``: looks whenever something was loaded, and every ten seconds, whether a rule holds.

One process of all watches: whoever else is started waits for its turn.
"""

import datetime as dt
import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import sqlalchemy as sa

from dashboard.alone import alone_for_ever
from dashboard.areas import places
from dashboard.live import Live
from dashboard.office.targets import informed
from dashboard.queries import Asked
from dashboard.scope import Scope
from dashboard.wall import alerts
from dashboard.wall.look import Question, holding, is_simulated
from dashboard.wall.rules import Rule, rules
from etl.cities import City, all_cities
from etl.errors import PantauError
from etl.office import OFFICE
from etl.text import Text
from etl.warehouse import AWAY, Role, engine, reading

log = logging.getLogger("watch")
EVERY_S = 10.0  # time passes for rules also while nothing is loaded
BREATH_S = 0.1  # between two looks, however much is loaded
_LOCK = 7_216_403


@dataclass
class Watch:
    """Looks at every city's rules; remembers at which versions it looked last."""

    live: Live
    cities: Mapping[str, City]
    looked: dict[tuple[str, str], tuple[float, tuple[int, ...]]] = field(default_factory=dict)
    _said: set[str] = field(default_factory=set)  # troubles that are in the log

    def look(self) -> None:
        """Look at every rule that is due. What is wrong with one rule or one city stops no other."""
        for city in self.cities.values():
            with self._complaining(city.slug):
                for name, rule in rules(city).items():
                    with self._complaining(f"{city.slug}/{name}"):
                        self._look_if_due(city, name, rule)

    def _look_if_due(self, city: City, name: str, rule: Rule) -> None:
        there = self.live.of(city.code)
        versions = tuple(there.get(dataset, 0) for dataset in (*rule.datasets, OFFICE))
        if self._is_due(city, name, versions):
            self.looked[city.code, name] = (time.monotonic(), versions)
            look(informed(city, there.get(OFFICE, 0)), name, rule)

    @contextmanager
    def _complaining(self, what: str) -> Iterator[None]:
        """Say once what cannot be looked at, and go on; only a warehouse that is away is for the caller."""
        try:
            yield
        except AWAY:
            raise
        except (PantauError, sa.exc.SQLAlchemyError, ArithmeticError) as error:
            trouble = f"{what}: {str(error).splitlines()[0]}"
            if trouble not in self._said:
                self._said.add(trouble)
                log.error("aturan tidak dapat diawasi | a rule cannot be watched: %s", trouble)

    def _is_due(self, city: City, name: str, versions: tuple[int, ...]) -> bool:
        at, known = self.looked.get((city.code, name), (-EVERY_S, ()))
        return versions != known or time.monotonic() - at >= EVERY_S

    def for_ever(self) -> None:
        """Look, wait for a change, look again; returns only by an error of the warehouse."""
        while True:
            heard = self.live.rings
            self.look()
            time.sleep(BREATH_S)
            self.live.wait(heard, EVERY_S)


def look(city: City, name: str, rule: Rule) -> bool:
    """Look at one rule now; True when screens have to hear of it."""
    now = dt.datetime.now(dt.UTC)
    today = now.astimezone(city.tz).date()
    asked = Asked(Scope(city.slug, city.code, today, today), city, now)
    with engine(Role.WALLS).connect() as connection:
        open_ones = alerts.standing(connection, city.code, name)
    with reading(city.code) as connection:
        there = places(connection, city)
        found = holding(rule, Question(connection, asked, there, open_ones))
        simulated = is_simulated(connection, city, rule)
    says = {subject: (one, alerts.told(rule, one, there, simulated)) for subject, one in found.items()}
    return alerts.settle(city.code, name, says)


def run() -> None:
    """Watch for ever, whatever becomes of the warehouse."""
    watch = Watch(Live(), {city.slug: city for city in all_cities()})
    alone_for_ever(Role.WALLS, _LOCK, Text("peringatan diawasi", "watching the alert rules"), watch.for_ever)
