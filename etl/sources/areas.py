"""Wilayah: the administrative areas of a city, by Kemendagri code."""

from etl.contract import Column, Contract, Kind, Privacy
from etl.rules import AtLeast, Matches, OneOf
from etl.text import Text

CODE = Matches(
    r"\d{2}\.\d{2}(\.\d{2}(\.\d{4})?)?",
    Text("kode Kemendagri PP.KK[.DD[.VVVV]]", "a Kemendagri code PP.KK[.DD[.VVVV]]"),
)

CONTRACT = Contract(
    name="areas",
    title=Text("Wilayah", "Areas"),
    meaning=Text(
        "Kota, kecamatan, kelurahan dan desa dengan kode Kemendagri dan penduduknya",
        "City, districts (kecamatan), wards (kelurahan) and villages (desa) with their code and population",
    ),
    grain=Text("satu wilayah", "one area"),
    key=("area_code",),
    privacy=Privacy.P0,
    columns=(
        Column(
            "area_code",
            Kind.TEXT,
            Text(
                "Kode Kemendagri; awalan kodenya adalah wilayah induknya", "Kemendagri code; its prefix is its parent"
            ),
            required=True,
            rules=(CODE,),
            privacy=Privacy.P0,
        ),
        Column(
            "level",
            Kind.CATEGORY,
            Text("Tingkat wilayah", "Level of the area"),
            required=True,
            rules=(OneOf(("city", "kecamatan", "kelurahan", "desa")),),
            privacy=Privacy.P0,
        ),
        Column("name", Kind.TEXT, Text("Nama resmi", "Official name"), required=True, privacy=Privacy.P0),
        Column("parent_code", Kind.TEXT, Text("Kode wilayah induk", "Code of the parent area"), privacy=Privacy.P0),
        Column(
            "population",
            Kind.INTEGER,
            Text("Jumlah penduduk", "Population"),
            unit="orang",
            rules=(AtLeast(0),),
            privacy=Privacy.P0,
        ),
        Column(
            "population_year",
            Kind.INTEGER,
            Text("Tahun angka penduduk", "Year of the population figure"),
            privacy=Privacy.P0,
        ),
        Column(
            "population_source",
            Kind.TEXT,
            Text("Sumber angka penduduk", "Source of the population figure"),
            privacy=Privacy.P0,
        ),
    ),
)
