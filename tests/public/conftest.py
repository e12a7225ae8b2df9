"""The public site on made-up releases, on a machine where no connection can be opened."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask.testing import FlaskClient

from dashboard.public import create, files, pictures
from dashboard.public.made import shapes
from etl.bundle import Shelf
from tests.public.released import shelf_in


def refuse(*where: object) -> None:
    """Stands where a connection would be opened."""
    raise AssertionError(f"the public site opened a connection: {where}")


@contextmanager
def without_connections() -> Iterator[None]:
    """A machine on which no connection can be opened."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", "postgresql://nobody:x@127.0.0.1:1/nowhere")
        patch.setattr(socket.socket, "connect", refuse)
        patch.setattr("runner.postgres.ensure", refuse)
        yield


@pytest.fixture(scope="session")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """Two releases of Samarinda and one of Surabaya, with their files."""
    return shelf_in(tmp_path_factory.mktemp("releases"), (shapes, files.make, pictures.make))


@pytest.fixture(scope="module")
def client(releases: Shelf) -> Iterator[FlaskClient]:
    """A client of the application on these releases."""
    with without_connections():
        yield create(releases).test_client()
