"""How many apps and sources fare so: a number that is read from afar."""

from dataclasses import dataclass, field

import sqlalchemy as sa

from dashboard import format as fmt
from dashboard.areas import Places
from dashboard.live import LEDGER
from dashboard.panels.base import Answer, Height, Kind, Panel, bare_tile, twin
from dashboard.panels.listing import FILTERS, known
from dashboard.queries import Asked
from dashboard.systems import REGISTRY, SYSTEMS_VIEW, State, System, counted, systems
from etl.text import Text

NAMED = 3  # of those that fare so, the worst


@dataclass(frozen=True)
class StateTile(Panel):
    """The number of apps and sources in one state, and the names of the worst of them."""

    state: State
    kind: Kind = field(default="tile", init=False)
    span: int = field(default=3, kw_only=True)
    height: Height = field(default="s", kw_only=True)

    @property
    def id(self) -> str:
        return self.name or self.state.name.lower()

    @property
    def datasets(self) -> tuple[str, ...]:
        return (LEDGER, REGISTRY)

    @property
    def filters(self) -> dict[str, Text]:
        return FILTERS

    def answer(self, connection: sa.Connection, asked: Asked, places: Places) -> Answer:
        language = asked.scope.language
        found = systems(connection, asked)
        here = counted(found, self.state)
        title = self.title or self.state.value
        return {
            "kind": self.kind,
            "title": title.say(language),
            "subtitle": "",
            "unit": "",
            "state": "ok",
            "message": "",
            **known(connection, asked, SYSTEMS_VIEW),
            "tile": self._tile(here, len(found), language),
            **({"table": _table(here, language)} if here else {}),
        }

    def _tile(self, here: list[System], whole: int, language: str) -> Answer:
        names = list(dict.fromkeys(one.app for one in here)) if self.state is not State.ALIVE else []
        more = f" +{len(names) - NAMED}" if len(names) > NAMED else ""
        return bare_tile() | {
            "value": fmt.number(len(here), language),
            "unit": Text(f"dari {whole}", f"of {whole}").say(language),
            "compared": ", ".join(names[:NAMED]) + more,
            **({"target": "target 0", "met": not here} if self.state.tone == "act" else {}),
        }


def _table(here: list[System], language: str) -> Answer:
    heads = [(Text("Aplikasi", "App").say(language), ""), (Text("Usia", "Age").say(language), "")]
    rows = [[one.app, fmt.NOTHING if one.age_s is None else fmt.age(one.age_s, language)] for one in here]
    return twin(heads, rows, [(one.app, one.age_s) for one in here])
