"""The API is what its OpenAPI says: questions good and bad, made of the document itself, and the document is valid."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jsonschema_rs
import pytest
from flask.testing import FlaskClient

from dashboard.public.api import ENDPOINTS, OPENAPI
from tests.public.open_data.test_api import FILTERS, WRONG

EACH = "15"  # questions of each address, besides those that the corners of the document make
LEAST = 250  # questions in all
# Two parameters that are good by themselves may contradict one another: a 400 that no schema declares.
CHECKS = ("--checks", "all", "--exclude-checks", "positive_data_acceptance")
SAME_AGAIN = ("--generation-deterministic", "--seed", "7")


def test_every_question_is_answered_as_declared(site: str, tmp_path: Path) -> None:
    command = (sys.executable, "-m", "schemathesis.cli", "run", site + OPENAPI)
    options = (*CHECKS, *SAME_AGAIN, "--max-examples", EACH, "--suppress-health-check", "all", "--no-color")
    ran = subprocess.run((*command, *options), cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert f"Tested: {len(ENDPOINTS)}" in ran.stdout
    generated = re.search(r"(\d+) generated", ran.stdout)
    assert generated and int(generated[1]) >= LEAST, ran.stdout


def test_every_schema_of_the_document_is_one(client: FlaskClient) -> None:
    document = client.get(OPENAPI).json
    for name in document["components"]["schemas"]:
        whole = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        jsonschema_rs.meta.validate(whole)
        assert not jsonschema_rs.is_valid(whole, 1)
    parameters = [one for path in document["paths"].values() for one in path["get"]["parameters"]]
    for parameter in parameters:
        jsonschema_rs.meta.validate(parameter["schema"])
    assert {endpoint.path for endpoint in ENDPOINTS} == document["paths"].keys()


# The document and the reader of parameters say the same, value by value


def written(parameter: dict[str, Any], said: list[str]) -> Any:
    """Values of an address as the document understands them."""
    schema = parameter["schema"]
    if schema["type"] == "array":
        return [part for one in said for part in (one.split(",") if not parameter["explode"] else [one])]
    return int(said[0]) if schema["type"] == "integer" and re.fullmatch(r"-?[0-9]+", said[0]) else said[0]


def as_declared(client: FlaskClient, address: str) -> dict[str, bool]:
    """Which parameters of a question about rows are as the document wants them."""
    document = client.get(OPENAPI).json
    declared = {one["name"]: one for one in document["paths"]["/{city}/tables/{table}"]["get"]["parameters"]}
    asked = parse_qs(urlsplit(address).query, keep_blank_values=True)
    return {
        name: jsonschema_rs.is_valid(declared[name]["schema"], written(declared[name], said))
        for name, said in asked.items()
    }


GOOD = [f"?{urlencode(asked, doseq=True)}" for _, asked, _ in FILTERS.values()]
MOMENTS = ("2026-09-20", "2026-09-26T02:04:59Z", "2026-09-26T10:05:00%2B08:00", "2026-09-26T10:04")
MALFORMED = [
    "no code", "no level", "last week", "too many rows", "no rows", "minus", "huge", "format", "language", "nothing",
    "no moment",
]  # fmt: skip


@pytest.mark.parametrize("address", [*GOOD, *(f"?as_of={one}" for one in MOMENTS), "?release=1&limit=5000&offset=0"])
def test_what_is_answered_is_declared(client: FlaskClient, address: str) -> None:
    assert set(as_declared(client, address).values()) == {True}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_malformed_is_not_declared(client: FlaskClient, name: str) -> None:
    address, status, parameter, _ = WRONG[name]
    assert status == 400 and as_declared(client, address) == {parameter: False}
