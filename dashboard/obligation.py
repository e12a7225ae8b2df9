"""Purchase obligations: who has to buy at the city's marketplace, how much in a month, from when until when.

``cities/<city>/obligations.toml`` declares them. One that names posts or grades goes before one for everybody; of one
person in one month exactly one counts, so that what overlaps is refused by its name.
"""

import datetime as dt
import re
import tomllib
from functools import cache
from itertools import combinations
from pathlib import Path

import msgspec

from dashboard.words import Words
from etl.cities import City
from etl.errors import PantauError
from etl.text import Text

MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
EXEMPT_FROM_DAYS = 15  # of a month under an exemption


class Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An obligation as its file says it; months as ``2026-01``."""

    title: Words
    since: str
    until: str = ""  # the last month; none: it goes on
    orders: int = 0  # at least so many a month
    amount_idr: int = 0  # and of at least so much
    posts: tuple[str, ...] = ()
    grades: tuple[str, ...] = ()
    exempt_from_days: int = EXEMPT_FROM_DAYS


class Obligation(msgspec.Struct, frozen=True):
    """One obligation: orders and rupiah a month of those who hold one of these posts or grades, or of everybody."""

    name: str
    title: Text
    since: dt.date  # first day of the first month
    until: dt.date  # first day of the last month
    orders: int
    amount_idr: int
    posts: tuple[str, ...]
    grades: tuple[str, ...]
    exempt_from_days: int

    @property
    def of_everybody(self) -> bool:
        return not (self.posts or self.grades)

    def holds_in(self, month: dt.date) -> bool:
        """Whether it holds in the month of this day."""
        return self.since <= month.replace(day=1) <= self.until

    def meets(self, other: "Obligation") -> bool:
        """Whether one person may be under both in one month, so that nobody could say which counts."""
        together = self.since <= other.until and other.since <= self.until
        if not together or self.of_everybody != other.of_everybody:
            return False
        posts, grades = (set(self.posts) & set(other.posts), set(self.grades) & set(other.grades))
        disjoint_posts = self.posts and other.posts and not posts
        disjoint_grades = self.grades and other.grades and not grades
        return not (disjoint_posts or disjoint_grades)


def obligations(city: City) -> tuple[Obligation, ...]:
    """The obligations of a city, those of some before those of everybody; none where the city declared none.

    Raises PantauError naming the file, the obligation, the key and what to write.
    """
    return _of_file(city.folder / "obligations.toml")


def in_force(city: City, month: dt.date) -> tuple[Obligation, ...]:
    """Those that hold in a month, in the order in which they count."""
    return tuple(one for one in obligations(city) if one.holds_in(month))


@cache
def _of_file(path: Path) -> tuple[Obligation, ...]:
    if not path.is_file():
        return ()
    try:
        written = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), dict[str, Written])
        found = [_obligation(name, one) for name, one in written.items()]
        for one, other in combinations(found, 2):
            if one.meets(other):
                raise ValueError(
                    f"{other.name}: masanya bertumpang tindih dengan {one.name} → akhiri salah satu dengan until "
                    f"| its months overlap those of {one.name} → end one of them with until"
                )
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError, ValueError) as error:
        raise PantauError(f"{path.parent.name}/{path.name}: {error}") from error
    return tuple(sorted(found, key=lambda one: one.of_everybody))


def _obligation(name: str, written: Written) -> Obligation:
    since = _month(name, "since", written.since)
    until = _month(name, "until", written.until) if written.until else dt.date.max.replace(day=1)
    if until < since:
        raise ValueError(f"{name}.until: sebelum since | before since")
    if written.orders < 0 or written.amount_idr < 0 or not (written.orders or written.amount_idr):
        raise ValueError(f"{name}: orders atau amount_idr harus lebih dari nol | must be more than zero")
    if not 1 <= written.exempt_from_days <= 31:
        raise ValueError(f"{name}.exempt_from_days: 1–31, bukan | not {written.exempt_from_days}")
    return Obligation(
        name, written.title.text(), since, until, written.orders, written.amount_idr, written.posts, written.grades,
        written.exempt_from_days,
    )  # fmt: skip


def _month(name: str, key: str, said: str) -> dt.date:
    found = MONTH.fullmatch(said)
    if found is None:
        raise ValueError(f"{name}.{key}: {said!r} bukan bulan; tulis 2026-01 | is no month; write 2026-01")
    return dt.date(int(found[1]), int(found[2]), 1)
