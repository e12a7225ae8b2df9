"""A warehouse of its own for the modules that load into one."""

import itertools
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from etl import distribution
from etl.areas import AreaBook, area_book
from etl.cities import load_city
from etl.migrate import bring_up
from etl.warehouse import _engine
from tests import cluster
from tests.conftest import fresh_warehouse

ONE_SERVER = "module_warehouse_url"


@pytest.fixture(scope="module")
def warehouse(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a database brought to the contracts; ``DATABASE_URL`` points there during the module.

    On a Citus cluster where ``CITUS_URL`` names one: what holds on one server must hold there.
    """
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        clustered = cluster.url()
        url = stack.enter_context(cluster.fresh_cluster()) if clustered else request.getfixturevalue(ONE_SERVER)
        patch.setenv("DATABASE_URL", url)
        if clustered:
            bring_up()
            distribution.distribute(lambda *_: None)
            forget_engines()
        yield url
        forget_engines()


@pytest.fixture
def empty_warehouse(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of a database without anything in it, for one test."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    yield database_url
    forget_engines()


@pytest.fixture
def new_warehouse(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of a database brought to the contracts, without any row in it, for one test."""
    with fresh_warehouse() as url:
        monkeypatch.setenv("DATABASE_URL", url)
        yield url
        forget_engines()


def forget_engines() -> None:
    """No pooled connection outlives its database."""
    _engine.cache_clear()


@pytest.fixture(scope="session")
def new_city() -> Callable[[], str]:
    """City codes that no other test of this process uses."""
    numbers = itertools.count(10_000)
    return lambda: f"{uuid.uuid4().hex[:6]}.{next(numbers)}"


@pytest.fixture(scope="session")
def samarinda() -> AreaBook:
    return area_book(load_city("samarinda", Path(__file__).parents[2] / "cities"))
