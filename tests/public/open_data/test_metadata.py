"""Metadata: DCAT 3 that reads as RDF and leads to the files, schema.org for the head of a page."""

import datetime as dt
import json
from hashlib import sha256
from urllib.parse import urlsplit

import msgspec
import pytest
from flask.testing import FlaskClient
from rdflib import RDF, Graph, Literal, Namespace, URIRef

from dashboard.public import metadata
from etl.bundle import Bundle, Shelf
from tests.public.bundles import ABOUTS, CITIES

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # the reader's own matter

HOME = "http://localhost"
DCAT, DCTERMS = Namespace("http://www.w3.org/ns/dcat#"), Namespace("http://purl.org/dc/terms/")
FOAF, XSD = Namespace("http://xmlns.com/foaf/0.1/"), Namespace("http://www.w3.org/2001/XMLSchema#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
NEEDED = {
    DCAT.Dataset: {
        *(DCTERMS["title"], DCTERMS.description, DCTERMS.identifier, DCTERMS.publisher, DCTERMS.creator),
        *(DCTERMS.license, DCTERMS.issued, DCTERMS.spatial, DCTERMS.conformsTo, DCTERMS.bibliographicCitation),
        *(DCTERMS.accrualPeriodicity, DCAT.version, DCAT.distribution, DCAT.landingPage, DCAT.keyword),
    },
    DCAT.Distribution: {
        *(DCAT.downloadURL, DCAT.accessURL, DCAT.mediaType, DCAT.byteSize, DCTERMS.license),
        SPDX.checksum,
    },
    DCAT.DataService: {DCAT.endpointURL, DCAT.endpointDescription},
    DCAT.Catalog: {DCTERMS["title"], FOAF.homepage},
}


def graph_of(client: FlaskClient, path: str) -> Graph:
    """The statements of a catalogue."""
    answer = client.get(path)
    assert (answer.status_code, answer.mimetype) == (200, "application/ld+json")
    return Graph().parse(data=answer.data, format="json-ld")


@pytest.fixture
def graph(client: FlaskClient) -> Graph:
    return graph_of(client, "/samarinda/katalog.jsonld")


def test_everything_has_what_dcat_wants(client: FlaskClient) -> None:
    graph = graph_of(client, "/katalog.jsonld")
    for kind, needed in NEEDED.items():
        there = set(graph.subjects(RDF.type, kind))
        assert there, kind
        for one in there:
            assert needed <= set(graph.predicates(one)), (one, needed - set(graph.predicates(one)))


def test_the_catalogue_of_all_names_every_city(client: FlaskClient) -> None:
    graph = graph_of(client, "/katalog.jsonld")
    cities = set(graph.objects(URIRef(f"{HOME}/katalog.jsonld"), DCAT.catalog))
    assert cities == {URIRef(f"{HOME}/{city}/katalog.jsonld") for city in CITIES}
    assert len(set(graph.subjects(RDF.type, DCAT.Dataset))) == len(CITIES) * len(ABOUTS)


def test_every_table_leads_to_its_files(client: FlaskClient, graph: Graph) -> None:
    catalogue = URIRef(f"{HOME}/samarinda/katalog.jsonld")
    tables = {f"{HOME}/samarinda/data#{about.name}" for about in ABOUTS}
    assert {str(one) for one in graph.objects(catalogue, DCAT.dataset)} == tables
    files = set(graph.subjects(RDF.type, DCAT.Distribution))
    assert {str(file).rpartition(".")[2] for file in files} == {"csv", "json", "xlsx", "parquet", "geojson"}
    for file in files:
        body = client.get(urlsplit(str(graph.value(file, DCAT.downloadURL))).path).data
        (checksum,) = graph.objects(file, SPDX.checksum)
        assert graph.value(checksum, SPDX.checksumValue) == Literal(sha256(body).hexdigest())
        assert graph.value(file, DCAT.byteSize) == Literal(str(len(body)), datatype=XSD.nonNegativeInteger)
    for schema in graph.objects(None, DCTERMS.conformsTo):
        assert client.get(urlsplit(str(schema)).path).status_code == 200


def test_texts_are_in_both_languages(graph: Graph) -> None:
    for table in graph.subjects(RDF.type, DCAT.Dataset):
        for what in (DCTERMS["title"], DCTERMS.description, DCTERMS.bibliographicCitation):
            assert {text.language for text in graph.objects(table, what)} == {"id", "en"}


def test_who_made_it_who_keeps_it_where_and_when(graph: Graph) -> None:
    table = URIRef(f"{HOME}/samarinda/data#corona_area_week")
    assert graph.value(graph.value(table, DCTERMS.creator), FOAF.name) == Literal("Dinas Kesehatan")
    keeper = graph.value(graph.value(table, DCTERMS.publisher), FOAF.name)
    assert keeper == Literal("Dinas Komunikasi dan Informatika")
    assert graph.value(graph.value(table, DCTERMS.spatial), DCTERMS.identifier) == Literal("64.72")
    time = graph.value(table, DCTERMS.temporal)
    days = [graph.value(time, one) for one in (DCAT.startDate, DCAT.endDate)]
    assert days == [Literal(day, datatype=XSD.date) for day in ("2026-08-01", "2026-09-25")]
    assert graph.value(table, DCTERMS.license) == URIRef("https://creativecommons.org/licenses/by/4.0/")
    assert graph.value(table, DCTERMS.modified).toPython() == dt.datetime(2026, 9, 25, 23, 5, tzinfo=dt.UTC)
    assert graph.value(URIRef(f"{HOME}/samarinda/data#rencana_actions"), DCTERMS.temporal) is None
    never = URIRef(f"{HOME}/samarinda/data#darurat_arrival_month")  # its source never said how far it knows
    assert graph.value(never, DCTERMS.modified) is None


def test_a_city_without_a_release_has_no_catalogue(client: FlaskClient) -> None:
    assert client.get("/banyumas/katalog.jsonld").status_code == 404


def test_an_unknown_licence_is_named(shelf: Shelf) -> None:
    bundle = shelf.bundle("samarinda")
    other = Bundle(bundle.folder)
    other.__dict__["manifest"] = msgspec.structs.replace(bundle.manifest, licence="Lisensi Kota")
    told = metadata.city_catalogue(HOME, other)
    assert told["dct:license"] == {"@type": "dct:LicenseDocument", "dct:title": "Lisensi Kota"}


# schema.org


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("name", [about.name for about in ABOUTS])
def test_a_table_is_told_to_search_engines(shelf: Shelf, name: str, language: str) -> None:
    bundle = shelf.bundle("samarinda")
    about = bundle.tables[name]
    told = json.loads(metadata.markup(HOME, bundle, about, language))
    assert (told["@context"], told["@type"]) == ("https://schema.org", "Dataset")
    assert told["name"] == f"{about.title.say(language)}, Kota Samarinda"
    assert len(told["variableMeasured"]) == len(about.measures) and told["license"].startswith("https://")
    assert {file["encodingFormat"] for file in told["distribution"]} >= {"text/csv", "application/json"}
    assert ("temporalCoverage" in told) == bool(about.step)
    assert all(told[key] for key in ("description", "citation", "version", "publisher", "creator", "url"))


def test_the_markup_cannot_leave_its_script(shelf: Shelf) -> None:
    bundle = shelf.bundle("samarinda")
    title = type(bundle.tables["corona_day"].title)("</script><script>alert(1)</script> & co", "x")
    about = msgspec.structs.replace(bundle.tables["corona_day"], title=title)
    made = metadata.markup(HOME, bundle, about, "id")
    assert not set("<>&") & set(made) and json.loads(made)["name"].startswith("</script>")
