"""An export described as data, and the cells that upstreams like to write."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from simulator import people

POOL = 400
_rng = np.random.default_rng(7)
RECIPIENTS = pl.Series(people.names(_rng, POOL))
PHONES = pl.Series(people.phones(_rng, POOL))
_ADDRESSES = pl.Series(people.addresses(_rng, POOL))
_NAMES = "Januari,Februari,Maret,April,Mei,Juni,Juli,Agustus,September,Oktober,November,Desember"
EXEMPTIONS = {
    "leave": "Cuti",
    "study": "Tugas Belajar",
    "residence": "Domisili Luar Kota",
    "secondment": "Diperbantukan",
}
MONTHS = {f"/{number:02d}/": f" {name} " for number, name in enumerate(_NAMES.split(","), 1)}


@dataclass(frozen=True)
class Files:
    """What the files of a dataset are called: those of its history, and (without an ending) those sent live.

    ``today``: a whole export made today, whenever its rows changed.
    """

    history: pl.Expr
    live: pl.Expr
    today: bool = False


NO_FILES = Files(pl.lit(""), pl.lit(""))


@dataclass(frozen=True)
class Feed:
    """Rows offered by the city's web service under ``/api/<name>``."""

    name: str


@dataclass(frozen=True)
class Table:
    """Rows of a table in the city's own schema of the database; its first column names a row."""

    schema: str
    name: str


@dataclass(frozen=True)
class Csv:
    """Files dropped in a folder."""

    folder: str
    delimiter: str = ","
    bom: bool = False
    crlf: bool = False
    titles: tuple[str, ...] = ()
    repeat_header: bool = False
    collected: bool = False  # what happens live is sent together, every few minutes

    @property
    def ending(self) -> str:
        return "csv"


@dataclass(frozen=True)
class Xlsx:
    """Workbooks dropped in a folder, with merged titles above and subtotals below."""

    folder: str
    title: str
    group: str  # the subtotals below count the rows of each value of this column

    @property
    def ending(self) -> str:
        return "xlsx"


Channel = Feed | Table | Csv | Xlsx


@dataclass(frozen=True)
class Export:
    """One upstream's way of writing one dataset.

    ``columns``: header → cell from the contract's columns and the area's names;
    ``flaws``: (header, bad value): what a planted row has wrong.
    """

    channel: Channel
    columns: Mapping[str, pl.Expr]
    flaws: tuple[tuple[str, object], ...]
    files: Files = NO_FILES


def dress(log: pl.DataFrame, export: Export, gazetteer: pl.DataFrame) -> pl.DataFrame:
    """The log as this upstream writes it; columns that start with ``_`` are not for the reader."""
    if "area_code" in log.columns:
        log = log.join(gazetteer, on="area_code", how="left", maintain_order="left")
    marks = [name for name in ("_sent", "_file", "_kind", "_whim") if name in log.columns]
    frame = log.select(*(cell.alias(header) for header, cell in export.columns.items()), *marks)
    for number, (header, value) in enumerate(export.flaws):
        struck = (pl.col("_kind") == "refused") & (pl.col("_whim") % len(export.flaws) == number)
        sound = pl.col(header).cast(pl.String) if isinstance(value, str) else pl.col(header)
        frame = frame.with_columns(pl.when(struck).then(pl.lit(value)).otherwise(sound).alias(header))
    return frame


def local(column: str, hours: int) -> pl.Expr:
    """A moment on the city's clock."""
    return pl.col(column).dt.offset_by(f"{hours}h")


def written(column: str, hours: int, pattern: str) -> pl.Expr:
    return local(column, hours).dt.strftime(pattern)


def zulu(column: str) -> pl.Expr:
    return pl.col(column).dt.strftime("%Y-%m-%dT%H:%M:%S%.3fZ")


def epoch(column: str) -> pl.Expr:
    """Seconds since 1970."""
    return pl.col(column).dt.epoch("s")


def yes(column: str, yes: str, no: str) -> pl.Expr:
    """A yes or a no in the upstream's words; empty when neither is known."""
    return pl.col(column).replace_strict({True: yes, False: no}, default=None, return_dtype=pl.String)


def decimal_comma(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.String).str.replace(".", ",", literal=True)


def in_months(text: pl.Expr) -> pl.Expr:
    """``25/08/2020`` as ``25 Agustus 2020``."""
    return text.str.replace_many(list(MONTHS), list(MONTHS.values()))


