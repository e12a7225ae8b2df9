"""One process of all does the work: whoever else is started waits for its turn, and nobody gives up."""

import logging
import random
import time
from collections.abc import Callable

import sqlalchemy as sa

from etl.text import Text
from etl.warehouse import AWAY, Role, engine

log = logging.getLogger("alone")
AGAIN_S = 3.0  # until the next try, after the warehouse was away or while another process works


def alone_for_ever(role: Role, lock: int, says: Text, work: Callable[[], None]) -> None:
    """Work while we hold the lock, whatever becomes of the warehouse.

    The lock goes with its connection, so that a dead process leaves it to another.
    """
    while True:
        try:
            with engine(role).connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                if connection.scalar(sa.select(sa.func.pg_try_advisory_lock(lock))):
                    log.info("%s | %s", says.id, says.en)
                    work()
        except AWAY as error:
            log.warning("gudang data tidak menjawab | the warehouse does not answer: %s", type(error).__name__)
        time.sleep(AGAIN_S * random.uniform(0.5, 1.0))
