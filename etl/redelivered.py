"""Refused rows that came again in good order: their case in the quarantine is closed by itself."""

import sqlalchemy as sa

from etl.contract import Contract
from etl.source import Source
from etl.warehouse import QUARANTINE, TABLES


def close_redelivered(connection: sa.Connection, contract: Contract, source: Source, city_code: str) -> None:
    """Refused rows that have since come again in good order, by the same source under the same key, are closed."""
    table, key = TABLES[contract.name], QUARANTINE.c.key
    same = [sa.cast(key[name].astext, table.c[name].type) == table.c[name] for name in contract.key]
    if contract.revision:
        refused = sa.cast(key[contract.revision].astext, table.c[contract.revision].type)
        same.append(sa.func.coalesce(table.c[contract.revision] >= refused, sa.true()))
    where = sa.and_(
        *(QUARANTINE.c.city_code == city_code, QUARANTINE.c.source == source.name, QUARANTINE.c.state == "open"),
        *(table.c.city_code == city_code, table.c.source == source.name),
        *(table.c.known_from > QUARANTINE.c.received_at, *same),
    )
    closed = {"state": "redelivered", "resolved_at": sa.func.clock_timestamp()}
    connection.execute(sa.update(QUARANTINE).where(where).values(closed))
