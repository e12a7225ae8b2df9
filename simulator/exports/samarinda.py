"""Samarinda: Behambinan's export, the 112 call centre's database, SIMPEG's files, the Corona site, aid lists."""

import polars as pl

from simulator.exports import shape as s

HOURS = 8
CLOCK = "%d/%m/%Y %H:%M:%S"
DRIFT = {
    "Sungai Keledang": "Sei Keledang",
    "Sungai Kapih": "Sei Kapih",
    "Sungai Dama": "Sei Dama",
    "Sungai Pinang Dalam": "Sei Pinang Dalam",
    "Sungai Pinang Luar": "Sei Pinang Luar",
    "Dadimulya": "Dadi Mulya",
}
ORDER_STATES = {
    "pending": "Menunggu Pembayaran",
    "paid": "Selesai",
    "cancelled": "Dibatalkan",
    "refunded": "Dikembalikan",
}
BUYERS = {"asn": "ASN", "opd": "OPD", "public": "Umum"}
OUTCOMES = {
    "emergency": "DARURAT",
    "information": "INFORMASI",
    "prank": "PRANK",
    "ghost": "GHOST",
    "abandoned": "ABANDON",
    "ivr_lost": "IVR LOST",
}
CASE_STATES = {
    "konfirmasi": "Konfirmasi",
    "suspek": "Suspek",
    "kontak_erat": "Kontak Erat",
    "probable": "Probable",
    "discarded": "Discarded",
}
CASE_OUTCOMES = {"recovered": "Sembuh", "died": "Meninggal"}
GRANT_STATES = {"proposed": "Diusulkan", "verified": "Diverifikasi", "paid": "Tersalur", "rejected": "Ditolak"}
SERVANT_STATES = {"active": "Aktif", "leave": "Cuti", "retired": "Pensiun"}
SEXES = {"male": "L", "female": "P"}

