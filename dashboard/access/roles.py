"""The roles of a city and the viewer that holds some of them. Declared sets of roles are called audiences."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from etl.text import Text


class Role(StrEnum):
    """What somebody is in one city. Whoever has none of these is the public."""

    WALL = "wall"  # a paired screen, not a person
    OPERATOR = "operator"
    STEWARD = "steward"
    OPD_HEAD = "opd_head"
    MAYOR = "mayor"
    ADMIN = "admin"


TITLES = {
    Role.WALL: Text("Layar", "Screen"),
    Role.OPERATOR: Text("Operator", "Operator"),
    Role.STEWARD: Text("Walidata", "Data steward"),
    Role.OPD_HEAD: Text("Kepala OPD", "Head of an agency"),
    Role.MAYOR: Text("Wali kota / bupati", "Mayor"),
    Role.ADMIN: Text("Admin", "Administrator"),
}

Audience = frozenset[Role]
ANYONE: Audience | None = None  # no sign-in: nothing of the warehouse's rows is there
SIGNED_IN: Audience = frozenset(Role)
PEOPLE: Audience = SIGNED_IN - {Role.WALL}
FIGURES: Audience = frozenset({Role.WALL, Role.OPERATOR, Role.STEWARD, Role.MAYOR})  # aggregates of the whole city
SEVERAL: Audience = FIGURES - {Role.WALL}  # cities side by side: each viewer's own ones

NEEDS_CODE: Audience = frozenset({Role.MAYOR, Role.STEWARD, Role.ADMIN})
LONGEST = dt.timedelta(hours=12)  # of a session, whatever happens
IDLE = dt.timedelta(minutes=30)  # without a hand on keyboard, mouse or screen
IDLE_ON_WATCH = dt.timedelta(hours=8)  # for who does nothing but watch: an operator's shift
_ON_WATCH: Audience = frozenset({Role.OPERATOR, Role.WALL})


@dataclass(frozen=True)
class Grant:
    """A role in a city; the head of an agency has it for that agency."""

    role: Role
    city_code: str
    agency_code: str = ""


@dataclass(frozen=True)
class Viewer:
    """Somebody signed in, or a paired screen, as the server knows them; never as a request says."""

    id: str
    name: str
    grants: frozenset[Grant]
    session: str = ""  # hash of the session's token
    needs: str = ""  # code, enrol, password: to be done before anything else is shown

    @property
    def cities(self) -> frozenset[str]:
        """Codes of the cities in which this viewer is anything."""
        return frozenset(grant.city_code for grant in self.grants)

    @property
    def is_person(self) -> bool:
        """Whether this is somebody, and no screen."""
        return any(grant.role is not Role.WALL for grant in self.grants)

    def roles(self, city_code: str) -> frozenset[Role]:
        """What this viewer is in a city."""
        return frozenset(grant.role for grant in self.grants if grant.city_code == city_code)

    def may(self, audience: Audience, city_code: str) -> bool:
        """Whether an audience of this city includes this viewer."""
        return bool(self.roles(city_code) & audience)

    def agency(self, audience: Audience, city_code: str) -> str | None:
        """The only agency whose rows may be shown; None for a viewer who sees the whole city there."""
        if self.roles(city_code) & audience - {Role.OPD_HEAD}:
            return None
        own = (grant for grant in self.grants if grant.city_code == city_code and grant.role is Role.OPD_HEAD)
        return next((grant.agency_code for grant in own), "")


def needs_code(grants: Iterable[Grant]) -> bool:
    """Whether somebody with these roles signs in with a one-time code as well."""
    return any(grant.role in NEEDS_CODE for grant in grants)


def idle(grants: Iterable[Grant]) -> dt.timedelta:
    """How long a session lasts without a hand."""
    return IDLE_ON_WATCH if {grant.role for grant in grants} <= _ON_WATCH else IDLE
