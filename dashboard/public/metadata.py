"""What is published, for catalogues: DCAT 3 as JSON-LD for portals, schema.org Dataset for search engines.

``/katalog.jsonld`` names every city, ``/<city>/katalog.jsonld`` the tables of its newest release. The page of a table
puts ``markup`` into its head.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any

import msgspec
from flask import Flask, Response, abort
from markupsafe import Markup

from dashboard.calendar import DAY, Step, after
from dashboard.public import described
from dashboard.public.columns import unit_of
from dashboard.public.files import DATA, PACKAGE
from dashboard.public.origin import base
from dashboard.public.package import MEDIA_TYPES
from dashboard.public.wire import FOR_A_WHILE, wired
from etl.bundle import About, Bundle, NoRelease, Shelf
from etl.text import Text

LD_JSON = "application/ld+json"
CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "spdx": "http://spdx.org/rdf/terms#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
RESOLUTIONS = {Step.DAY: "P1D", Step.WEEK: "P7D", Step.EPIDEMIC_WEEK: "P7D", Step.MONTH: "P1M"}
DAILY = "http://publications.europa.eu/resource/authority/frequency/DAILY"
SHA256 = "http://spdx.org/rdf/terms#checksumAlgorithm_sha256"
MEDIA = "https://www.iana.org/assignments/media-types/"
ALL = Text("Data terbuka kota", "Open data of cities")
Told = dict[str, Any]


def register(app: Flask, shelf: Shelf) -> None:
    """Answer the catalogues on ``app``."""

    def every() -> Response:
        return _answer(catalogue(base(), shelf))

    def of_city(city: str) -> Response:
        try:
            bundle = shelf.bundle(city)
        except NoRelease:
            abort(404)
        return _answer(city_catalogue(base(), bundle))

    app.add_url_rule("/katalog.jsonld", "metadata.every", every)
    app.add_url_rule("/<city>/katalog.jsonld", "metadata.of_city", of_city)


def _answer(told: Told) -> Response:
    return wired(msgspec.json.encode(told), LD_JSON, FOR_A_WHILE)


# DCAT 3


def catalogue(home: str, shelf: Shelf) -> Told:
    """The catalogue of all cities."""
    bundles = [shelf.bundle(city) for city in shelf.cities()]
    return {
        "@context": CONTEXT,
        "@id": f"{home}/katalog.jsonld",
        "@type": "dcat:Catalog",
        "dct:title": _both(ALL),
        "foaf:homepage": {"@id": f"{home}/"},
        "dcat:catalog": [_city(home, bundle) for bundle in bundles],
    }


def city_catalogue(home: str, bundle: Bundle) -> Told:
    """The catalogue of one city."""
    return {"@context": CONTEXT, **_city(home, bundle)}


def _city(home: str, bundle: Bundle) -> Told:
    manifest = bundle.manifest
    name = Text(f"Data terbuka {manifest.city_name}", f"Open data of {manifest.city_name}")
    return {
        "@id": f"{home}/{manifest.city}/katalog.jsonld",
        "@type": "dcat:Catalog",
        "dct:title": _both(name),
        "dct:publisher": _agent(manifest.custodian),
        "dct:license": _licence(manifest.licence),
        "dct:modified": _typed(manifest.made_at, "dateTime"),
        "dct:language": ["id", "en"],
        "dct:spatial": _place(bundle),
        "foaf:homepage": {"@id": f"{home}/{manifest.city}"},
        "dcat:service": _service(home),
        "dcat:dataset": [_dataset(home, bundle, about) for about in manifest.tables],
    }


def _service(home: str) -> Told:
    return {
        "@id": f"{home}/api/v1",
        "@type": "dcat:DataService",
        "dct:title": "API",
        "dcat:endpointURL": {"@id": f"{home}/api/v1"},
        "dcat:endpointDescription": {"@id": f"{home}/api/v1/openapi.json"},
    }


def _dataset(home: str, bundle: Bundle, about: About) -> Told:
    manifest = bundle.manifest
    sources = described.sources_of(manifest, about)
    told = {
        "@id": f"{home}/{manifest.city}/data#{about.name}",
        "@type": "dcat:Dataset",
        "dct:identifier": f"{manifest.city_code}/{about.name}",
        "dct:title": _both(about.title),
        "dct:description": _both(described.description(about)),
        "dcat:keyword": [about.subject, manifest.city_name],
        "dct:creator": [_agent(owner) for owner in described.producers(sources)],
        "dct:publisher": _agent(manifest.custodian),
        "dct:license": _licence(manifest.licence),
        "dct:bibliographicCitation": _both(described.citation(manifest, about, _page(home, bundle, about))),
        "dcat:version": str(manifest.number),
        "dct:issued": _typed(manifest.made_at, "dateTime"),
        "dct:accrualPeriodicity": {"@id": DAILY},
        "dct:spatial": _place(bundle),
        "dcat:landingPage": {"@id": _page(home, bundle, about)},
        "dct:conformsTo": {"@id": f"{_folder(home, bundle)}/{about.name}.schema.json"},
        "dcat:distribution": [_distribution(home, bundle, about, name) for name in _files(bundle, about)],
    }
    return told | dict(_times(bundle, about))


def _times(bundle: Bundle, about: About) -> Iterator[tuple[str, Any]]:
    if fresh := described.fresh_at(described.sources_of(bundle.manifest, about)):
        yield "dct:modified", _typed(fresh, "dateTime")
    if about.step:
        yield "dcat:temporalResolution", _typed(RESOLUTIONS[Step(about.step)], "duration")
    if days := covered(bundle, about):
        first, last = (_typed(day, "date") for day in days)
        yield "dct:temporal", {"@type": "dct:PeriodOfTime", "dcat:startDate": first, "dcat:endDate": last}


def _distribution(home: str, bundle: Bundle, about: About, name: str) -> Told:
    address = f"{_folder(home, bundle)}/{name}"
    return {
        "@id": address,
        "@type": "dcat:Distribution",
        "dct:title": name,
        "dcat:accessURL": {"@id": _page(home, bundle, about)},
        "dcat:downloadURL": {"@id": address},
        "dcat:mediaType": {"@id": MEDIA + MEDIA_TYPES[PurePosixPath(name).suffix]},
        "dcat:byteSize": _typed(_size(bundle, name), "nonNegativeInteger"),
        "dct:license": _licence(bundle.manifest.licence),
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": SHA256},
            "spdx:checksumValue": bundle.manifest.files[f"{DATA}/{name}"],
        },
    }


def _both(text: Text) -> list[Told]:
    return [{"@value": text.id, "@language": "id"}, {"@value": text.en, "@language": "en"}]


def _typed(value: object, kind: str) -> Told:
    said = value.isoformat() if isinstance(value, dt.date) else str(value)
    return {"@value": said, "@type": f"xsd:{kind}"}


def _agent(name: str) -> Told:
    return {"@type": "foaf:Organization", "foaf:name": name}


def _licence(name: str) -> Told:
    known = described.LICENCES.get(name)
    return {"@id": known} if known else {"@type": "dct:LicenseDocument", "dct:title": name}


def _place(bundle: Bundle) -> Told:
    return {
        "@type": "dct:Location",
        "dct:identifier": bundle.manifest.city_code,
        "dct:title": bundle.manifest.city_name,
    }


# Addresses, files, times


def _folder(home: str, bundle: Bundle) -> str:
    return f"{home}/{bundle.manifest.city}/rilis/{bundle.manifest.number}/{DATA}"


def _page(home: str, bundle: Bundle, about: About) -> str:
    return f"{home}/{bundle.manifest.city}/{DATA}#{about.name}"


def _files(bundle: Bundle, about: About) -> Iterator[str]:
    """The names of a table's files but its schema."""
    names = (f"{about.name}{ending}" for ending in MEDIA_TYPES)
    return (name for name in names if (bundle.folder / DATA / name).is_file())