def day(column: str, pattern: str) -> pl.Expr:
    return pl.col(column).dt.strftime(pattern)


def grouped(amount: pl.Expr, separator: str) -> pl.Expr:
    """Digits in groups of three, without a sign."""
    backward = amount.abs().cast(pl.String).str.reverse().str.replace_all(r"(\d{3})", "${1}" + separator)
    return backward.str.reverse().str.strip_prefix(separator)


def rupiah(column: str) -> pl.Expr:
    """``Rp 1.250.000``; refunds as ``-Rp 25.000`` or ``(25.000)``."""
    plain = grouped(pl.col(column), ".")
    negative = pl.when(pl.col("_whim") % 2 == 0).then("-Rp " + plain).otherwise("(" + plain + ")")
    return pl.when(pl.col(column) < 0).then(negative).otherwise("Rp " + plain)


def commas(column: str) -> pl.Expr:
    plain = grouped(pl.col(column), ",")
    return pl.when(pl.col(column) < 0).then("-" + plain).otherwise(plain)


def said(column: str, words: Mapping[str, str]) -> pl.Expr:
    """The upstream's own words; what has none stays empty."""
    return pl.col(column).replace_strict(words, default=None, return_dtype=pl.String)


def dash(cell: pl.Expr) -> pl.Expr:
    return cell.cast(pl.String).fill_null("-")


def deaths(hours: int, drift: Mapping[str, str]) -> Export:
    """The civil registry's list of deaths: the same in every city."""
    return Export(
        channel=Csv("dukcapil", delimiter=";"),
        columns={
            "NO AKTA": pl.col("deed_no"),
            "NIK": pl.col("nik"),
            "NAMA": recipient(),
            "TGL MENINGGAL": day("died_on", "%d/%m/%Y"),
            "TGL AKTA": day("registered_on", "%d/%m/%Y"),
            "KELURAHAN": kelurahan(drift),
            "KECAMATAN": kecamatan(),
            "TGL UBAH": written("updated_at", hours, "%d/%m/%Y %H:%M:%S"),
        },
        flaws=(("TGL MENINGGAL", "31/02/2026"), ("NIK", "6,47202E+15")),
        files=whole("kematian.csv"),
    )


def moves(hours: int, drift: Mapping[str, str]) -> Export:
    """The civil registry's list of who moved out: the same in every city."""
    return Export(
        channel=Csv("dukcapil", delimiter=";"),
        columns={
            "NO SURAT PINDAH": pl.col("letter_no"),
            "NIK": pl.col("nik"),
            "NAMA": recipient(),
            "TGL PINDAH": day("moved_on", "%d/%m/%Y"),
            "TGL SURAT": day("registered_on", "%d/%m/%Y"),
            "KELURAHAN ASAL": kelurahan(drift),
            "KECAMATAN ASAL": kecamatan(),
            "TGL UBAH": written("updated_at", hours, "%d/%m/%Y %H:%M:%S"),
        },
        flaws=(("TGL PINDAH", "31/02/2026"), ("NIK", "6,47202E+15")),
        files=whole("pindah.csv"),
    )


def register(hours: int, folder: str) -> Export:
    """Counts of DTSEN by ward and decile: one whole extract."""
    return Export(
        channel=Csv(folder, delimiter=";"),
        columns={
            "TANGGAL DATA": day("counted_on", "%d/%m/%Y"),
            "KELURAHAN": pl.col("kelurahan"),
            "KECAMATAN": pl.col("kecamatan"),
            "DESIL": pl.col("decile"),
            "JUMLAH KELUARGA": pl.col("households"),
            "TERBIT": written("updated_at", hours, "%d/%m/%Y %H:%M:%S"),
        },
        flaws=(("DESIL", "11"), ("JUMLAH KELUARGA", "-3")),
        files=whole("dtsen.csv"),
    )


def need(hours: int, folder: str) -> Export:
    """Poor households and lost jobs: a file a month."""
    return Export(
        channel=Csv(folder, delimiter=";"),
        columns={
            "BULAN": day("period", "%d/%m/%Y"),
            "KELURAHAN/DESA": pl.col("kelurahan"),
            "KECAMATAN": pl.col("kecamatan"),
            "KELUARGA MISKIN": pl.col("poor_households"),
            "PHK/DIRUMAHKAN": pl.col("jobs_lost"),
            "TERBIT": written("updated_at", hours, "%d/%m/%Y %H:%M:%S"),
        },
        flaws=(("KELUARGA MISKIN", "-5"), ("BULAN", "31/02/2026")),
        files=monthly("kebutuhan", hours, "csv"),
    )


