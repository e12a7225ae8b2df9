"""Subscriptions: who is told of what, by e-mail or webhook, and when not. Each person sees and changes the own only."""

import datetime as dt
import re
from dataclasses import dataclass

import sqlalchemy as sa

from dashboard.access import accounts
from dashboard.access.roles import Audience, Role, Viewer
from dashboard.indicators import indicators
from dashboard.office import sending
from dashboard.wall.rules import rules
from dashboard.wrong import Wrong
from etl.cities import City
from etl.office import SUBSCRIPTIONS
from etl.text import Text
from etl.warehouse import Role as SqlRole
from etl.warehouse import engine

WATCHERS: Audience = frozenset({Role.MAYOR, Role.STEWARD, Role.OPERATOR})
READERS: Audience = WATCHERS | {Role.OPD_HEAD}
WHATS: dict[str, tuple[Text, Audience]] = {
    "morning": (Text("Pagi ini, pukul 06.00", "This morning, at 06:00"), frozenset({Role.MAYOR, Role.OPD_HEAD})),
    "alerts": (Text("Peringatan", "Alerts"), WATCHERS),
    "target": (Text("Indikator melewati target", "An indicator passes its target"), WATCHERS),
    "brief": (Text("Ringkasan pekan, Senin 06.00", "The weekly brief, Mondays 06:00"), frozenset({Role.MAYOR})),
}
HOWS = {"email": Text("E-mail", "E-mail"), "webhook": Text("Webhook", "Webhook")}
CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
MAIL = re.compile(r"[\w.+%-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", re.ASCII)
LONGEST_ADDRESS = 300
MOST = 20  # of one person in one city


@dataclass(frozen=True)
class Subscription:
    """One wish of one person."""

    subscription_id: int
    city_code: str
    account_id: str
    what: str
    about: str
    how: str
    address: str
    quiet_from: str
    quiet_until: str
    language: str

    def is_quiet(self, local: dt.time) -> bool:
        """Whether only what is urgent is sent at this local time; the hours may go past midnight."""
        now, since, until = f"{local:%H:%M}", self.quiet_from, self.quiet_until
        if not since or since == until:
            return False
        return since <= now < until if since < until else now >= since or now < until


_NAMES = tuple(Subscription.__dataclass_fields__)
_LASTS = SUBSCRIPTIONS.c.removed_at.is_(None)


def of(city_code: str, account_id: str | None = None) -> list[Subscription]:
    """The subscriptions of a city, or those of one person."""
    mine = sa.and_(SUBSCRIPTIONS.c.city_code == city_code, _LASTS)
    if account_id is not None:
        mine = sa.and_(mine, SUBSCRIPTIONS.c.account_id == account_id)
    query = sa.select(*(SUBSCRIPTIONS.c[name] for name in _NAMES)).where(mine)
    with engine(SqlRole.OFFICE).connect() as connection:
        return [Subscription(*row) for row in connection.execute(query.order_by(SUBSCRIPTIONS.c.subscription_id))]


def reader(one: Subscription) -> Viewer | None:
    """Whoever subscribed, while the account is open and has a role for it; looked up whenever something is told."""
    account = accounts.of(one.account_id)
    if account is None or account.disabled:
        return None
    viewer = Viewer(one.account_id, account.name, account.grants)
    return viewer if viewer.may(WHATS[one.what][1], one.city_code) else None


def add(city: City, viewer: Viewer, said: dict[str, str]) -> None:
    """Keep a new subscription. Raises Wrong naming the field."""
    row = {name: said.get(name, "").strip() for name in ("what", "about", "how", "address")}
    row |= {"quiet_from": said.get("quiet_from", ""), "quiet_until": said.get("quiet_until", "")}
    _check(city, viewer, row)
    known = {
        "city_code": city.code,
        "account_id": viewer.id,
        "language": "en" if said.get("language") == "en" else "id",
    }
    with engine(SqlRole.OFFICE).begin() as connection:
        connection.execute(sa.insert(SUBSCRIPTIONS).values(row | known))


def _check(city: City, viewer: Viewer, row: dict[str, str]) -> None:
    if row["what"] not in WHATS or not viewer.may(WHATS[row["what"]][1], city.code):
        raise Wrong("what", Text("Pilih kabar yang ada untuk peran Anda.", "Choose what is there for your role."))
    known = {"alerts": set(rules(city)), "target": set(indicators())}
    if row["about"] and row["about"] not in known.get(row["what"], set()):
        raise Wrong("about", Text(f"Tidak ada {row['about']!r}.", f"There is no {row['about']!r}."))
    if len(of(city.code, viewer.id)) >= MOST:
        raise Wrong("what", Text(f"Paling banyak {MOST} langganan.", f"At most {MOST} subscriptions."))
    for name in ("quiet_from", "quiet_until"):
        if bool(row["quiet_from"]) != bool(row["quiet_until"]) or (row[name] and not CLOCK.fullmatch(row[name])):
            raise Wrong(name, Text("Isi kedua jam (22:00), atau kosongkan.", "Write both hours (22:00), or neither."))
    _check_address(row["how"], row["address"])


def _check_address(how: str, address: str) -> None:
    if how == "email":
        if sending.mail_server() is None:
            raise Wrong("how", Text("Server e-mail belum diatur.", "No mail server is set up."))
        if not MAIL.fullmatch(address) or len(address) > LONGEST_ADDRESS:
            raise Wrong("address", Text("Bukan alamat e-mail.", "This is no e-mail address."))
    elif how == "webhook":
        if len(address) > LONGEST_ADDRESS:
            raise Wrong("address", Text("Alamat terlalu panjang.", "The address is too long."))
        try:
            sending.checked(address)
        except sending.NotSent as error:
            raise Wrong("address", error.says) from error
    else:
        raise Wrong("how", Text("Pilih e-mail atau webhook.", "Choose e-mail or webhook."))


def remove(city_code: str, account_id: str, subscription_id: int) -> bool:
    """End one of the own subscriptions; False when it is not there."""
    mine = sa.and_(
        SUBSCRIPTIONS.c.city_code == city_code,
        SUBSCRIPTIONS.c.account_id == account_id,
        SUBSCRIPTIONS.c.subscription_id == subscription_id,
        _LASTS,
    )
    with engine(SqlRole.OFFICE).begin() as connection:
        gone = sa.update(SUBSCRIPTIONS).where(mine).values(removed_at=sa.func.clock_timestamp())
        return connection.execute(gone).rowcount == 1