@lru_cache(maxsize=1024)
def _size(bundle: Bundle, name: str) -> int:
    return (bundle.folder / DATA / name).stat().st_size


def covered(bundle: Bundle, about: About) -> tuple[dt.date, dt.date] | None:
    """The first and the last day that a table tells of; None for one that tells a state."""
    periods = _packaged(bundle).get(about.name, {}).get("periods")
    if not periods:
        return None
    first, last = map(dt.date.fromisoformat, periods)
    return first, after(last, Step(about.step)) - DAY


@lru_cache(maxsize=64)
def _packaged(bundle: Bundle) -> Mapping[str, Told]:
    """What the package of a release says of each table; nothing where it was made without one."""
    if not (bundle.folder / DATA / PACKAGE).is_file():
        return {}
    package = msgspec.json.decode((bundle.folder / DATA / PACKAGE).read_bytes())
    return {resource["name"]: resource for resource in package["resources"]}


# schema.org


def markup(home: str, bundle: Bundle, about: About, language: str) -> Markup:
    """A table as schema.org Dataset, safe within a ``script`` of ``application/ld+json``."""
    text = msgspec.json.encode(schema_org(home, bundle, about, language)).decode()
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def schema_org(home: str, bundle: Bundle, about: About, language: str) -> Told:
    """A table in the words that search engines read."""
    manifest = bundle.manifest
    told = {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "@id": _page(home, bundle, about),
        "url": _page(home, bundle, about),
        "name": f"{about.title.say(language)}, {manifest.city_name}",
        "description": described.description(about).say(language),
        "identifier": f"{manifest.city_code}/{about.name}",
        "version": str(manifest.number),
        "datePublished": manifest.made_at,
        "license": described.LICENCES.get(manifest.licence, manifest.licence),
        "isAccessibleForFree": True,
        "creator": [
            {"@type": "Organization", "name": owner}
            for owner in described.producers(described.sources_of(manifest, about))
        ],
        "publisher": {"@type": "Organization", "name": manifest.custodian},
        "spatialCoverage": {"@type": "Place", "name": manifest.city_name, "identifier": manifest.city_code},
        "citation": described.citation(manifest, about, _page(home, bundle, about)).say(language),
        "includedInDataCatalog": {"@type": "DataCatalog", "@id": f"{home}/{manifest.city}/katalog.jsonld"},
        "variableMeasured": list(_variables(about, language)),
        "distribution": [_download(home, bundle, name) for name in _files(bundle, about)],
    }
    days = covered(bundle, about)
    return told | ({"temporalCoverage": f"{days[0]}/{days[1]}"} if days else {})


def _variables(about: About, language: str) -> Iterator[Told]:
    for column in about.measures:
        yield {
            "@type": "PropertyValue",
            "name": column.title.say(language),
            "description": column.meaning.say(language),
            "unitText": unit_of(column).say(language),
        }


def _download(home: str, bundle: Bundle, name: str) -> Told:
    return {
        "@type": "DataDownload",
        "contentUrl": f"{_folder(home, bundle)}/{name}",
        "encodingFormat": MEDIA_TYPES[PurePosixPath(name).suffix],
        "contentSize": str(_size(bundle, name)),
    }
