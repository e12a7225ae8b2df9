"""Aplikasi: whether the shared services (data centre, command center, shared infrastructure) answer, and how fast."""

import sqlalchemy as sa

from dashboard.indicator import Better, Indicator, Unit
from etl.text import Text

SUBJECT = "aplikasi"
CHECKS_DATA = "service_checks"

UPTIME = Indicator(
    key="uptime",
    subject=SUBJECT,
    title=Text("Layanan bersama menyala", "Shared services up"),
    meaning=Text(
        "Bagian pemeriksaan yang dijawab: pusat data, command center dan infrastruktur berbagi pakai",
        "Part of the checks that were answered: data centre, command center and shared infrastructure",
    ),
    formula=Text("pemeriksaan yang dijawab ÷ pemeriksaan × 100", "checks answered ÷ checks × 100"),
    unit=Unit.PERCENT,
    dataset=CHECKS_DATA,
    time="checked_at",
    value=lambda c: 100.0 * sa.func.count().filter(c.is_up) / sa.func.nullif(sa.func.count(), 0),
    better=Better.MORE,
    area=None,
)
UNANSWERED = Indicator(
    key="checks_unanswered",
    subject=SUBJECT,
    title=Text("Pemeriksaan tak dijawab", "Checks unanswered"),
    meaning=Text(
        "Bagian pemeriksaan yang tidak dijawab. Di antara dua pemeriksaan tidak ada yang diketahui",
        "Part of the checks that were not answered. Of the time between two checks nothing is known",
    ),
    formula=Text("pemeriksaan tak dijawab ÷ pemeriksaan × 100", "checks unanswered ÷ checks × 100"),
    unit=Unit.PERCENT,
    dataset=CHECKS_DATA,
    time="checked_at",
    value=lambda c: 100.0 * sa.func.count().filter(sa.not_(c.is_up)) / sa.func.nullif(sa.func.count(), 0),
    better=Better.LESS,
    area=None,
)
LATENCY = Indicator(
    key="latency",
    subject=SUBJECT,
    title=Text("Waktu jawab, P95", "Time to answer, P95"),
    meaning=Text(
        "Sembilan belas dari dua puluh jawaban datang secepat ini atau lebih cepat",
        "Nineteen of twenty answers came this fast or faster",
    ),
    formula=Text("persentil ke-95 waktu jawab pemeriksaan yang dijawab", "95th percentile of the checks answered"),
    unit=Unit.MILLISECONDS,
    dataset=CHECKS_DATA,
    time="checked_at",
    value=lambda c: sa.func.percentile_cont(0.95).within_group(c.latency_ms),
    better=Better.LESS,
    area=None,
)

INDICATORS = (UPTIME, UNANSWERED, LATENCY)
