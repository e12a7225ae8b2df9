"""The OpenAPI 3.1 of the API, made of the declarations that answer it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
UNCHANGED = Text("Tidak berubah", "Not modified")
REFUSALS = (400, 404, 406, 414, 429)
SCHEMAS = "#/components/schemas/"


@dataclass(frozen=True)
class Writer:
    """Writes the document in one language; ``examples`` are values of parameters that there are on this site."""

    language: str
    examples: Mapping[str, Sequence[str]]

    def document(self, endpoints: Sequence[Endpoint], home: str) -> Told:
        """The whole of it."""
        structs = [*dict.fromkeys(one.gives for one in endpoints), ProblemTold]
        _, schemas = msgspec.json.schema_components(structs, ref_template=f"{SCHEMAS}{{name}}")
        return {
            "openapi": "3.1.0",
            "info": {"title": self.say(TITLE), "version": "1", "description": self.say(SAYS)},
            "servers": [{"url": home}],
            "paths": {one.path: {"get": self.operation(one)} for one in endpoints},
            "components": {"schemas": schemas, "responses": {str(one): self.refusal(one) for one in REFUSALS}},
        }

    def say(self, text: Text) -> str:
        return text.say(self.language)

    def operation(self, endpoint: Endpoint) -> Told:
        """What one address answers."""
        headers = HEADERS | (OF_PAGES if endpoint.has_pages else {})
        answer = {
            "description": self.say(endpoint.says),
            "headers": {name: _header(self.say(says)) for name, says in headers.items()},
            "content": _content(endpoint),
        }
        refusals = {str(status): {"$ref": f"#/components/responses/{status}"} for status in REFUSALS}
        return {
            "operationId": endpoint.name,
            "summary": self.say(endpoint.says),
            "parameters": [self.parameter(one, endpoint.path) for one in endpoint.parameters],
            "responses": {"200": answer, "304": {"description": self.say(UNCHANGED)}, **refusals},
        }

    def parameter(self, parameter: Parameter, path: str) -> Told:
        """One thing that may be asked."""
        in_path = parameter.name in re.findall(r"{(\w+)}", path)
        schema = dict(parameter.form.schema)
        if parameter.name in self.examples:
            schema["examples"] = list(self.examples[parameter.name])
        if parameter.usual is not None:
            schema["default"] = parameter.usual
        if parameter.many:
            schema = {"type": "array", "items": schema, "minItems": 1}
        told = {
            "name": parameter.name,
            "in": "path" if in_path else "query",
            "required": in_path,
            "description": self.say(parameter.says),
            "schema": schema,
        }
        return told | ({"style": "form", "explode": not parameter.joined} if parameter.many else {})

    def refusal(self, status: int) -> Told:
        """A question that is not answered."""
        content = {MEDIA_TYPE: {"schema": {"$ref": f"{SCHEMAS}{ProblemTold.__name__}"}}}
        return {"description": self.say(TITLES[status]), "content": content}


def _content(endpoint: Endpoint) -> Told:
    json = {"application/json": {"schema": {"$ref": f"{SCHEMAS}{endpoint.gives.__name__}"}}}
    return json | ({"text/csv": {"schema": {"type": "string"}}} if endpoint.has_csv else {})


def _header(says: str) -> Told:
    return {"description": says, "schema": {"type": "string"}}
