"""ASN: the civil servants of a city. Personal: the web's role reads pseudonyms only."""

from etl.contract import Column, Contract, Kind, Privacy, Pseudonym
from etl.rules import NIK, NIP, OneOf
from etl.text import Text

CONTRACT = Contract(
    name="civil_servants",
    title=Text("ASN", "Civil servants (ASN)"),
    meaning=Text("Aparatur sipil negara menurut OPD dan unit", "Civil servants by agency and unit"),
    grain=Text("satu orang ASN", "one civil servant"),
    key=("nip",),
    privacy=Privacy.P2,
    revision="updated_at",
    columns=(
        Column(
            "nip",
            Kind.IDENTIFIER,
            Text(
                "Nomor induk pegawai; memuat tanggal lahir dan jenis kelamin",
                "Civil-servant number; holds birth date and sex",
            ),
            required=True,
            rules=(NIP,),
            privacy=Privacy.P2,
        ),
        Column(
            "buyer",
            Kind.TEXT,
            Text("Nama samaran ASN", "Pseudonym of the civil servant"),
            derived=Pseudonym("nip", "asn"),
        ),
        Column(
            "nik",
            Kind.IDENTIFIER,
            Text("NIK, bila sistem kepegawaian memilikinya", "NIK, where the personnel system has it"),
            rules=(NIK,),
            privacy=Privacy.P2,
        ),
        Column(
            "recipient",
            Kind.TEXT,
            Text(
                "Nama samaran yang sama dengan penerima bansos; hanya untuk pemeriksaan silang",
                "The same pseudonym as an aid recipient's; for cross-checks only",
            ),
            derived=Pseudonym("nik", "bansos"),
            privacy=Privacy.P2,  # readable, it would join who buys with who is aided
        ),
        Column(
            "shop_owner",
            Kind.TEXT,
            Text(
                "Nama samaran yang sama dengan pemilik toko; hanya untuk pemeriksaan silang",
                "The same pseudonym as a shop owner's; for cross-checks only",
            ),
            derived=Pseudonym("nik", "owner"),
            privacy=Privacy.P2,  # readable, it would join who buys with who sells
        ),
        Column("name", Kind.TEXT, Text("Nama", "Name"), required=True, privacy=Privacy.P2),
        Column("agency_code", Kind.TEXT, Text("Kode OPD", "Agency code"), required=True, dimension=True),
        Column("unit", Kind.TEXT, Text("Unit kerja", "Unit")),
        Column("grade", Kind.CATEGORY, Text("Golongan ruang", "Grade")),
        Column("post", Kind.CATEGORY, Text("Jabatan", "Post")),
        Column(
            "status",
            Kind.CATEGORY,
            Text("Keadaan: aktif, cuti, pensiun", "State: active, on leave, retired"),
            required=True,
            rules=(OneOf(("active", "leave", "retired")),),
        ),
        Column("retired_on", Kind.DATE, Text("Tanggal pensiun", "Day of retirement")),
        Column("updated_at", Kind.TIMESTAMP, Text("Waktu perubahan terakhir", "Last change upstream")),
    ),
)
