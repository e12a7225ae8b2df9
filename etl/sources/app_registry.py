"""Daftar aplikasi: every app that a city names. What is not published of an app stays empty."""

from etl.contract import Column, Contract, Kind, Privacy
from etl.rules import AtLeast
from etl.text import Text

CONTRACT = Contract(
    name="app_registry",
    title=Text("Daftar aplikasi", "App registry"),
    meaning=Text("Aplikasi pemerintah kota dan pemakaiannya", "The apps of the city government and their use"),
    grain=Text("satu aplikasi", "one app"),
    key=("app",),
    privacy=Privacy.P1,
    revision="updated_at",
    columns=(
        Column("app", Kind.TEXT, Text("Nama aplikasi", "Name of the app"), required=True),
        Column("agency_code", Kind.TEXT, Text("OPD pemilik", "Owning agency"), dimension=True),
        Column(
            "sector",
            Kind.CATEGORY,
            Text("Sektor; kosong bila tidak diumumkan", "Sector; empty when not published"),
            dimension=True,
        ),
        Column(
            "purpose",
            Kind.TEXT,
            Text("Fungsi yang diumumkan; kosong bila tidak diumumkan", "Published function; empty when not published"),
        ),
        Column("link", Kind.TEXT, Text("Alamat", "Address")),
        Column("last_seen_at", Kind.TIMESTAMP, Text("Terakhir terlihat aktif", "Last seen alive")),
        Column("users", Kind.INTEGER, Text("Jumlah pengguna", "Number of users"), unit="orang", rules=(AtLeast(0),)),
        Column("updated_at", Kind.TIMESTAMP, Text("Waktu perubahan terakhir", "Last change upstream")),
    ),
)
