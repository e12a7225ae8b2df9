"""Banyumas: many files, newer apps as JSON services, PSC 119 and Isoman as tables with moments in Indonesian."""

import polars as pl

from simulator.exports import shape as s

HOURS = 7
CLOCK = "%d-%m-%Y %H:%M:%S"
LONG_CLOCK = "%d/%m/%Y %H:%M:%S"
DRIFT = {"Pengadegan": "Pangadegan"}
ORDER_STATES = {"pending": "Belum bayar", "paid": "Lunas", "cancelled": "Batal", "refunded": "Retur"}
BUYERS = {"asn": "ASN", "opd": "Perangkat daerah", "public": "Masyarakat"}
OUTCOMES = {
    "emergency": "Gawat darurat",
    "information": "Informasi",
    "prank": "Iseng",
    "ghost": "Tanpa suara",
    "abandoned": "Tidak terjawab",
    "ivr_lost": "Putus di IVR",
}
TRIAGE = {"red": "MERAH", "yellow": "KUNING", "green": "HIJAU", "black": "HITAM"}
GRANT_STATES = {"proposed": "diusulkan", "verified": "lolos verifikasi", "paid": "tersalur", "rejected": "ditolak"}
COMPLAINT_STATES = {
    "received": "DITERIMA",
    "in_progress": "DIPROSES",
    "done": "SELESAI",
    "rejected": "DITOLAK",
}
CASE_STATES = {
    "konfirmasi": "KONFIRMASI",
    "suspek": "SUSPEK",
    "kontak_erat": "KONTAK ERAT",
    "probable": "PROBABLE",
    "discarded": "DISCARDED",
}


def _moment(column: str) -> pl.Expr:
    """``20 Agustus 2021 07:15:09`` on the city's clock; ``-`` when it has not happened."""
    return s.dash(s.in_months(s.written(column, HOURS, LONG_CLOCK)))


def _date(column: str) -> pl.Expr:
    return s.in_months(s.day(column, "%d/%m/%Y"))


