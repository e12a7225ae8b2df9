"""Belanja e-katalog lokal: what agencies bought from the local catalogue, without a tender. Public throughout."""

from etl.contract import Column, Contract, Kind, Privacy
from etl.rules import AtLeast
from etl.text import Text

CONTRACT = Contract(
    name="catalogue_purchases",
    title=Text("Belanja e-katalog lokal", "Local catalogue purchases"),
    meaning=Text(
        "Paket belanja OPD melalui e-katalog lokal", "Packages that agencies bought through the local catalogue"
    ),
    grain=Text("satu paket", "one package"),
    key=("package_id",),
    privacy=Privacy.P0,
    time="purchased_on",
    revision="updated_at",
    columns=(
        Column("package_id", Kind.TEXT, Text("Kode paket", "Package code"), required=True, privacy=Privacy.P0),
        Column(
            "agency_code",
            Kind.TEXT,
            Text("OPD pembeli", "Buying agency"),
            required=True,
            privacy=Privacy.P0,
            dimension=True,
        ),
        Column("supplier", Kind.TEXT, Text("Nama penyedia", "Name of the supplier"), required=True, privacy=Privacy.P0),
        Column(
            "merchant_id",
            Kind.TEXT,
            Text("Nomor pedagang bila penyedia ada di pasar daring", "Merchant number when on the marketplace"),
            privacy=Privacy.P0,
        ),
        Column(
            "is_umk",
            Kind.BOOLEAN,
            Text(
                "Penyedia usaha mikro, kecil atau koperasi", "The supplier is a micro or small firm or a co-operative"
            ),
            required=True,
            privacy=Privacy.P0,
        ),
        Column(
            "is_domestic",
            Kind.BOOLEAN,
            Text("Produk dalam negeri (PDN)", "Domestic product (PDN)"),
            required=True,
            privacy=Privacy.P0,
        ),
        Column(
            "value",
            Kind.MONEY,
            Text("Nilai paket", "Value of the package"),
            unit="Rp",
            required=True,
            rules=(AtLeast(0),),
            privacy=Privacy.P0,
        ),
        Column(
            "purchased_on", Kind.DATE, Text("Tanggal belanja", "Day of purchase"), required=True, privacy=Privacy.P0
        ),
        Column(
            "updated_at", Kind.TIMESTAMP, Text("Waktu perubahan terakhir", "Last change upstream"), privacy=Privacy.P0
        ),
    ),
)
