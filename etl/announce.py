"""A change made known: a new version of a dataset, heard by every listener when the transaction commits."""

import datetime as dt
import json

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from etl.warehouse import CHANNEL, VERSIONS


def announce(connection: sa.Connection, dataset: str, city_code: str) -> None:
    """A new version for (city, dataset), heard by every listener when the transaction commits."""
    statement = insert(VERSIONS).values(
        city_code=city_code, dataset=dataset, version=1, changed_at=sa.func.clock_timestamp()
    )
    stepped = {"version": VERSIONS.c.version + 1, "changed_at": sa.func.clock_timestamp()}
    raised = statement.on_conflict_do_update(index_elements=["city_code", "dataset"], set_=stepped).returning(
        VERSIONS.c.version
    )
    version = connection.scalar(raised)
    word = json.dumps(
        {"city": city_code, "dataset": dataset, "version": version, "at": dt.datetime.now(dt.UTC).isoformat()}
    )
    connection.execute(sa.select(sa.func.pg_notify(CHANNEL, word)))
