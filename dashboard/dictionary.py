"""The dictionary in words: what kinds, privacy classes, directions and windows are called.

Indicators and contracts describe themselves; here is only what their vocabulary is called in both languages.
"""

from dashboard import format as fmt
from dashboard.indicator import Better, Indicator, Unit, Window
from etl.cities import City
from etl.contract import AgeBand, Band, Column, Grid, Kind, Privacy, Pseudonym
from etl.text import Text

KINDS = {
    Kind.TEXT: Text("teks", "text"),
    Kind.CATEGORY: Text("kategori", "category"),
    Kind.IDENTIFIER: Text("nomor pengenal", "identifier"),
    Kind.INTEGER: Text("bilangan bulat", "whole number"),
    Kind.DECIMAL: Text("bilangan desimal", "decimal number"),
    Kind.MONEY: Text("rupiah", "rupiah"),
    Kind.DATE: Text("tanggal kota", "day of the city"),
    Kind.TIMESTAMP: Text("waktu", "moment"),
    Kind.BOOLEAN: Text("ya atau tidak", "yes or no"),
    Kind.AREA: Text("kode wilayah Kemendagri", "Kemendagri area code"),
}
CLASSES = {
    Privacy.P0: Text("P0 · publik", "P0 · public"),
    Privacy.P1: Text("P1 · internal", "P1 · internal"),
    Privacy.P2: Text("P2 · pribadi", "P2 · personal"),
    Privacy.P3: Text("P3 · pribadi spesifik", "P3 · personal-specific"),
}
DIRECTIONS = {
    Better.MORE: Text("makin tinggi makin baik", "higher is better"),
    Better.LESS: Text("makin rendah makin baik", "lower is better"),
    Better.NEITHER: Text("tidak dinilai baik atau buruk", "neither way is called better"),
}
WINDOWS = {
    Window.PERIOD: Text("semua hari yang dipilih", "all chosen days"),
    Window.WEEK: Text("tujuh hari terakhir", "the last seven days"),
    Window.MONTH: Text("bulan berjalan", "the month so far"),
    Window.MOMENT: Text("keadaan pada akhir pilihan", "the state at the end of the choice"),
    Window.KNOWN: Text("menurut laporan terakhir", "by the latest report"),
}
DERIVATIONS = {
    Pseudonym: Text("nama samaran berkunci dari", "keyed pseudonym of"),
    Grid: Text("petak sekitar 500 m dari", "cell of about 500 m of"),
    AgeBand: Text("kelompok sepuluh tahun dari", "ten-year band of"),
    Band: Text("kata yang lebih umum untuk", "wider word for"),
}


def derivation(column: Column) -> Text:
    """How we make a column from another one; empty for a column that is delivered."""
    if column.derived is None:
        return Text("", "")
    how, of = DERIVATIONS[type(column.derived)], column.derived.of
    return Text(f"{how.id} {of}", f"{how.en} {of}")


def publication(column: Column) -> Text:
    """Whether a column may ever be published, and how."""
    if not column.readable_by_web:
        return Text("tidak pernah diterbitkan", "never published")
    if column.privacy is Privacy.P0:
        return Text("boleh diterbitkan", "may be published")
    return Text("hanya sebagai jumlah, setelah pengendalian", "only as totals, after disclosure control")


def aims(indicator: Indicator, cities: tuple[City, ...]) -> list[Text]:
    """The target of every city that has one: ``Samarinda ≤ 6 menit``."""
    return [_aim(indicator, city, aim) for city in cities if (aim := indicator.target(city)) is not None]


def _aim(indicator: Indicator, city: City, aim: float) -> Text:
    sign = "≥" if indicator.better is Better.MORE else "≤"
    return Text(*(f"{city.short_name} {sign} {_amount(indicator.unit, aim, language)}" for language in ("id", "en")))


def _amount(unit: Unit, value: float, language: str) -> str:
    shown = fmt.figure(value, unit, language)
    return shown if unit in (Unit.RUPIAH, Unit.PERCENT) else f"{shown} {unit.value.say(language)}"
