"""How much happens in each simulated city, and what its things are called.

Volumes are assumptions (see README.md); names of apps are the published ones.
"""

from dataclasses import dataclass, replace

DINAS = (
    ("Badan Kepegawaian dan Pengembangan Sumber Daya Manusia", "BKPSDM"),
    ("Badan Kesatuan Bangsa dan Politik", "Kesbangpol"),
    ("Badan Penanggulangan Bencana Daerah", "BPBD"),
    ("Badan Pendapatan Daerah", "Bapenda"),
    ("Badan Pengelolaan Keuangan dan Aset Daerah", "BPKAD"),
    ("Badan Perencanaan Pembangunan Daerah", "Bappeda"),
    ("Dinas Kesehatan", "Dinkes"),
    ("Dinas Komunikasi dan Informatika", "Diskominfo"),
    ("Dinas Koperasi, UKM dan Perdagangan", "Diskopdag"),
    ("Dinas Lingkungan Hidup", "DLH"),
    ("Dinas Pekerjaan Umum dan Penataan Ruang", "DPUPR"),
    ("Dinas Pendidikan", "Disdik"),
    ("Dinas Perhubungan", "Dishub"),
    ("Dinas Sosial", "Dinsos"),
    ("Sekretariat Daerah", "Setda"),
    ("Satuan Polisi Pamong Praja", "Satpol PP"),
    ("Dinas Kependudukan dan Pencatatan Sipil", "Disdukcapil"),
    ("Dinas Pemadam Kebakaran", "Damkar"),
    ("Dinas Pariwisata dan Kebudayaan", "Disparbud"),
    ("Dinas Perumahan dan Permukiman", "Disperkim"),
    ("Dinas Tenaga Kerja", "Disnaker"),
    ("Dinas Penanaman Modal dan PTSP", "DPMPTSP"),
    ("Dinas Ketahanan Pangan dan Pertanian", "DKPP"),
    ("Inspektorat", "Inspektorat"),
    ("Sekretariat DPRD", "Setwan"),
)


@dataclass(frozen=True)
class Programme:
    """One aid programme: its name, share of the monthly rows and amounts in rupiah."""

    name: str
    share: float
    amounts: tuple[int, ...]


@dataclass(frozen=True)
class Plan:
    """One city: volumes are per day unless named otherwise."""

    slug: str
    code: str
    prefix: str
    utc_hours: int
    days: int
    calls: float
    order_lines: float
    servants: int
    merchants: int
    covid_cases: int
    bansos_rows: int  # per month
    arrival_target_min: float
    dinas: int  # the first so many of DINAS, besides every kecamatan
    programmes: tuple[Programme, ...]
    hospitals: tuple[str, ...] = ()  # where a medical emergency line takes people
    tells_course: bool = True  # whether its lists of aid say the decile, and when aid was proposed and verified
    scale: float = 1.0  # of the volumes that datasets declare themselves

    def shrunk(self, days: int | None, scale: float) -> "Plan":
        """The same city with a shorter history and smaller volumes."""
        return replace(
            self,
            scale=scale,
            days=min(self.days, days or self.days),
            calls=self.calls * scale,
            order_lines=self.order_lines * scale,
            servants=max(60, round(self.servants * scale)),
            merchants=max(40, round(self.merchants * scale)),
            covid_cases=max(60, round(self.covid_cases * scale * min(self.days, days or self.days) / self.days)),
            bansos_rows=max(60, round(self.bansos_rows * scale)),
        )


PKH = Programme("PKH", 0.4, (225_000, 375_000, 500_000, 600_000, 750_000))
SEMBAKO = Programme("Sembako", 0.4, (200_000,))
BST = Programme("BST", 0.2, (300_000,))

PLANS = (
    Plan(
        slug="samarinda",
        code="64.72",
        prefix="SMR",
        utc_hours=8,
        days=730,
        calls=877,
        order_lines=220,
        servants=6_500,
        merchants=900,
        covid_cases=12_000,
        bansos_rows=3_000,
        arrival_target_min=6,
        dinas=25,
        programmes=(PKH, SEMBAKO, BST),
    ),
    Plan(
        slug="surabaya",
        code="35.78",
        prefix="SBY",
        utc_hours=7,
        days=180,
        calls=2_000,
        order_lines=900,
        servants=13_000,
        merchants=2_500,
        covid_cases=15_000,
        bansos_rows=5_000,
        arrival_target_min=7,
        dinas=14,
        programmes=(PKH, SEMBAKO, BST),
    ),
    Plan(
        slug="banyumas",
        code="33.02",
        prefix="BMS",
        utc_hours=7,
        days=180,
        calls=300,
        order_lines=120,
        servants=4_000,
        merchants=500,
        covid_cases=7_000,
        bansos_rows=3_000,
        arrival_target_min=9,
        dinas=20,
        programmes=(Programme("JPSBMS", 1.0, (200_000,)),),
        hospitals=("RSUD Banyumas", "RSUD Ajibarang", "RSUD Prof. Dr. Margono Soekarjo"),
        tells_course=False,
    ),
)
