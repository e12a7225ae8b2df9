"""What is to be known of a published table, as data: in the terms of Satu Data (Perpres 39/2019), in both languages.

The JSON files, the schemas and the API tell the same structures, so that they cannot say different things.
"""

import datetime as dt
from collections.abc import Iterable

import msgspec

from dashboard.calendar import Step
from dashboard.format import day
from dashboard.public.columns import NAMES, Beside, Field, fields, words_of
from dashboard.words import Words
from etl.bundle import About, Kind, Manifest, Source
from etl.text import Text

LICENCES = {"CC BY 4.0": "https://creativecommons.org/licenses/by/4.0/"}
TYPES = {  # names of Frictionless Table Schema
    **dict.fromkeys(NAMES, "string"),
    **dict.fromkeys((Kind.PERIOD, Kind.DATE), "date"),
    **dict.fromkeys((Kind.RUPIAH, Kind.PERCENT, Kind.RATE, Kind.MINUTES, Kind.HOURS), "number"),
    Kind.COUNT: "integer",
}
STEPS = {
    Step.DAY: Text("hari kota", "day of the city"),
    Step.WEEK: Text("pekan Senin–Minggu, menurut hari pertamanya", "week Monday–Sunday, by its first day"),
    Step.EPIDEMIC_WEEK: Text("pekan Sabtu–Jumat, menurut hari pertamanya", "week Saturday–Friday, by its first day"),
    Step.MONTH: Text("bulan kalender, menurut hari pertamanya", "calendar month, by its first day"),
}
MEASURES = {
    Kind.COUNT: Text("cacah", "count"),
    Kind.RUPIAH: Text("nilai uang", "amount of money"),
    Kind.PERCENT: Text("persentase", "percentage"),
    Kind.RATE: Text("angka per penduduk", "rate per people"),
    Kind.MINUTES: Text("lama waktu", "duration"),
    Kind.HOURS: Text("lama waktu", "duration"),
}
UNCLASSIFIED = Text("tidak diklasifikasi", "not classified")
ADMINISTRATIVE = Text(
    "wilayah administrasi pemerintahan: kota, kecamatan, kelurahan, desa",
    "administrative areas: city, kecamatan, kelurahan, desa",
)
KEMENDAGRI = Text("Kode wilayah Kementerian Dalam Negeri", "Area codes of the Ministry of Home Affairs")
NONE = Text("–", "–")
PEOPLE = Text(
    "Cacah di bawah 10, nol juga, tidak ditulis dan bertanda below_10; selebihnya dibulatkan ke kelipatan 5. Jumlah, "
    "angka per penduduk dan persen berasal dari cacah yang sudah dibulatkan.",
    "Counts under 10, zero included, are not written and are flagged below_10; the rest are rounded to multiples of 5. "
    "Sums, rates and percentages come of the rounded counts.",
)
SIMULATED = Text("SIMULASI", "SIMULATED")


class Named(msgspec.Struct, frozen=True):
    """One of the few values of a column, and what it is called."""

    value: str
    title: Words


class Standard(msgspec.Struct, frozen=True, kw_only=True):
    """The standard of Satu Data: konsep, definisi, klasifikasi, ukuran, satuan, kode referensi."""

    concept: Words
    definition: Words
    classification: Words
    measure: Words
    unit: Words
    reference_code: Words


