"""Layanan: what residents asked of the city, by which channel, and how long it took to answer."""

import datetime as dt
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from dashboard.indicator import Better, Cells, Expression, Indicator, Moment, Unit, Window
from etl.cities import City
from etl.text import Text

SUBJECT = "layanan"
REQUESTS_DATA, DOCUMENTS_DATA, COMPLAINTS_DATA = "service_requests", "signed_documents", "complaints"
PERMITS_DATA, WASTE_DATA = "permits", "waste_pickups"
CLOSED = ("done", "rejected")  # states of a complaint that nobody waits for any more
REQUEST_DAYS = 3  # no standard of service is published: a yardstick of ours, and called one
DOCUMENT_DAYS = 1
DEFAULT_COMPLAINT_DAYS = 14.0  # PermenPANRB 62/2018, complaints that need no inspection; calendar days here


def _rows(c: Cells) -> sa.ColumnElement[int]:
    return sa.func.count()


def _share(part: Expression) -> Expression:
    """Part of the rows, in per cent; nothing where there are none."""
    return lambda c: 100.0 * sa.func.count().filter(part(c)) / sa.func.nullif(sa.func.count(), 0)


def _median_hours(first: str, last: str) -> Expression:
    def value(c: Cells) -> sa.ColumnElement[Any]:
        return sa.func.percentile_cont(0.5).within_group(sa.extract("epoch", c[last] - c[first]) / 3600)

    return value


def _open(
    c: Cells, begun: str, ended: sa.ColumnElement[Any], before: dt.datetime, at: dt.datetime
) -> sa.ColumnElement[bool]:
    """Begun before one moment, and not ended at another."""
    return sa.and_(c[begun] < before, sa.or_(ended.is_(None), ended > at))


def requests_open(c: Cells, moment: Moment, city: City) -> sa.ColumnElement[bool]:
    """Requests that came in and were not served yet."""
    return _open(c, "opened_at", c.done_at, moment.instant, moment.instant)


def requests_waiting(c: Cells, moment: Moment, city: City) -> sa.ColumnElement[bool]:
    """Requests that have waited for longer than the yardstick."""
    return _open(c, "opened_at", c.done_at, moment.instant - dt.timedelta(days=REQUEST_DAYS), moment.instant)


def answered_at(c: Cells) -> sa.ColumnElement[Any]:
    """When a document left the signer's desk; one that was sent back was last changed then."""
    return sa.case((c.status == "returned", c.updated_at), else_=c.signed_at)


def documents_waiting(c: Cells, moment: Moment, city: City) -> sa.ColumnElement[bool]:
    """Documents that were sent and neither signed nor sent back."""
    return _open(c, "sent_at", answered_at(c), moment.instant, moment.instant)


def documents_late(c: Cells, moment: Moment, city: City) -> sa.ColumnElement[bool]:
    """Documents that have waited for more than a day."""
    return _open(c, "sent_at", answered_at(c), moment.instant - dt.timedelta(days=DOCUMENT_DAYS), moment.instant)


def complaint_days(city: City) -> float:
    """Days within which a complaint is closed: the city's own promise, or the general one."""
    return city.targets.get("complaint_days", DEFAULT_COMPLAINT_DAYS)


def complaints_late(c: Cells, moment: Moment, city: City) -> sa.ColumnElement[bool]:
    """Complaints that are open for longer than the city promises."""
    return _open(c, "opened_at", c.closed_at, moment.instant - dt.timedelta(days=complaint_days(city)), moment.instant)


def complaints_open(c: Cells, moment: Moment, city: City) -> sa.ColumnElement[bool]:
    """Complaints that came in and were not closed."""
    return _open(c, "opened_at", c.closed_at, moment.instant, moment.instant)


def permits_open(c: Cells, moment: Moment, city: City) -> sa.ColumnElement[bool]:
    """Applications that came in by then and were not decided."""
    return sa.and_(c.applied_on <= moment.day, sa.or_(c.decided_on.is_(None), c.decided_on > moment.day))


def permits_late(c: Cells, moment: Moment, city: City) -> sa.ColumnElement[bool]:
    """Applications that were due before and are not decided."""
    return sa.and_(c.due_on < moment.day, sa.or_(c.decided_on.is_(None), c.decided_on > moment.day))


