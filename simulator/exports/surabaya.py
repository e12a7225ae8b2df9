"""Surabaya: e-Peken and 112 as JSON services, personnel, COVID-19 and aid lists as CSV."""

import polars as pl

from simulator.exports import shape as s

HOURS = 7
DAY, CLOCK = "%Y-%m-%d", "%Y-%m-%d %H:%M:%S"
DRIFT = {
    "Asem Rowo": "Asemrowo",
    "Karang Pilang": "Karangpilang",
    "Dr. Soetomo": "Dr. Sutomo",
    "DR. Soetomo": "Dr. Sutomo",
}
BUYERS = {"asn": "ASN", "opd": "OPD", "public": "UMUM"}
OUTCOMES = {
    "emergency": "Darurat",
    "information": "Informasi",
    "prank": "Prank Call",
    "ghost": "Ghost Call",
    "abandoned": "Abandoned",
    "ivr_lost": "Hilang di IVR",
}
GRANT_STATES = {"proposed": "USULAN", "verified": "TERVERIFIKASI", "paid": "SUDAH SALUR", "rejected": "DITOLAK"}
CASE_OUTCOMES = {"recovered": "sembuh", "died": "meninggal"}
SEXES = {"male": "Laki-laki", "female": "Perempuan"}

EXPORTS = {
    "marketplace_orders": s.Export(
        channel=s.Feed("orders"),
        columns={
            "orderNo": pl.col("order_id"),
            "lineNo": pl.col("line"),
            "orderedAt": pl.col("ordered_at").dt.epoch("ms"),
            "storeId": pl.col("merchant_id"),
            "storeName": pl.col("merchant"),
            "kelurahan": s.kelurahan(DRIFT),
            "kecamatan": s.kecamatan(),
            "productName": pl.col("product"),
            "category": pl.col("category"),
            "qty": pl.col("quantity"),
            "unitPrice": pl.col("amount") // pl.col("quantity"),
            "orderTotal": pl.col("order_total"),
            "buyerType": s.said("buyer_type", BUYERS),
            "nip": pl.col("nip"),
            "opdCode": pl.col("agency_code"),
            "payment": pl.col("payment"),
            "status": pl.col("status").str.to_uppercase(),
            "recipientName": s.recipient(),
            "recipientPhone": s.phone(),
            "updatedAt": s.zulu("updated_at"),
        },
        flaws=(
            ("qty", 0),
            ("kelurahan", "Jl. Tunjungan"),
            ("storeId", None),
            ("buyerType", "?"),
            ("nip", "1.98503E+17"),
        ),
    ),
    "merchants": s.Export(
        channel=s.Feed("stores"),
        columns={
            "storeId": pl.col("merchant_id"),
            "storeName": pl.col("name"),
            "kelurahan": s.kelurahan(DRIFT),
            "kecamatan": s.kecamatan(),
            "category": pl.col("category"),
            "joinedOn": s.day("joined_on", DAY),
            "updatedAt": s.zulu("updated_at"),
        },
        flaws=(("kelurahan", "Jl. Basuki Rahmat"), ("joinedOn", "2025-02-30"), ("storeName", None)),
    ),
    "agencies": s.Export(
        channel=s.Csv("kepegawaian"),
        columns={
            "kode_opd": pl.col("agency_code"),
            "nama_opd": pl.col("name"),
            "singkatan": pl.col("short_name"),
            "diubah": s.written("updated_at", HOURS, CLOCK),
        },
        flaws=(("nama_opd", ""),),
        files=s.whole("opd.csv"),
    ),
    "civil_servants": s.Export(
        channel=s.Csv("kepegawaian"),
        columns={
            "nip": s.spaced_nip(),
            "nik": pl.col("nik"),
            "nama": pl.col("name"),
            "kode_opd": pl.col("agency_code"),
            "unit": pl.col("unit"),
            "golongan": pl.col("grade"),
            "jabatan": pl.col("post"),
            "status": s.said("status", {"active": "AKTIF", "leave": "CUTI", "retired": "PENSIUN"}),
            "diubah": s.written("updated_at", HOURS, CLOCK),
        },
        flaws=(("nip", "1.98503E+17"), ("status", "?"), ("nama", "")),
        files=s.whole("asn.csv"),
    ),
    "emergency_calls": s.Export(
        channel=s.Feed("laporan-112"),
        columns={
            "UID": pl.col("call_id"),
            "WAKTU LAPOR": s.written("called_at", HOURS, CLOCK),
            "WAKTU JAWAB": s.written("answered_at", HOURS, CLOCK),
            "WAKTU SELESAI": s.written("ended_at", HOURS, CLOCK),
            "TIPE LAPORAN": s.said("outcome", OUTCOMES),
            "KATEGORI": s.dash(pl.col("category")),
            "SUB KATEGORI 1": s.dash(pl.col("sub_category")),
            "KECAMATAN": s.dash(s.kecamatan()),
            "KELURAHAN": s.dash(s.kelurahan(DRIFT)),
            "LATITUDE": pl.col("lat").fill_null(0),
            "LONGITUDE": pl.col("lon").fill_null(0),
            "AGENT L1": s.dash(pl.col("agent")),
            "WAKTU BERANGKAT": s.written("dispatched_at", HOURS, CLOCK),
            "WAKTU TIBA": s.written("arrived_at", HOURS, CLOCK),
            "WAKTU TUTUP": s.written("closed_at", HOURS, CLOCK),
            "UNIT": s.dash(pl.col("unit")),
            "LATIHAN": pl.col("is_drill"),
            "UPDATED AT": s.zulu("updated_at"),
        },
        flaws=(
            ("KELURAHAN", "Jl. Raya Darmo"),
            ("WAKTU LAPOR", "2026-02-30 10:00:00"),
            ("TIPE LAPORAN", None),
            ("WAKTU LAPOR", "2099-01-01 00:00:00"),
        ),
    ),
    "deaths": s.deaths(HOURS, DRIFT),
    "covid_cases": s.Export(
        channel=s.Csv("covid19"),
        columns={
            "id_kasus": pl.col("case_id"),
            "status": pl.col("status"),
            "hasil": s.said("outcome", CASE_OUTCOMES),
            "tgl_gejala": s.day("onset_date", DAY),
            "tgl_periksa": s.day("test_date", DAY),
            "tgl_lapor": s.day("report_date", DAY),
            "tgl_hasil": s.day("outcome_date", DAY),
            "kelurahan": s.kelurahan(DRIFT),
            "kecamatan": s.kecamatan(),
            "umur": pl.col("age"),
            "jenis_kelamin": s.said("sex", SEXES),
            "diperbarui": s.written("updated_at", HOURS, CLOCK),
        },
        flaws=(("tgl_lapor", "2026-02-30"), ("kelurahan", "Jl. Kertajaya"), ("umur", "-4"), ("status", "")),
        files=s.months_then_days("kasus", HOURS),
    ),
    "covid_daily": s.Export(
        channel=s.Csv("covid19"),
        columns={
            "tanggal": s.day("report_date", DAY),
            "kecamatan": pl.col("place"),
            "konfirmasi": pl.col("confirmed"),
            "sembuh": pl.col("recovered"),
            "meninggal": pl.col("deaths"),
            "aktif": pl.col("active"),
            "diperiksa": pl.col("tested"),
            "positif": pl.col("tested_positive"),
            "diperbarui": s.written("updated_at", HOURS, CLOCK),
        },
        flaws=(("tanggal", ""),),
        files=s.months_then_days("harian", HOURS),
    ),
    "bansos_grants": s.Export(
        channel=s.Csv("bansos", titles=("DAFTAR PENERIMA BANTUAN SOSIAL KOTA SURABAYA (SIMULASI)", "")),
        columns={
            "NO KK": pl.col("kk"),
            "NIK": pl.col("nik"),
            "NAMA": pl.col("name"),
            "ALAMAT": pl.col("address"),
            "RT/RW": s.neighbourhood(),
            "KELURAHAN": s.kelurahan(DRIFT),
            "KECAMATAN": pl.col("kecamatan"),
            "PROGRAM": pl.col("programme"),
            "TAHAP": pl.col("stage"),
            "PERIODE": s.day("period", DAY),
            "NOMINAL": pl.col("amount"),
            "STATUS": s.said("status", GRANT_STATES),
            "ALASAN": pl.col("reason"),
            "TGL SALUR": s.day("paid_on", DAY),
            "TERBIT": s.written("updated_at", HOURS, CLOCK),
        },
        flaws=(
            ("NIK", "3.57801E+15"),
            ("NOMINAL", "-300000"),
            ("KELURAHAN", "Jl. Ngagel"),
            ("STATUS", "?"),
            ("NIK", ""),
        ),
        files=s.aid_list("csv"),
    ),
}
