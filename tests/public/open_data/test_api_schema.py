"""The API is what its OpenAPI says: questions good and bad, made of the document itself, and the document is valid."""

import re
import subprocess
import sys
from pathlib import Path

import jsonschema_rs
from flask.testing import FlaskClient

from dashboard.public.api import ENDPOINTS, OPENAPI

EACH = "25"  # questions of each address, besides those that the corners of the document make
LEAST = 300  # questions in all
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