DIGITAL_SHARE = Indicator(
    key="digital_share",
    subject=SUBJECT,
    title=Text("Dilayani digital", "Served digitally"),
    meaning=Text(
        "Bagian permohonan layanan yang masuk lewat aplikasi, bukan di loket",
        "Part of the requests for a service that came in by app and not at the counter",
    ),
    formula=Text("permohonan digital ÷ semua permohonan × 100", "digital requests ÷ all requests × 100"),
    unit=Unit.PERCENT,
    dataset=REQUESTS_DATA,
    time="opened_at",
    value=_share(lambda c: c.channel == "digital"),
    better=Better.MORE,
    target=lambda city: city.targets.get("digital_share"),
)
REQUESTS = Indicator(
    key="requests",
    subject=SUBJECT,
    title=Text("Permohonan layanan", "Requests"),
    meaning=Text("Permohonan layanan yang masuk, lewat saluran apa pun", "Requests that came in, by whatever channel"),
    formula=Text("cacah permohonan menurut waktu masuk", "count of requests by the time they came in"),
    unit=Unit.REQUESTS,
    dataset=REQUESTS_DATA,
    time="opened_at",
    value=_rows,
)
REQUESTS_OPEN = Indicator(
    key="requests_open",
    subject=SUBJECT,
    title=Text("Permohonan belum selesai", "Requests not served yet"),
    meaning=Text("Permohonan yang masuk dan belum selesai dilayani", "Requests that came in and were not served yet"),
    formula=Text("cacah permohonan tanpa waktu selesai", "count of requests without a time of service"),
    unit=Unit.REQUESTS,
    dataset=REQUESTS_DATA,
    time="opened_at",
    window=Window.MOMENT,
    at=requests_open,
    value=_rows,
    better=Better.LESS,
)
REQUESTS_WAITING = Indicator(
    key="requests_waiting",
    subject=SUBJECT,
    title=Text(f"Permohonan menunggu > {REQUEST_DAYS} hari", f"Requests waiting > {REQUEST_DAYS} days"),
    meaning=Text(
        f"Permohonan yang {REQUEST_DAYS} hari lebih belum selesai: tolok ukur Pantau, bukan standar pelayanan",
        f"Requests not served after {REQUEST_DAYS} days: a yardstick of Pantau, no standard of service",
    ),
    formula=Text(
        f"cacah permohonan tanpa waktu selesai, masuk > {REQUEST_DAYS} × 24 jam lalu",
        f"count of requests without a time of service that came in > {REQUEST_DAYS} × 24 hours ago",
    ),
    unit=Unit.REQUESTS,
    dataset=REQUESTS_DATA,
    time="opened_at",
    window=Window.MOMENT,
    at=requests_waiting,
    value=_rows,
    better=Better.LESS,
)
REQUESTS_SERVED = Indicator(
    key="requests_served",
    subject=SUBJECT,
    title=Text("Permohonan selesai", "Requests served"),
    meaning=Text("Permohonan yang selesai dilayani dalam periode ini", "Requests that were served in the period"),
    formula=Text("cacah permohonan menurut waktu selesai", "count of requests by the time they were served"),
    unit=Unit.REQUESTS,
    dataset=REQUESTS_DATA,
    time="done_at",
    value=_rows,
    better=Better.MORE,
)
REQUEST_HOURS = Indicator(
    key="request_hours",
    subject=SUBJECT,
    title=Text("Lama layanan, separuh permohonan", "Time to be served, median"),
    meaning=Text(
        "Separuh permohonan yang selesai dalam periode ini dilayani secepat ini atau lebih cepat",
        "Half of the requests served in the period took this long or less",
    ),
    formula=Text("median (selesai − masuk)", "median of served − came in"),
    unit=Unit.HOURS,
    dataset=REQUESTS_DATA,
    time="done_at",
    value=_median_hours("opened_at", "done_at"),
    better=Better.LESS,
)
DOCUMENTS_SENT = Indicator(
    key="documents_sent",
    subject=SUBJECT,
    title=Text("Dokumen dikirim", "Documents sent"),
    meaning=Text("Dokumen yang dikirim untuk ditandatangani", "Documents that were sent to be signed"),
    formula=Text("cacah dokumen menurut waktu dikirim", "count of documents by the time they were sent"),
    unit=Unit.DOCUMENTS,
    dataset=DOCUMENTS_DATA,
    time="sent_at",
    value=_rows,
    area=None,
)
DOCUMENTS_WAITING = Indicator(
    key="documents_waiting",
    subject=SUBJECT,
    title=Text("Menunggu tanda tangan (TTE)", "Waiting for a signature"),
    meaning=Text(
        "Dokumen yang dikirim dan belum ditandatangani atau dikembalikan",
        "Documents that were sent and neither signed nor sent back",
    ),
    formula=Text("cacah dokumen berkeadaan menunggu", "count of documents that wait"),
    unit=Unit.DOCUMENTS,
    dataset=DOCUMENTS_DATA,
    time="sent_at",
    window=Window.MOMENT,
    at=documents_waiting,
    value=_rows,
    better=Better.LESS,
    area=None,
)
DOCUMENTS_LATE = Indicator(
    key="documents_late",
    subject=SUBJECT,
    title=Text("TTE menunggu > 1 hari", "Signatures waiting > 1 day"),
    meaning=Text(
        "Dokumen yang lebih dari sehari menunggu tanda tangan", "Documents that wait for a signature for over a day"
    ),
    formula=Text("cacah dokumen menunggu, dikirim > 24 jam lalu", "count of documents that wait, sent > 24 hours ago"),
    unit=Unit.DOCUMENTS,
    dataset=DOCUMENTS_DATA,
    time="sent_at",
    window=Window.MOMENT,
    at=documents_late,
    value=_rows,
    better=Better.LESS,
    target=lambda city: 0.0,
    area=None,
)
SIGNING_HOURS = Indicator(
    key="signing_hours",
    subject=SUBJECT,
    title=Text("Lama tanda tangan, separuh dokumen", "Time to sign, median"),
    meaning=Text(
        "Separuh dokumen yang ditandatangani dalam periode ini menunggu selama ini atau lebih singkat",
        "Half of the documents signed in the period waited this long or less",
    ),
    formula=Text("median (ditandatangani − dikirim)", "median of signed − sent"),
    unit=Unit.HOURS,
    dataset=DOCUMENTS_DATA,
    time="signed_at",
    value=_median_hours("sent_at", "signed_at"),
    better=Better.LESS,
    area=None,
)
COMPLAINTS = Indicator(
    key="complaints",
    subject=SUBJECT,
    title=Text("Pengaduan masuk", "Complaints"),
    meaning=Text("Pengaduan warga yang masuk dalam periode ini", "Complaints of residents in the period"),
    formula=Text("cacah pengaduan menurut waktu masuk", "count of complaints by the time they came in"),
    unit=Unit.COMPLAINTS,
    dataset=COMPLAINTS_DATA,
    time="opened_at",
    value=_rows,
    area=None,
)
COMPLAINTS_DONE = Indicator(
    key="complaints_done",
    subject=SUBJECT,
    title=Text("Pengaduan selesai", "Complaints done"),
    meaning=Text(
        "Bagian pengaduan periode ini yang sudah selesai atau ditolak",
        "Part of the complaints of the period that are done or rejected",
    ),
    formula=Text("(selesai + ditolak) ÷ pengaduan masuk × 100", "(done + rejected) ÷ complaints × 100"),
    unit=Unit.PERCENT,
    dataset=COMPLAINTS_DATA,
    time="opened_at",
    value=_share(lambda c: c.status.in_(CLOSED)),
    better=Better.MORE,
    area=None,
)
COMPLAINTS_LATE = Indicator(
    key="complaints_late",
    subject=SUBJECT,
    title=Text("Pengaduan lewat tenggat", "Complaints past their time"),
    meaning=Text(
        "Pengaduan yang belum ditutup melewati target kota (tanpa target: 14 hari)",
        "Complaints not closed after the city's target (none set: 14 days)",
    ),
    formula=Text(
        "cacah pengaduan tanpa waktu tutup, lebih lama dari target",
        "count of complaints without a closing time, older than the target",
    ),
    unit=Unit.COMPLAINTS,
    dataset=COMPLAINTS_DATA,
    time="opened_at",
    window=Window.MOMENT,
    at=complaints_late,
    value=_rows,
    better=Better.LESS,
    target=lambda city: 0.0,
    area=None,
)
PERMITS_ON_TIME = Indicator(
    key="permits_on_time",
    subject=SUBJECT,
    title=Text("Izin tepat waktu", "Permits in time"),
    meaning=Text(
        "Bagian permohonan izin yang diputus sampai tenggat janji layanannya",
        "Part of the applications that were decided by the day promised",
    ),
    formula=Text("diputus sampai tenggat ÷ diputus × 100", "decided by the due day ÷ decided × 100"),
    unit=Unit.PERCENT,
    dataset=PERMITS_DATA,
    time="decided_on",
    finest="day",
    where=lambda c: c.due_on.is_not(None),
    value=_share(lambda c: c.decided_on <= c.due_on),
    better=Better.MORE,
    area=None,
)
PERMITS_LATE = Indicator(
    key="permits_late",
    subject=SUBJECT,
    title=Text("Izin lewat tenggat", "Permits past their day"),
    meaning=Text("Permohonan izin yang tenggatnya lewat dan belum diputus", "Applications past their day, not decided"),
    formula=Text("cacah permohonan belum diputus dengan tenggat lewat", "count of undecided applications past due"),
    unit=Unit.REQUESTS,
    dataset=PERMITS_DATA,
    time="applied_on",
    finest="day",
    window=Window.MOMENT,
    at=permits_late,
    value=_rows,
    better=Better.LESS,
    target=lambda city: 0.0,
    area=None,
)
WASTE = Indicator(
    key="waste_kg",
    subject=SUBJECT,
    title=Text("Sampah dijemput", "Waste fetched"),
    meaning=Text("Berat sampah rumah tangga yang dijemput", "Weight of the household waste that was fetched"),
    formula=Text("Σ berat penjemputan", "Σ weight of pickups"),
    unit=Unit.KG,
    dataset=WASTE_DATA,
    time="picked_at",
    value=lambda c: sa.func.coalesce(sa.func.sum(c.kg), 0),
    better=Better.MORE,
)
WASTE_WEEK = replace(
    WASTE,
    key="waste_kg_week",
    title=Text("Sampah dijemput, 7 hari", "Waste fetched, 7 days"),
    meaning=Text("Berat sampah rumah tangga yang dijemput dalam 7 hari", "Household waste that was fetched in 7 days"),
    formula=Text("Σ berat penjemputan dalam 7 hari", "Σ weight of pickups in 7 days"),
    window=Window.WEEK,
)
WASTE_PAID = Indicator(
    key="waste_paid",
    subject=SUBJECT,
    title=Text("Dibayarkan kepada warga", "Paid to households"),
    meaning=Text("Yang dibayarkan untuk sampah yang dijemput", "What was paid for waste that was fetched"),
    formula=Text(
        "Σ dibayarkan menurut waktu dijemput; yang belum dibayar tidak dihitung",
        "Σ paid by the time of the pickup; what is not paid yet does not count",
    ),
    unit=Unit.RUPIAH,
    dataset=WASTE_DATA,
    time="picked_at",
    value=lambda c: sa.func.coalesce(sa.func.sum(c.paid), 0),
    better=Better.MORE,
)
WASTE_UNPAID = Indicator(
    key="waste_unpaid",
    subject=SUBJECT,
    title=Text("Penjemputan belum dibayar", "Pickups not paid"),
    meaning=Text(
        "Bagian penjemputan periode ini yang belum dibayar kepada warga",
        "Part of the pickups of the period for which the household was not paid yet",
    ),
    formula=Text("penjemputan tanpa pembayaran ÷ penjemputan × 100", "pickups without a payment ÷ pickups × 100"),
    unit=Unit.PERCENT,
    dataset=WASTE_DATA,
    time="picked_at",
    value=_share(lambda c: c.paid.is_(None)),
    better=Better.LESS,
)
PERMITS_OPEN = Indicator(
    key="permits_open",
    subject=SUBJECT,
    title=Text("Izin belum diputus", "Permits not decided"),
    meaning=Text("Permohonan izin yang belum diputus", "Applications that are not decided"),
    formula=Text("cacah permohonan tanpa tanggal putus", "count of applications without a day of decision"),
    unit=Unit.REQUESTS,
    dataset=PERMITS_DATA,
    time="applied_on",
    finest="day",
    window=Window.MOMENT,
    at=permits_open,
    value=_rows,
    better=Better.LESS,
    area=None,
)
COMPLAINTS_OPEN = Indicator(
    key="complaints_open",
    subject=SUBJECT,
    title=Text("Pengaduan belum ditutup", "Complaints not closed"),
    meaning=Text("Pengaduan yang masuk dan belum ditutup", "Complaints that came in and were not closed"),
    formula=Text("cacah pengaduan tanpa waktu tutup", "count of complaints without a closing time"),
    unit=Unit.COMPLAINTS,
    dataset=COMPLAINTS_DATA,
    time="opened_at",
    window=Window.MOMENT,
    at=complaints_open,
    value=_rows,
    better=Better.LESS,
    area=None,
)

INDICATORS = (
    *(DIGITAL_SHARE, REQUESTS, REQUESTS_OPEN, REQUESTS_WAITING, REQUESTS_SERVED, REQUEST_HOURS),
    *(DOCUMENTS_SENT, DOCUMENTS_WAITING, DOCUMENTS_LATE, SIGNING_HOURS),
    *(COMPLAINTS, COMPLAINTS_DONE, COMPLAINTS_LATE, COMPLAINTS_OPEN),
    *(PERMITS_ON_TIME, PERMITS_LATE, PERMITS_OPEN, WASTE, WASTE_WEEK, WASTE_PAID, WASTE_UNPAID),
)
