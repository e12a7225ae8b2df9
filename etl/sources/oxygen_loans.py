"""Peminjaman tabung oksigen (Oksimas): one row per loan to a patient. Health data: who borrows is P3."""

from etl.contract import Column, Contract, Kind, Privacy, Pseudonym
from etl.rules import AtLeast, NotAfterNow, OneOf
from etl.text import Text

CONTRACT = Contract(
    name="oxygen_loans",
    title=Text("Peminjaman oksigen", "Oxygen loans"),
    meaning=Text("Tabung oksigen yang dipinjamkan kepada pasien", "Oxygen cylinders lent to patients"),
    grain=Text("satu peminjaman", "one loan"),
    key=("loan_id",),
    privacy=Privacy.P3,
    time="lent_at",
    area="area_code",
    revision="updated_at",
    columns=(
        Column("loan_id", Kind.TEXT, Text("Nomor peminjaman", "Loan number"), required=True),
        Column(
            "borrower_ref",
            Kind.TEXT,
            Text("Kode peminjam", "Code of the borrower"),
            required=True,
            privacy=Privacy.P3,
        ),
        Column(
            "borrower",
            Kind.TEXT,
            Text("Nama samaran peminjam", "Pseudonym of the borrower"),
            derived=Pseudonym("borrower_ref", "oxygen"),
        ),
        Column(
            "area_code", Kind.AREA, Text("Kelurahan peminjam", "Ward of the borrower"), required=True, dimension=True
        ),
        Column(
            "cylinders",
            Kind.INTEGER,
            Text("Jumlah tabung", "Number of cylinders"),
            unit="tabung",
            required=True,
            rules=(AtLeast(1),),
        ),
        Column(
            "lent_at",
            Kind.TIMESTAMP,
            Text("Waktu dipinjam", "When it was lent"),
            required=True,
            rules=(NotAfterNow(),),
        ),
        Column("due_on", Kind.DATE, Text("Harus kembali pada", "Due back on")),
        Column("returned_at", Kind.TIMESTAMP, Text("Waktu kembali", "When it came back")),
        Column(
            "status",
            Kind.CATEGORY,
            Text("Keadaan: dipinjam, kembali", "State: lent, returned"),
            required=True,
            rules=(OneOf(("lent", "returned")),),
            dimension=True,
        ),
        Column("updated_at", Kind.TIMESTAMP, Text("Waktu perubahan terakhir", "Last change upstream")),
    ),
)
