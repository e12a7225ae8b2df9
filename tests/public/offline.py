"""Fixtures for the forms of the public site: a state folder of its own, and a machine that opens no connection."""

import itertools
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from dashboard.public import create
from etl import keys, objection_box

_addresses = itertools.count(1)


def an_address() -> str:
    """One that nobody had before."""
    number = next(_addresses)
    return f"10.{number // 65536 % 256}.{number // 256 % 256}.{number % 256}"


def forget_keys() -> None:
    """Keys are remembered by name, and belong to a state folder."""
    keys.secret.cache_clear()
    objection_box._private_key.cache_clear()


@contextmanager
def state_in(folder: Path) -> Iterator[None]:
    """A state folder of its own, with a key that all of them have."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PANTAU_STATE", str(folder))
        patch.setenv("PANTAU_KEY_AID", "5a" * 32)
        forget_keys()
        yield
    forget_keys()


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    """A state folder in which nothing is yet."""
    with state_in(tmp_path):
        yield tmp_path


def refuse(*where: object) -> None:
    """Stands where a connection would be opened."""
    raise AssertionError(f"the public site opened a connection: {where}")


@pytest.fixture(scope="module")
def app() -> Flask:
    """The public site."""
    return create()


@pytest.fixture
def visitor(app: Flask, state: Path, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """A client of whom nothing was counted yet."""
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr("runner.postgres.ensure", refuse)
    app.extensions["aid"].limiter.storage.reset()
    return app.test_client()
