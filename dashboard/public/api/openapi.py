"""The OpenAPI 3.1 of the API, made of the declarations that answer it."""

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from dashboard.public.api.endpoint import Endpoint
from dashboard.public.api.parameters import Parameter
from dashboard.public.api.problems import MEDIA_TYPE, TITLES, ProblemTold
from etl.text import Text

Told = dict[str, Any]
TITLE = Text("API data terbuka Pantau", "Open data API of Pantau")
SAYS = Text(
    "Data kota yang diterbitkan dalam rilis bernomor, setelah pengendalian pengungkapan. Saringan memilih baris yang "
    "terbit, tidak pernah menjumlah. Tersembunyi, nol dan tidak ada data adalah tiga hal yang berbeda: lihat "
    "<ukuran>_flag.",
    "Data of cities as published in numbered releases, after disclosure control. Filters pick published rows and never "
    "add up. Hidden, zero and missing are three different things: see <measure>_flag.",
)
HEADERS = {
    "ETag": Text("Sidik isi jawaban", "Fingerprint of the answer"),
    "RateLimit": Text("Sisa permintaan", "Requests left"),
    "RateLimit-Policy": Text("Batas permintaan", "Limit of requests"),
}
OF_PAGES = {
    "Link": Text("Bagian lain dari daftar ini (RFC 8288)", "Other parts of this list (RFC 8288)"),
    "X-Total-Count": Text("Banyaknya baris seluruhnya", "Number of rows in all"),
}
REFUSALS = (400, 404, 406, 429)


def openapi(endpoints: Iterable[Endpoint], base: str, language: str) -> Told:
    """The whole document, in one language."""
    told = list(endpoints)
    structs = [*dict.fromkeys(one.gives for one in told), ProblemTold]
    _, schemas = msgspec.json.schema_components(structs, ref_template="#/components/schemas/{name}")
    return {
        "openapi": "3.1.0",
        "info": {"title": TITLE.say(language), "version": "1", "description": SAYS.say(language)},
        "servers": [{"url": base}],
        "paths": {one.path: {"get": _operation(one, language)} for one in told},
        "components": {
            "schemas": schemas,
            "responses": {str(status): _refusal(status, language) for status in REFUSALS},
        },
    }


def _operation(endpoint: Endpoint, language: str) -> Told:
    return {
        "operationId": endpoint.name,
        "summary": endpoint.says.say(language),
        "parameters": [_parameter(one, endpoint.path, language) for one in endpoint.parameters],
        "responses": {
            "200": {
                "description": endpoint.says.say(language),
                "headers": {name: _header(says, language) for name, says in _headers(endpoint).items()},
                "content": _content(endpoint),
            },
            "304": {"description": Text("Tidak berubah", "Not modified").say(language)},
            **{str(status): {"$ref": f"#/components/responses/{status}"} for status in REFUSALS},
        },
    }


def _content(endpoint: Endpoint) -> Told:
    name = endpoint.gives.__name__
    json = {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}
    return json | ({"text/csv": {"schema": {"type": "string"}}} if endpoint.has_csv else {})


def _headers(endpoint: Endpoint) -> dict[str, Text]:
    return HEADERS | (OF_PAGES if endpoint.has_pages else {})


def _header(says: Text, language: str) -> Told:
    return {"description": says.say(language), "schema": {"type": "string"}}


def _parameter(parameter: Parameter, path: str, language: str) -> Told:
    in_path = parameter.name in re.findall(r"{(\w+)}", path)
    schema = dict(parameter.form.schema)
    if parameter.usual is not None:
        schema["default"] = parameter.usual
    if parameter.many:
        schema = {"type": "array", "items": schema, "minItems": 1}
    told = {
        "name": parameter.name,
        "in": "path" if in_path else "query",
        "required": in_path,
        "description": parameter.says.say(language),
        "schema": schema,
    }
    return told | ({"style": "form", "explode": not parameter.joined} if parameter.many else {})


def _refusal(status: int, language: str) -> Told:
    return {
        "description": TITLES[status].say(language),
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemTold"}}},
    }
