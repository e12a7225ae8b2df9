"""Refused rows that came again in good order: their case in the quarantine is closed by itself."""

import sqlalchemy as sa

from etl.contract import Contract
from etl.source import Source
from etl.warehouse import QUARANTINE, TABLES


def close_redelivered(connection: sa.Connection, contract: Contract, source: Source, city_code: str) -> None:
    """Refused rows that have since come again in good order, by the same source under the same key, are closed."""
    mine = (QUARANTINE.c.city_code == city_code, QUARANTINE.c.source == source.name, QUARANTINE.c.state == "open")
    if not connection.scalar(sa.select(sa.exists().where(*mine))):  # then nothing is looked for among the rows
        return
    table, key = TABLES[contract.name], QUARANTINE.c.key
    same = [sa.cast(key[name].astext, table.c[name].type) == table.c[name] for name in contract.key]
    if contract.revision:
        refused = sa.cast(key[contract.revision].astext, table.c[contract.revision].type)
        same.append(sa.func.coalesce(table.c[contract.revision] >= refused, sa.true()))
    came = sa.and_(
        *(table.c.city_code == city_code, table.c.source == source.name),
        *(table.c.known_from > QUARANTINE.c.received_at, *same),
    )
    # Found first and closed then: a cluster does not change rows here by what it finds on another node.
    found = list(connection.scalars(sa.select(QUARANTINE.c.quarantine_id).where(*mine, came).distinct()))
    closed = {"state": "redelivered", "resolved_at": sa.func.clock_timestamp()}
    if found:
        connection.execute(sa.update(QUARANTINE).where(*mine, QUARANTINE.c.quarantine_id.in_(found)).values(closed))
