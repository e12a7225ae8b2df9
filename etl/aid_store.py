"""Makes the sealed answers of Cek bantuan saya: for every letter what the warehouse has about its NIK."""

import sqlalchemy as sa

from etl.aid_box import Answer, Box, Grant
from etl.aid_letters import PROVIDERS, Letter, NoLetters, Provider
from etl.cities import City, settings
from etl.pseudonyms import declared, pseudonym
from etl.source import filled
from etl.warehouse import SOURCES, TABLES, Role, engine, ring

TOLD = ("paid", "verified")  # states of a grant; whoever was only proposed, or rejected, is told that there is nothing
GRANTS = TABLES["bansos_grants"]


def refresh(city: City) -> bool:
    """Bring a city's answers up to date; whether they changed. Raises NoLetters, CityError."""
    provider = _provider(city)
    if provider is None:
        return False
    letters = sorted(set(provider.letters()))
    if not letters:
        raise NoLetters(f"{city}: tidak ada surat dengan kode | there is no letter with a code")
    with engine(Role.ETL).begin() as connection:
        answers, simulated = _answers(connection, city, letters), _simulated(connection, city)
    return Box(city.slug).write(answers, simulated)


def _provider(city: City) -> Provider | None:
    check = city.aid_check
    if check is None:
        return None
    at = filled(check.letters, settings(), f"{city}: aid_check.letters")
    return PROVIDERS[check.provider](str(at))


def _answers(connection: sa.Connection, city: City, letters: list[Letter]) -> dict[Letter, Answer]:
    how = declared(GRANTS.name, "recipient")
    version, grants = ring(connection).version(how.purpose), _grants(connection, city)
    return {letter: _answer(grants.get(pseudonym(letter.nik, how, version), set())) for letter in letters}


def _answer(grants: set[Grant]) -> Answer:
    return Answer(tuple(sorted(grants, reverse=True)))


def _grants(connection: sa.Connection, city: City) -> dict[str, set[Grant]]:
    """What is to be told, by recipient."""
    columns = (GRANTS.c.recipient, GRANTS.c.period, GRANTS.c.programme, GRANTS.c.status)
    mine = sa.select(*columns).where(GRANTS.c.city_code == city.code, GRANTS.c.status.in_(TOLD))
    found: dict[str, set[Grant]] = {}
    for recipient, period, programme, status in connection.execute(mine):
        found.setdefault(recipient, set()).add(Grant(f"{period:%Y-%m}", programme, status))
    return found


def _simulated(connection: sa.Connection, city: City) -> bool:
    mine = sa.and_(SOURCES.c.city_code == city.code, SOURCES.c.dataset == GRANTS.name)
    return bool(connection.scalar(sa.select(sa.func.bool_or(SOURCES.c.simulated)).where(mine)))