class FieldTold(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One column as it stands in every format."""

    name: str
    type: str
    title: Words
    standard: Standard
    formula: Words | None = None
    indicator: str = ""
    better: str = "neither"
    values: tuple[Named, ...] = ()


class SourceTold(msgspec.Struct, frozen=True, kw_only=True):
    """Where figures come from, its owner (produsen data), and up to when it was known."""

    name: str
    title: Words
    owner: str
    licence: str
    fresh_at: dt.datetime | None
    simulated: bool


class TableTold(msgspec.Struct, frozen=True, kw_only=True):
    """A published table: everything but its rows."""

    name: str
    subject: str
    title: Words
    description: Words
    row: Words
    limits: Words
    step: str
    levels: tuple[str, ...]
    key: tuple[str, ...]
    producers: tuple[str, ...]
    custodian: str
    sources: tuple[SourceTold, ...]
    fresh_at: dt.datetime | None
    licence: str
    citation: Words
    columns: tuple[FieldTold, ...]


def words(text: Text) -> Words:
    """A text as data."""
    return Words(*text)


def table_told(manifest: Manifest, about: About) -> TableTold:
    """What a release says of one of its tables."""
    sources = sources_of(manifest, about)
    return TableTold(
        name=about.name,
        subject=about.subject,
        title=words(about.title),
        description=words(description(about)),
        row=words(about.grain),
        limits=words(about.limits),
        step=about.step,
        levels=about.levels,
        key=about.key,
        producers=producers(sources),
        custodian=manifest.custodian,
        sources=tuple(source_told(source) for source in sources),
        fresh_at=fresh_at(sources),
        licence=manifest.licence,
        citation=words(citation(manifest, about)),
        columns=tuple(field_told(about, field) for field in fields(about)),
    )


def field_told(about: About, field: Field) -> FieldTold:
    """One column of a table."""
    measure = field.column.measure and not field.beside
    return FieldTold(
        name=field.name,
        type=type_of(field),
        title=words(field.title),
        standard=standard(about, field),
        formula=words(field.column.formula) if measure else None,
        indicator=field.column.indicator if measure else "",
        better=field.column.better if measure else "neither",
        values=tuple(Named(value, words(title)) for value, title in words_of(field).items()),
    )


def standard(about: About, field: Field) -> Standard:
    """A column in the terms of Satu Data."""
    is_area = field.column.kind is Kind.AREA
    return Standard(
        concept=words(field.title),
        definition=words(field.meaning),
        classification=words(_classification(about, field)),
        measure=words(NONE if field.beside else MEASURES.get(field.column.kind, NONE)),
        unit=words(field.unit if any(field.unit) else NONE),
        reference_code=words(KEMENDAGRI if is_area else NONE),
    )


def _classification(about: About, field: Field) -> Text:
    if named := words_of(field):
        return Text("; ".join(str(title.id) for title in named.values()), "; ".join(t.en for t in named.values()))
    if field.column.kind is Kind.AREA:
        return ADMINISTRATIVE
    return STEPS[Step(about.step)] if field.column.kind is Kind.PERIOD else UNCLASSIFIED


def type_of(field: Field) -> str:
    """The type of a field, as Table Schema calls it."""
    return "string" if field.beside else TYPES[field.column.kind]


def is_required(about: About, field: Field) -> bool:
    """Whether every row has a value there: keys and flags do, a measure may be hidden or missing."""
    return field.beside is Beside.FLAG or field.column.key in about.key


def description(about: About) -> Text:
    """What a table is, with what is done to counts of people."""
    if not about.people:
        return about.meaning
    return Text(f"{_sentence(about.meaning.id)} {PEOPLE.id}", f"{_sentence(about.meaning.en)} {PEOPLE.en}")


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def sources_of(manifest: Manifest, about: About) -> tuple[Source, ...]:
    """The sources that a table stands on."""
    return tuple(source for source in manifest.sources if source.name in about.sources)


def source_told(source: Source) -> SourceTold:
    """A source as data."""
    return SourceTold(
        name=source.name,
        title=words(source.title),
        owner=source.owner,
        licence=source.licence,
        fresh_at=source.fresh_at,
        simulated=source.simulated,
    )


def producers(sources: Iterable[Source]) -> tuple[str, ...]:
    """Their owners, each once."""
    return tuple(dict.fromkeys(source.owner for source in sources))


def fresh_at(sources: Iterable[Source]) -> dt.datetime | None:
    """A table is as fresh as its oldest source; None when one of them never said anything."""
    moments = [source.fresh_at for source in sources]
    known = [moment for moment in moments if moment is not None]
    return min(known) if known and len(known) == len(moments) else None


def citation(manifest: Manifest, about: About, address: str = "") -> Text:
    """How to cite a table of a release; with an address where one is known."""
    return Text(*(_citation(manifest, about, address, language) for language in ("id", "en")))


def _citation(manifest: Manifest, about: About, address: str, language: str) -> str:
    release = Text("Rilis", "Release").say(language)
    parts = [
        manifest.custodian,
        f"{about.title.say(language)} ({about.name}), {manifest.city_name}",
        f"{release} {manifest.number}, {day(manifest.made_at, language)}",
        address,
        manifest.licence,
        SIMULATED.say(language) if manifest.simulated else "",
    ]
    return ". ".join(filter(None, parts)) + "."
