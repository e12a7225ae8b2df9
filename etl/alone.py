"""One at a time changes the rows of a dataset of a city."""

import datetime as dt

import sqlalchemy as sa

from etl.contract import Contract


def alone(connection: sa.Connection, contract: Contract, city_code: str) -> dt.datetime:
    """Waits until no other source loads this dataset of this city, then says the moment.

    The moment is taken under the lock, so that the versions of a row follow one another in time.
    """
    key = sa.func.hashtextextended(f"load {city_code}/{contract.name}", 0)
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))
    moment: dt.datetime = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    return moment