def exemptions(hours: int, folder: str) -> Export:
    """The letters that exempt civil servants from the purchase obligation: the same in every city."""
    return Export(
        channel=Csv(folder, delimiter=";"),
        columns={
            "NO SURAT": pl.col("exemption_id"),
            "NIP": spaced_nip(),
            "NAMA": recipient(),
            "ALASAN": said("kind", EXEMPTIONS),
            "MULAI": day("since", "%d/%m/%Y"),
            "SAMPAI": day("until", "%d/%m/%Y"),
            "TGL UBAH": written("updated_at", hours, "%d/%m/%Y %H:%M:%S"),
        },
        flaws=(("MULAI", "31/02/2026"), ("NIP", "1,98503E+17"), ("ALASAN", "?")),
        files=whole("pengecualian.csv"),
    )


def kelurahan(drift: Mapping[str, str]) -> pl.Expr:
    """The village as clerks write it: mostly right, sometimes upper case, with a prefix, or in an older spelling."""
    name = pl.col("kelurahan")
    prefix = pl.when("desa").then(pl.lit("Desa ")).otherwise(pl.lit("Kel. "))
    whim = pl.col("_whim") % 100
    return (
        pl.when(whim < 60)
        .then(name)
        .when(whim < 75)
        .then(name.str.to_uppercase())
        .when(whim < 85)
        .then(prefix + name)
        .when(whim < 90)
        .then(name + " ")
        .otherwise(name.replace(dict(drift)))
    )


def kecamatan() -> pl.Expr:
    name = pl.col("kecamatan")
    whim = pl.col("_whim") % 50
    return pl.when(whim < 40).then(name).when(whim < 45).then("Kec. " + name).otherwise(name.str.to_uppercase())


def spaced_nip() -> pl.Expr:
    """One NIP in four as it is printed on paper: 19850312 201001 1 005."""
    whole = pl.col("nip")
    parts = [whole.str.slice(start, length) for start, length in ((0, 8), (8, 6), (14, 1), (15, 3))]
    return pl.when(pl.col("_whim") % 4 == 0).then(pl.concat_str(parts, separator=" ")).otherwise(whole)


def recipient() -> pl.Expr:
    return pl.lit(RECIPIENTS).gather(pl.col("_whim") % POOL)


def phone() -> pl.Expr:
    return pl.lit(PHONES).gather(pl.col("_whim") % POOL)


def delivery_address() -> pl.Expr:
    return pl.lit(_ADDRESSES).gather(pl.col("_whim") % POOL)


def neighbourhood() -> pl.Expr:
    """RT/RW, such as 003/012."""
    return pl.format(
        "{}/{}",
        (pl.col("_whim") % 30 + 1).cast(pl.String).str.zfill(3),
        (pl.col("_whim") % 12 + 1).cast(pl.String).str.zfill(3),
    )


def months_then_days(stem: str, hours: int) -> Files:
    """A file per month of sending, and in the last fortnight a file per day."""
    sent = local("_sent", hours)
    by_day, by_month = (sent.dt.strftime(f"{stem}_{pattern}.csv") for pattern in ("%Y-%m-%d", "%Y-%m"))
    return Files(pl.when(pl.col("_sent") >= pl.col("_recent")).then(by_day).otherwise(by_month), pl.lit(stem))


def monthly(stem: str, hours: int, ending: str) -> Files:
    """A file per month of sending."""
    return Files(written("_sent", hours, f"{stem}_%Y-%m.{ending}"), pl.lit(stem))


def whole(name: str) -> Files:
    """One file with everything, exported today."""
    return Files(pl.lit(name), pl.lit(name.partition(".")[0]), today=True)


def aid_list(ending: str) -> Files:
    """A list per programme and month; what changed after it was issued comes in a list of corrections."""
    corrected = pl.col("_earlier_at").is_not_null() & (pl.col("_sent") != pl.col("_earlier_at"))
    suffix = pl.when(corrected).then(pl.lit("_koreksi")).otherwise(pl.lit(""))
    stem = pl.format("{}_{}", "programme", pl.col("period").dt.strftime("%Y-%m-%d"))
    return Files(pl.format("{}{}." + ending, stem, suffix), stem + "_koreksi")
