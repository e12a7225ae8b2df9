"""Loading rows once more that were refused before and are good now, each file in a transaction of the caller's."""

import datetime as dt
from typing import Any

import polars as pl
import sqlalchemy as sa

from etl.alone import alone
from etl.announce import announce
from etl.contract import Contract
from etl.load import Counts, merge_staged, record_run, stage_rows, staged
from etl.merge import Precedence
from etl.readers.delivery import Delivery
from etl.sealing import sealed_rows
from etl.sift import Sifted
from etl.source import Source
from etl.warehouse import TABLES, ring


def load_again(
    connection: sa.Connection,
    contract: Contract,
    source: Source,
    city_code: str,
    delivery: Delivery,
    sifted: Sifted,
    refused_at: dict[int, dt.datetime],
) -> tuple[Counts, set[int]]:
    """Load rows that were refused before; also says which of them had been overtaken meanwhile.

    They bring no news of their source, so its cursor and freshness stay. What is refused still is
    counted as unchanged. Everything is in the caller's transaction, as in ``load``.
    """
    started = alone(connection, contract, city_code)
    overtaken = _overtaken(connection, contract, city_code, sifted.good, refused_at)
    timely = sifted.good.filter(~pl.col("_row").is_in(list(overtaken)))
    with staged(connection, contract, source, city_code, Precedence.LATER) as meeting:
        stage_rows(connection, meeting, timely)
        merged = merge_staged(connection, meeting, source, timely.height, started)
    counts = Counts(
        received=delivery.rows.height,
        loaded=merged.loaded,
        unchanged=merged.unchanged + sifted.bad.height,
        superseded=merged.superseded + len(merged.contradicted) + len(overtaken),
    )
    record_run(connection, source, city_code, delivery, counts, started, {"note_id": "", "note_en": ""})
    if merged.loaded:
        announce(connection, contract.name, city_code)
    return counts, overtaken


def _overtaken(
    connection: sa.Connection,
    contract: Contract,
    city_code: str,
    good: pl.DataFrame,
    refused_at: dict[int, dt.datetime],
) -> set[int]:
    """Rows that are stored in another version since they were refused, unless they are newer by their revision."""
    stored = _stored(connection, contract, city_code, good)
    found = set()
    for row in good.iter_rows(named=True):
        known_from, revision = stored.get(tuple(row[name] for name in contract.key), (None, None))
        mine = row[contract.revision] if contract.revision else None
        newer = mine is not None and (revision is None or mine > revision)
        if known_from and known_from > refused_at[row["_row"]] and not newer:
            found.add(row["_row"])
    return found


def _stored(
    connection: sa.Connection, contract: Contract, city_code: str, good: pl.DataFrame
) -> dict[tuple[Any, ...], tuple[dt.datetime, Any]]:
    """Since when the rows with these keys are known, and their revision."""
    table = TABLES[contract.name]
    key = [table.c[name] for name in contract.key]
    revision = table.c[contract.revision] if contract.revision else sa.null()
    asked = sealed_rows(good.select(contract.key), contract, ring(connection)).rows()
    mine = sa.and_(table.c.city_code == city_code, sa.tuple_(*key).in_(asked))
    found = connection.execute(sa.select(*key, table.c.known_from, revision).where(mine))
    return {tuple(row[: len(key)]): (row[-2], row[-1]) for row in found}
