"""Made-up releases with all their files, and the public site on them: by calls, and over HTTP."""

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from limits import parse
from werkzeug.serving import make_server

from dashboard.public import api, create, files, packed
from etl.bundle import Shelf
from tests.public.bundles import shelf_in


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """Three releases of two cities; nobody changes them."""
    return shelf_in(tmp_path_factory.mktemp("releases"), [files.make, packed.make])


@pytest.fixture(scope="session")
def often(shelf: Shelf) -> Flask:
    """The site, which counts nobody's requests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api, "RATE", parse("1000000/minute"))
        return create(shelf)


@pytest.fixture
def client(often: Flask) -> FlaskClient:
    """Who asks the site."""
    return often.test_client()


@pytest.fixture(scope="session")
def site(often: Flask) -> Iterator[str]:
    """The address of the site over HTTP."""
    server = make_server("127.0.0.1", 0, often, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