EXPORTS = {
    "marketplace_orders": s.Export(
        channel=s.Feed("pesanan"),
        columns={
            "No. Pesanan": pl.col("order_id"),
            "No. Baris": pl.col("line"),
            "Status Pesanan": s.said("status", ORDER_STATES),
            "Waktu Pesanan Dibuat": s.written("ordered_at", HOURS, CLOCK),
            "Kode Toko": pl.col("merchant_id"),
            "Nama Toko": pl.col("merchant"),
            "Kelurahan Toko": s.kelurahan(DRIFT),
            "Kecamatan Toko": s.kecamatan(),
            "Nama Produk": pl.col("product"),
            "Kategori": pl.col("category"),
            "Jumlah": pl.col("quantity"),
            "Harga Setelah Diskon": s.rupiah("amount"),
            "Total Pembayaran": s.rupiah("order_total"),
            "Tipe Pembeli": s.said("buyer_type", BUYERS),
            "NIP Pembeli": s.spaced_nip(),
            "Kode OPD": pl.col("agency_code"),
            "Metode Pembayaran": pl.col("payment"),
            "Nama Penerima": s.recipient(),
            "No. Telepon": s.phone(),
            "Alamat Pengiriman": s.delivery_address(),
            "Terakhir Diubah": s.zulu("updated_at"),
        },
        flaws=(
            ("Waktu Pesanan Dibuat", "31/02/2026 10:00:00"),
            ("Harga Setelah Diskon", "Rp gratis"),
            ("Kelurahan Toko", "Jl. Kadrie Oening"),
            ("Kode Toko", None),
        ),
    ),
    "merchants": s.Export(
        channel=s.Feed("toko"),
        columns={
            "Kode Toko": pl.col("merchant_id"),
            "Nama Toko": pl.col("name"),
            "Kelurahan": s.kelurahan(DRIFT),
            "Kecamatan": s.kecamatan(),
            "Kategori": pl.col("category"),
            "Tanggal Bergabung": s.day("joined_on", "%d/%m/%Y"),
            "Terakhir Diubah": s.zulu("updated_at"),
        },
        flaws=(("Kelurahan", "Jl. Pangeran Antasari"), ("Tanggal Bergabung", "32/01/2025"), ("Nama Toko", "-")),
    ),
    "agencies": s.Export(
        channel=s.Csv("simpeg", delimiter=";"),
        columns={
            "KODE OPD": pl.col("agency_code"),
            "NAMA OPD": pl.col("name"),
            "SINGKATAN": pl.col("short_name"),
            "TGL UBAH": s.written("updated_at", HOURS, CLOCK),
        },
        flaws=(("NAMA OPD", ""),),
        file=pl.lit("opd.csv"),
    ),
    "civil_servants": s.Export(
        channel=s.Csv("simpeg", delimiter=";"),
        columns={
            "NIP": s.spaced_nip(),
            "NIK": pl.col("nik"),
            "NAMA": pl.col("name"),
            "KODE OPD": pl.col("agency_code"),
            "UNIT KERJA": pl.col("unit"),
            "GOL": pl.col("grade"),
            "JABATAN": pl.col("post"),
            "KEADAAN": s.said("status", SERVANT_STATES),
            "TGL UBAH": s.written("updated_at", HOURS, CLOCK),
        },
        flaws=(("NIP", "1,98503E+17"), ("KEADAAN", "?"), ("NAMA", "")),
        file=pl.lit("pegawai.csv"),
    ),
    "emergency_calls": s.Export(
        channel=s.Table("samarinda", "laporan"),
        columns={
            "uid": pl.col("call_id"),
            "waktu_lapor": s.local("called_at", HOURS),
            "waktu_jawab": s.local("answered_at", HOURS),
            "waktu_selesai": s.local("ended_at", HOURS),
            "tipe_laporan": s.said("outcome", OUTCOMES),
            "kategori": s.dash(pl.col("category").str.to_uppercase()),
            "sub_kategori_1": s.dash(pl.col("sub_category")),
            "kecamatan": s.dash(pl.col("kecamatan").str.to_uppercase()),
            "kelurahan": s.dash(s.kelurahan(DRIFT)),
            "latitude": pl.col("lat").fill_null(0),
            "longitude": pl.col("lon").fill_null(0),
            "agent_l1": s.dash(pl.col("agent")),
            "waktu_berangkat": s.local("dispatched_at", HOURS),
            "waktu_tiba": s.local("arrived_at", HOURS),
            "waktu_tutup": s.local("closed_at", HOURS),
            "unit": s.dash(pl.col("unit")),
            "latihan": pl.when("is_drill").then(pl.lit("YA")).otherwise(pl.lit("TIDAK")),
            "nama_pelapor": s.recipient(),
            "updated_at": s.local("updated_at", HOURS),
        },
        flaws=(("kelurahan", "JL. AHMAD YANI"), ("tipe_laporan", None), ("latihan", "?")),
    ),
    "deaths": s.deaths(HOURS, DRIFT),
    "covid_cases": s.Export(
        channel=s.Csv("corona", delimiter=";", bom=True, crlf=True, repeat_header=True),
        columns={
            "NO KASUS": pl.col("case_id"),
            "STATUS": s.said("status", CASE_STATES),
            "HASIL": s.said("outcome", CASE_OUTCOMES),
            "TGL GEJALA": s.day("onset_date", "%d/%m/%Y"),
            "TGL PERIKSA": s.day("test_date", "%d/%m/%Y"),
            "TGL LAPOR": s.day("report_date", "%d/%m/%Y"),
            "TGL HASIL": s.day("outcome_date", "%d/%m/%Y"),
            "KELURAHAN": s.kelurahan(DRIFT),
            "KECAMATAN": s.kecamatan(),
            "UMUR": pl.col("age"),
            "JK": s.said("sex", SEXES),
            "DIPERBARUI": s.written("updated_at", HOURS, CLOCK),
        },
        flaws=(("TGL LAPOR", "30/02/2026"), ("KELURAHAN", "Jl. Juanda"), ("UMUR", "210"), ("STATUS", "")),
        file=s.months_then_days("kasus", HOURS),
    ),
    "covid_daily": s.Export(
        channel=s.Csv("corona", delimiter=";", crlf=True),
        columns={
            "TANGGAL": s.day("report_date", "%d/%m/%Y"),
            "KECAMATAN": pl.col("place"),
            "KONFIRMASI": pl.col("confirmed"),
            "SEMBUH": pl.col("recovered"),
            "MENINGGAL": pl.col("deaths"),
            "AKTIF": pl.col("active"),
            "DIPERIKSA": pl.col("tested"),
            "POSITIF": pl.col("tested_positive"),
            "DIPERBARUI": s.written("updated_at", HOURS, CLOCK),
        },
        flaws=(("TANGGAL", "00/00/0000"),),
        file=s.months_then_days("harian", HOURS),
    ),
    "bansos_grants": s.Export(
        channel=s.Xlsx("bansos", "DAFTAR PENERIMA BANTUAN SOSIAL KOTA SAMARINDA (SIMULASI)", "KEC"),
        columns={
            "NAMA": pl.col("name"),
            "NIK": pl.col("nik"),
            "NO KK": pl.col("kk"),
            "ALAMAT": pl.col("address"),
            "RT/RW": s.neighbourhood(),
            "KEL": s.kelurahan(DRIFT),
            "KEC": pl.col("kecamatan"),
            "PROGRAM": pl.col("programme"),
            "TAHAP": pl.col("stage"),
            "NOMINAL": s.rupiah("amount"),
            "STATUS SALUR": s.said("status", GRANT_STATES),
            "ALASAN": pl.col("reason"),
            "TGL SALUR": s.day("paid_on", "%d/%m/%Y"),
            "TGL TERBIT": s.written("updated_at", HOURS, CLOCK),
        },
        flaws=(("NIK", "6.47202E+15"), ("NOMINAL", "-Rp 600.000"), ("KEL", "Jl. P. Antasari"), ("STATUS SALUR", "")),
        file=s.aid_list("xlsx"),
    ),
}
