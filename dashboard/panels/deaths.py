"""Deaths by the day of death; the latest days, of which reports are still to come, are marked."""

from dataclasses import dataclass

import sqlalchemy as sa

from dashboard.areas import Places
from dashboard.indicators.covid import CASES
from dashboard.panels.base import Answer
from dashboard.panels.series import Series
from dashboard.queries import Asked, step_for
from dashboard.scope import DAY
from etl.text import Text
from etl.warehouse import read

LEARNED_DAYS = 180  # how far back deaths tell how long their report takes
FEWEST = 20  # deaths; fewer do not tell it
ASSUMED_DAYS = 7  # then so many days are marked: an assumption of ours, and said to be one
ALMOST_ALL = 0.95


@dataclass(frozen=True, kw_only=True)
class Deaths(Series):
    """The indicator by day, with a shade over the days that are not whole yet."""

    def shown(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        answer = super().shown(connection, asked, places)
        if answer.get("state") == "empty" or step_for(asked.scope.days, self.indicator.finest) != "day":
            return answer
        language, learned = asked.scope.language, self._delay(connection, asked)
        days = ASSUMED_DAYS if learned is None else learned
        answer["subtitle"] = f"{self.days(asked)} · {_says(learned).say(language)}"
        if days:
            shapes = answer["figure"]["layout"].setdefault("shapes", [])
            shapes.append(_shade(asked, days, Text("belum lengkap", "not complete").say(language)))
        return answer

    def _delay(self, connection: sa.Connection, asked: Asked) -> int | None:
        """Days after which 95 % of deaths were in the list: when their row changed last, at the latest."""
        rows = read(CASES, asked.scope.as_of)
        day = sa.cast(sa.func.timezone(asked.city.zone, rows.c.updated_at), sa.Date())
        late = sa.func.percentile_disc(ALMOST_ALL).within_group(day - rows.c.outcome_date)
        query = sa.select(sa.func.count(rows.c.updated_at).label("deaths"), late.label("days")).where(
            rows.c.city_code == asked.city.code,
            rows.c.status == "konfirmasi",
            rows.c.outcome == "died",
            rows.c.outcome_date.between(asked.scope.until - DAY * LEARNED_DAYS, asked.scope.until),
        )
        found = connection.execute(query).one_or_none()
        return max(0, found.days) if found and found.deaths >= FEWEST else None


def _says(learned: int | None) -> Text:
    if learned is None:
        return Text(
            f"terlalu sedikit untuk tahu lama laporannya; {ASSUMED_DAYS} hari terakhir dianggap belum lengkap",
            f"too few to know how long reports take; the last {ASSUMED_DAYS} days are taken as not complete",
        )
    if not learned:
        return Text("95 % tercatat pada hari itu juga", "95 % are recorded on the day itself")
    return Text(f"95 % tercatat dalam {learned} hari", f"95 % are recorded within {learned} days")


def _shade(asked: Asked, days: int, words: str) -> Answer:
    """From the first day that is not whole to the end."""
    until = min(asked.scope.until, asked.now.astimezone(asked.city.tz).date())
    return {
        "type": "rect",
        "x0": (until - DAY * days).isoformat(),
        "x1": (until + DAY).isoformat(),
        "yref": "y domain",
        "y0": 0,
        "y1": 1,
        "fillcolor": "token:muted",
        "opacity": 0.18,
        "line": {"width": 0},
        "label": {"text": words, "textposition": "top right", "font": {"color": "token:text"}},
    }