def _duration() -> pl.Expr:
    """``0 Hari : 20 Jam : 41 Menit : 56 Detik`` from the call to the end of its handling."""
    seconds = (pl.coalesce("closed_at", "ended_at") - pl.col("called_at")).dt.total_seconds()
    parts = (seconds // 86_400, seconds // 3_600 % 24, seconds // 60 % 60, seconds % 60)
    return s.dash(pl.format("{} Hari : {} Jam : {} Menit : {} Detik", *parts))


EXPORTS = {
    "marketplace_orders": s.Export(
        channel=s.Csv("pasar", collected=True),
        columns={
            "Nomor Pesanan": pl.col("order_id"),
            "Status Pesanan": s.said("status", ORDER_STATES),
            "Waktu Pesanan Dibuat": s.written("ordered_at", HOURS, CLOCK),
            "Kode Toko": pl.col("merchant_id"),
            "Nama Toko": pl.col("merchant"),
            "Desa/Kelurahan": s.kelurahan(DRIFT),
            "Kecamatan": pl.col("kecamatan"),
            "Nama Produk": pl.col("product"),
            "Kategori": pl.col("category"),
            "Jumlah": pl.col("quantity"),
            "Harga Setelah Diskon": s.commas("amount"),
            "Total Pembayaran": s.commas("order_total"),
            "Pembeli": s.said("buyer_type", BUYERS),
            "NIP": pl.col("nip"),
            "Akun Pembayaran": pl.col("payment_account"),
            "Pesanan Asal": pl.col("refund_of"),
            "Kode OPD": pl.col("agency_code"),
            "Pembayaran": pl.col("payment"),
            "Nama Penerima": s.recipient(),
            "No. Telepon": s.phone(),
            "Alamat": s.delivery_address(),
            "Waktu Diperbarui": s.written("updated_at", HOURS, CLOCK),
        },
        flaws=(
            ("Waktu Pesanan Dibuat", "31-02-2026 10:00:00"),
            ("Harga Setelah Diskon", "gratis"),
            ("Desa/Kelurahan", "Jl. Jenderal Soedirman"),
            ("Kode Toko", ""),
        ),
        files=s.months_then_days("pesanan", HOURS),
    ),
    "merchants": s.Export(
        channel=s.Csv("pasar"),
        columns={
            "Kode Toko": pl.col("merchant_id"),
            "Nama Toko": pl.col("name"),
            "Desa/Kelurahan": s.kelurahan(DRIFT),
            "Kecamatan": pl.col("kecamatan"),
            "Kategori": pl.col("category"),
            "NIK Pemilik": pl.col("owner_nik"),
            "Bergabung": _date("joined_on"),
            "Waktu Diperbarui": s.written("updated_at", HOURS, CLOCK),
        },
        flaws=(("Desa/Kelurahan", "Jl. Overste Isdiman"), ("Bergabung", "31 Februari 2025")),
        files=s.whole("toko.csv"),
    ),
    "agencies": s.Export(
        channel=s.Csv("kepegawaian", delimiter=";"),
        columns={
            "Kode": pl.col("agency_code"),
            "Perangkat Daerah": pl.col("name"),
            "Singkatan": pl.col("short_name"),
            "Diubah": s.written("updated_at", HOURS, CLOCK),
        },
        flaws=(("Perangkat Daerah", ""),),
        files=s.whole("perangkat_daerah.csv"),
    ),
    "civil_servants": s.Export(
        channel=s.Csv("kepegawaian", delimiter=";"),
        columns={
            "NIP": s.spaced_nip(),
            "NIK": pl.col("nik"),
            "Nama": pl.col("name"),
            "Kode": pl.col("agency_code"),
            "Unit": pl.col("unit"),
            "Golongan": pl.col("grade"),
            "Jabatan": pl.col("post"),
            "Keadaan": s.said("status", {"active": "aktif", "leave": "cuti", "retired": "pensiun"}),
            "Pensiun": s.day("retired_on", "%d-%m-%Y"),
            "Diubah": s.written("updated_at", HOURS, CLOCK),
        },
        flaws=(("NIP", "1,98503E+17"), ("Keadaan", "?"), ("Nama", "")),
        files=s.whole("pegawai.csv"),
    ),
    "asn_exemptions": s.exemptions(HOURS, "kepegawaian"),
    "emergency_calls": s.Export(
        channel=s.Table("banyumas", "psc119"),
        columns={
            "nomor": pl.col("call_id"),
            "waktu_lapor": _moment("called_at"),
            "waktu_jawab": _moment("answered_at"),
            "waktu_akhir": _moment("ended_at"),
            "tipe": s.said("outcome", OUTCOMES),
            "kategori": s.dash(pl.col("category")),
            "sub_kategori": s.dash(pl.col("sub_category")),
            "kecamatan": s.dash(pl.col("kecamatan")),
            "desa_kelurahan": s.dash(s.kelurahan(DRIFT)),
            "lintang": pl.col("lat").fill_null(0),
            "bujur": pl.col("lon").fill_null(0),
            "petugas": s.dash(pl.col("agent")),
            "waktu_berangkat": _moment("dispatched_at"),
            "waktu_tiba": _moment("arrived_at"),
            "waktu_selesai": _moment("closed_at"),
            "armada": s.dash(pl.col("unit")),
            "triase": s.dash(s.said("triage", TRIAGE)),
            "rumah_sakit": s.dash(pl.col("hospital")),
            "durasi_pengerjaan": _duration(),
            "latihan": pl.when("is_drill").then(pl.lit("ya")).otherwise(pl.lit("tidak")),
            "updated_at": s.local("updated_at", HOURS),
        },
        flaws=(("waktu_lapor", "31 Februari 2026 07:15:00"), ("desa_kelurahan", "Jl. Gatot Subroto"), ("tipe", None)),
    ),
    "deaths": s.deaths(HOURS, DRIFT),
    "covid_cases": s.Export(
        channel=s.Csv("covid19", crlf=True),
        columns={
            "Nomor": pl.col("case_id"),
            "Keadaan": s.said("status", CASE_STATES),
            "Hasil": s.said("outcome", {"recovered": "SELESAI ISOLASI", "died": "MENINGGAL"}),
            "Gejala": _date("onset_date"),
            "Periksa": _date("test_date"),
            "Lapor": _date("report_date"),
            "Selesai": _date("outcome_date"),
            "Desa/Kelurahan": s.kelurahan(DRIFT),
            "Kecamatan": pl.col("kecamatan"),
            "Umur": pl.col("age"),
            "Kelamin": s.said("sex", {"male": "L", "female": "P"}),
            "Diperbarui": s.written("updated_at", HOURS, CLOCK),
        },
        flaws=(("Lapor", "kemarin"), ("Desa/Kelurahan", "Jl. Pahlawan"), ("Umur", "250"), ("Keadaan", "")),
        files=s.months_then_days("kasus", HOURS),
    ),
    "covid_daily": s.Export(
        channel=s.Csv("covid19", crlf=True),
        columns={
            "Tanggal": _date("report_date"),
            "Kecamatan": pl.col("place"),
            "Konfirmasi": pl.col("confirmed"),
            "Sembuh": pl.col("recovered"),
            "Meninggal": pl.col("deaths"),
            "Aktif": pl.col("active"),
            "Diperiksa": pl.col("tested"),
            "Positif": pl.col("tested_positive"),
            "Diperbarui": s.written("updated_at", HOURS, CLOCK),
        },
        flaws=(("Tanggal", "-"),),
        files=s.months_then_days("harian", HOURS),
    ),
    "hospital_beds": s.Export(
        channel=s.Csv("covid19", crlf=True),
        columns={
            "Tanggal": _date("report_date"),
            "Rumah Sakit": pl.col("hospital"),
            "Kecamatan": s.kecamatan(),
            "TT Isolasi": pl.col("beds"),
            "Terisi": pl.col("occupied"),
            "TT ICU": pl.col("icu_beds"),
            "ICU Terisi": pl.col("icu_occupied"),
            "Pasien Masuk": pl.col("admissions"),
            "Diperbarui": s.written("updated_at", HOURS, CLOCK),
        },
        flaws=(("Terisi", "-1"), ("Tanggal", "-")),
        files=s.monthly("rumah_sakit", HOURS, "csv"),
    ),
    "bansos_grants": s.Export(
        channel=s.Xlsx("jpsbms", "PENERIMA JPSBMS KABUPATEN BANYUMAS (SIMULASI)", "KECAMATAN"),
        columns={
            "NAMA": pl.col("name"),
            "NIK": pl.col("nik"),
            "NO KK": pl.col("kk"),
            "ALAMAT": pl.col("address"),
            "RT/RW": s.neighbourhood(),
            "DESA/KELURAHAN": s.kelurahan(DRIFT),
            "KECAMATAN": pl.col("kecamatan"),
            "PROGRAM": pl.col("programme"),
            "TAHAP": pl.col("stage"),
            "BULAN": _date("period"),
            "NOMINAL": s.commas("amount"),
            "STATUS SALUR": s.said("status", GRANT_STATES),
            "ALASAN": pl.col("reason"),
            "TANGGAL SALUR": _date("paid_on"),
            "TERBIT": s.written("updated_at", HOURS, CLOCK),
        },
        flaws=(
            ("NIK", "3.30201E+15"),
            ("NOMINAL", "-200,000"),
            ("DESA/KELURAHAN", "Jl. Merdeka"),
            ("STATUS SALUR", ""),
        ),
        files=s.aid_list("xlsx"),
    ),
    "vaccinations": s.Export(
        channel=s.Feed("pendaftaran-vaksin"),
        columns={
            "noDaftar": pl.col("registration_id"),
            "nik": pl.col("nik"),
            "dosis": pl.col("dose"),
            "jadwal": s.written("slot_at", HOURS, LONG_CLOCK),
            "hadir": pl.col("attended"),
            "nama": s.recipient(),
            "diubah": s.zulu("updated_at"),
        },
        flaws=(("nik", "3.30201E+15"), ("jadwal", "31/02/2026 09:00:00"), ("dosis", 9)),
    ),
    "oxygen_stock": s.Export(
        channel=s.Csv("oksimas", delimiter=";"),
        columns={
            "Posko": pl.col("place"),
            "Kecamatan": s.kecamatan(),
            "Diukur": s.written("measured_at", HOURS, CLOCK),
            "Stok (m3)": s.decimal_comma("stock_m3"),
            "Pakai (m3/jam)": s.decimal_comma("use_m3_per_hour"),
        },
        flaws=(("Stok (m3)", "-4,0"), ("Diukur", "32-01-2026 06:00:00"), ("Kecamatan", "Jl. Bank")),
        files=s.monthly("stok", HOURS, "csv"),
    ),
    "oxygen_loans": s.Export(
        channel=s.Xlsx("oksimas", "PEMINJAMAN TABUNG OKSIGEN OKSIMAS (SIMULASI)", "KECAMATAN"),
        columns={
            "NO PINJAM": pl.col("loan_id"),
            "KODE PEMINJAM": pl.col("borrower_ref"),
            "DESA/KELURAHAN": s.kelurahan(DRIFT),
            "KECAMATAN": pl.col("kecamatan"),
            "TABUNG": pl.col("cylinders"),
            "DIPINJAM": _moment("lent_at"),
            "HARUS KEMBALI": _date("due_on"),
            "KEMBALI": _moment("returned_at"),
            "KEADAAN": s.said("status", {"lent": "dipinjam", "returned": "kembali"}),
            "DIPERBARUI": s.written("updated_at", HOURS, CLOCK),
        },
        flaws=(("TABUNG", "0"), ("DESA/KELURAHAN", "Jl. Kombas"), ("KEADAAN", "hilang")),
        files=s.monthly("peminjaman", HOURS, "xlsx"),
    ),
    "isolation_checks": s.Export(
        channel=s.Table("banyumas", "isoman"),
        columns={
            "nomor": pl.format("{}/{}", "patient_ref", "day"),
            "kode_pasien": pl.col("patient_ref"),
            "hari_ke": pl.col("day"),
            "desa_kelurahan": s.kelurahan(DRIFT),
            "kecamatan": pl.col("kecamatan"),
            "jatuh_tempo": _date("due_on"),
            "diperiksa": _moment("checked_at"),
            "keadaan": s.dash(s.said("condition", {"stable": "stabil", "worse": "memburuk", "referred": "dirujuk"})),
            "updated_at": s.local("updated_at", HOURS),
        },
        flaws=(("desa_kelurahan", "Jl. Sokabaru"), ("jatuh_tempo", "31 Februari 2026"), ("hari_ke", 40)),
    ),
    "guardian_checks": s.Export(
        channel=s.Csv("pendampingan", titles=("PENDAMPINGAN WARGA DENGAN KOMORBID (SIMULASI)",)),
        columns={
            "Kode Warga": pl.col("person_ref"),
            "Pendamping": pl.col("guardian"),
            "Desa/Kelurahan": s.kelurahan(DRIFT),
            "Kecamatan": pl.col("kecamatan"),
            "Terakhir Diperiksa": s.dash(s.written("last_checked_at", HOURS, CLOCK)),
            "Diperbarui": s.written("updated_at", HOURS, CLOCK),
        },
        flaws=(("Desa/Kelurahan", "Jl. Ahmad Yani"), ("Terakhir Diperiksa", "minggu lalu"), ("Pendamping", "")),
        files=s.monthly("pendampingan", HOURS, "csv"),
    ),
    "waste_pickups": s.Export(
        channel=s.Feed("penjemputan"),
        columns={
            "id": pl.col("pickup_id"),
            "waktu": s.epoch("picked_at"),
            "desa": s.kelurahan(DRIFT),
            "kecamatan": s.kecamatan(),
            "jenis": pl.col("kind"),
            "berat_kg": pl.col("kg"),
            "harga_per_kg": pl.col("price"),
            "dibayar": pl.col("paid"),
            "diubah": s.zulu("updated_at"),
        },
        flaws=(("berat_kg", 0.0), ("desa", "Jl. Gerilya"), ("jenis", None)),
    ),
    "complaints": s.Export(
        channel=s.Feed("aduan"),
        columns={
            "tiket": pl.col("ticket_id"),
            "kanal": pl.col("channel"),
            "kategori": pl.col("category"),
            "kode_opd": pl.col("agency_code"),
            "masuk": _moment("opened_at"),
            "selesai": _moment("closed_at"),
            "status": s.said("status", COMPLAINT_STATES),
            "pelapor": s.recipient(),
            "diubah": s.zulu("updated_at"),
        },
        flaws=(("masuk", "30 Februari 2026 08:00:00"), ("status", "?"), ("kanal", None)),
    ),
    "permits": s.Export(
        channel=s.Csv("perizinan", delimiter=";", crlf=True),
        columns={
            "No. Permohonan": pl.col("permit_id"),
            "Jenis Izin": pl.col("kind"),
            "Diajukan": _date("applied_on"),
            "Tenggat": _date("due_on"),
            "Diputus": _date("decided_on"),
            "Keadaan": s.said("status", {"in_progress": "PROSES", "issued": "TERBIT", "rejected": "DITOLAK"}),
            "Nama Pemohon": s.recipient(),
            "Diperbarui": s.written("updated_at", HOURS, CLOCK),
        },
        flaws=(("Diajukan", "30 Februari 2026"), ("Keadaan", ""), ("Jenis Izin", "")),
        files=s.monthly("permohonan", HOURS, "csv"),
    ),
    "app_registry": s.Export(
        channel=s.Feed("aplikasi"),
        columns={
            "nama": pl.col("app"),
            "opd": pl.col("agency_code"),
            "sektor": pl.col("sector"),
            "fungsi": pl.col("purpose"),
            "alamat": pl.col("link"),
            "terakhirTerlihat": s.zulu("last_seen_at"),
            "pengguna": pl.col("users"),
            "diubah": s.zulu("updated_at"),
        },
        flaws=(("pengguna", -1),),
    ),
    "service_checks": s.Export(
        channel=s.Feed("pemantauan"),
        columns={
            "layanan": pl.col("service"),
            "waktu": s.zulu("checked_at"),
            "hidup": pl.col("is_up"),
            "latensi": pl.col("latency_ms"),
        },
        flaws=(("layanan", None), ("hidup", "?")),
    ),
}
