"""What the morning looks at: every indicator that has a good direction and says something from day to day.

Each with the words by which a sentence calls it, and its family: of what moves together only the worst is told.
Left out: what is listed once a month (bansos), and the share of young complaints that are done, which grows with time.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from dashboard.indicator import Indicator
from dashboard.indicators import indicators
from etl.text import Text


@dataclass(frozen=True)
class Watched:
    """An indicator of the morning. ``of_rows``: a share whose denominator is the number of rows that it counts."""

    key: str
    family: str
    says: Text
    of_rows: bool = False

    @property
    def about(self) -> Indicator:
        return indicators()[self.key]


WATCHED = (
    Watched(
        "answered_20s",
        "answering",
        Text("panggilan 112 yang dijawab dalam 20 detik", "calls to 112 answered within 20 seconds"),
        of_rows=True,
    ),
    Watched(
        "abandoned",
        "answering",
        Text("panggilan 112 yang ditutup sebelum dijawab", "calls to 112 that hung up before an answer"),
        of_rows=True,
    ),
    Watched(
        "prank_ghost",
        "prank",
        Text("porsi panggilan iseng dan tanpa suara ke 112", "the share of prank and silent calls to 112"),
        of_rows=True,
    ),
    Watched(
        "arrival_p90",
        "arrival",
        Text("waktu tiba bantuan di 9 dari 10 kejadian darurat", "the time for help to reach 9 of 10 emergencies"),
    ),
    Watched(
        "arrival_p50",
        "arrival",
        Text("waktu tiba bantuan di separuh kejadian darurat", "the time for help to reach half of the emergencies"),
    ),
    Watched(
        "open_past_target",
        "arrival",
        Text("kejadian darurat yang menunggu melewati target", "emergencies that wait past the target"),
    ),
    Watched("unplaced", "unplaced", Text("kejadian darurat tanpa lokasi", "emergencies without a place")),
    Watched("cases_new", "covid", Text("kasus Corona baru", "new Covid cases")),
    Watched("incidence_week", "covid", Text("kasus Corona baru dalam tujuh hari", "new Covid cases within seven days")),
    Watched("cases_active", "covid", Text("kasus Corona aktif", "active Covid cases")),
    Watched("cases_died", "deaths", Text("kematian karena Corona", "deaths from Covid")),
    Watched(
        "deaths_week", "deaths", Text("kematian karena Corona dalam tujuh hari", "deaths from Covid within seven days")
    ),
    Watched(
        "positivity_week",
        "positivity",
        Text("hasil positif di antara orang yang diperiksa", "positive results among those tested"),
    ),
    Watched("bor_week", "beds", Text("tempat tidur isolasi yang terisi", "isolation beds that are occupied")),
    Watched(
        "isolation_overdue",
        "isolation",
        Text("pasien isolasi mandiri yang terlewat diperiksa", "patients isolating at home left unchecked"),
    ),
    Watched("oxygen_overdue", "oxygen", Text("peminjaman oksigen yang lewat tenggat", "oxygen loans past their day")),
    Watched("gmv", "market", Text("nilai belanja di pasar daring", "sales at the marketplace")),
    Watched("orders", "market", Text("pesanan lunas di pasar daring", "paid orders at the marketplace")),
    Watched("merchants_active", "market", Text("pedagang yang berjualan", "merchants who sold something")),
    Watched(
        "asn_buying",
        "asn",
        Text("ASN yang sudah berbelanja bulan ini", "civil servants who have bought this month"),
        of_rows=True,
    ),
    Watched(
        "digital_share",
        "digital",
        Text("layanan yang diminta lewat aplikasi", "services asked for by app"),
        of_rows=True,
    ),
    Watched("requests_open", "requests", Text("permohonan layanan yang belum selesai", "requests not served yet")),
    Watched(
        "requests_waiting",
        "requests",
        Text("permohonan layanan yang menunggu lebih dari 3 hari", "requests that wait for more than 3 days"),
    ),
    Watched(
        "request_hours", "requests", Text("lama melayani separuh permohonan", "the time to serve half of the requests")
    ),
    Watched(
        "documents_waiting",
        "signing",
        Text("dokumen yang menunggu tanda tangan", "documents that wait for a signature"),
    ),
    Watched(
        "documents_late",
        "signing",
        Text("dokumen yang lebih dari sehari menunggu tanda tangan", "documents that wait a day or more to be signed"),
    ),
    Watched(
        "signing_hours",
        "signing",
        Text("lama menandatangani separuh dokumen", "the time to sign half of the documents"),
    ),
    Watched("complaints_late", "complaints", Text("pengaduan warga yang lewat tenggat", "complaints past their time")),
    Watched(
        "permits_on_time", "permits", Text("izin yang diputus tepat waktu", "permits decided in time"), of_rows=True
    ),
    Watched("permits_late", "permits", Text("permohonan izin yang lewat tenggat", "applications past their day")),
    Watched("waste_kg", "waste", Text("sampah rumah tangga yang dijemput", "household waste that was fetched")),
    Watched("actions_late", "plan", Text("rencana aksi yang lewat tenggat", "actions of the plan that are overdue")),
    Watched(
        "actions_no_evidence",
        "evidence",
        Text("rencana aksi yang diklaim tanpa bukti", "actions claimed without evidence"),
    ),
    Watched(
        "plan_evidenced", "evidence", Text("capaian rencana kota menurut bukti", "progress of the plan by evidence")
    ),
    Watched("site_absorption", "sites", Text("anggaran digitalisasi yang terserap", "the digitalisation budget spent")),
    Watched("site_progress", "sites", Text("kemajuan fisik digitalisasi", "physical progress of digitalisation")),
)


def watched(datasets: frozenset[str]) -> Iterator[Watched]:
    """Those that stand on no other datasets than these."""
    return (one for one in WATCHED if set(one.about.datasets) <= datasets)


def called(about: Indicator) -> Text:
    """What an indicator is called where it stands alone: some titles need the page around them."""
    says = next((one.says for one in WATCHED if one.key == about.key), about.title)
    return Text(*(words[:1].upper() + words[1:] for words in says))
