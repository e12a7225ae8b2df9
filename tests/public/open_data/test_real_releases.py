"""The files and the API of real releases: every table that the publications make, of every city."""

import json
from collections.abc import Iterator

import pytest
from flask import Flask
from limits import parse

from dashboard.public import api, create, files
from etl.bundle import Shelf
from etl.cities import all_cities
from tests.public.open_data.readers import READERS, check_schema, plain
from tests.world import World

CITIES = [city.slug for city in all_cities()]


@pytest.fixture(scope="module")
def real(world: World) -> Shelf:
    """The first release of every city, of everything that the world has loaded."""
    return Shelf(world.state / "releases")


@pytest.fixture(scope="module")
def real_site(real: Shelf) -> Iterator[Flask]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api, "RATE", parse("1000000/minute"))
        yield create(real)


@pytest.mark.parametrize("city", CITIES)
def test_every_format_tells_what_the_release_holds(real: Shelf, city: str) -> None:
    bundle = real.bundle(city)
    for name in bundle.tables:
        wanted = bundle.table(name).records
        for ending, read in READERS.items():
            got = read(bundle.folder / files.DATA / f"{name}.{ending}")
            assert len(got) == len(wanted) > 0, (name, ending)
            assert all(plain(a).items() >= plain(b).items() for a, b in zip(got, wanted, strict=True)), (name, ending)


@pytest.mark.parametrize("city", CITIES)
def test_every_csv_is_as_its_schema_says(real: Shelf, city: str) -> None:
    for name in real.bundle(city).tables:
        check_schema(real.bundle(city), name)


@pytest.mark.parametrize("city", CITIES)
def test_the_api_tells_the_same(real: Shelf, real_site: Flask, city: str) -> None:
    client, bundle = real_site.test_client(), real.bundle(city)
    for name in bundle.tables:
        rows, address = [], f"/api/v1/{city}/tables/{name}?limit=5000"
        while address:
            answer = client.get(address).json
            rows += answer["rows"]
            address = answer["next"]
        told = json.loads((bundle.folder / files.DATA / f"{name}.json").read_bytes())
        assert rows == told["records"], name
    for path in ("/api/v1/cities", f"/{city}/katalog.jsonld", f"/{city}/rilis.atom", f"/{city}/koreksi.atom"):
        assert client.get(path).status_code == 200, path
    assert client.get(f"/api/v1/{city}/indicators").json["indicators"]
