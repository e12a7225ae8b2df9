"""What the ledger can be asked: each view declared once, as its columns, its lines and the sentence above them.

Nothing here quotes a person: of a refused row the web's SQL role reads where it stands and why in one word, and the
cell itself only where its column is P0 or P1.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import sqlalchemy as sa

from dashboard import format as fmt
from dashboard.queries import Asked
from dashboard.scope import DAY
from etl.catalogue import contract, contracts
from etl.crosschecks import rules
from etl.finding import Severity
from etl.refusal import REASONS
from etl.text import Text
from etl.warehouse import CHECKS, COUNTS, DRIFT, HISTORIES, QUARANTINE, RETENTIONS, RUNS, SOURCES

MOST = 200  # lines of a view; the whole is in the command line and in the CSV of a narrower question


class Line(NamedTuple):
    """One line of a view.

    ``tone`` says whether somebody should act on it, or watch it; ``patch`` is the narrower question that it opens.
    """

    cells: tuple[Any, ...]
    tone: str = ""
    patch: str = ""


@dataclass(frozen=True)
class Head:
    """A column of a view: what it is called and how its cells are written."""

    title: Text
    write: Callable[[Any, Asked], str]

    @property
    def is_number(self) -> bool:
        return self.write is _count

    def shown(self, cell: Any, asked: Asked) -> str:
        return fmt.NOTHING if cell is None or cell == "" else self.write(cell, asked)


@dataclass(frozen=True)
class View:
    """One question to the ledger; ``finding`` titles its lines, ``nothing`` stands when there are none."""

    key: str
    title: Text
    meaning: Text
    formula: Text
    heads: tuple[Head, ...]
    lines: Callable[[sa.Connection, Asked], list[Line]]
    finding: Callable[[list[Line]], Text]
    nothing: Text
    datasets: tuple[str, ...] = ()  # what it reads besides the ledger


def words(cell: Any, asked: Asked) -> str:
    """A cell of words, in the reader's language."""
    return cell.say(asked.scope.language) if isinstance(cell, Text) else str(cell)


def _count(cell: Any, asked: Asked) -> str:
    return fmt.number(cell, asked.scope.language)


def _moment(cell: Any, asked: Asked) -> str:
    return fmt.moment(cell, asked.city.zone, asked.scope.language)


def _age(cell: Any, asked: Asked) -> str:
    return fmt.age(cell, asked.scope.language)


APP = Head(Text("Aplikasi", "App"), words)
SOURCE = Head(Text("Sumber", "Source"), words)
DATASET = Head(Text("Data", "Dataset"), words)
STATE = Head(Text("Keadaan", "State"), words)
AGE = Head(Text("Usia", "Age"), _age)
PROMISE = Head(Text("Janji", "Promise"), _age)
DELIVERY = Head(Text("Kiriman", "Delivery"), words)
COLUMN = Head(Text("Kolom", "Column"), words)
ROWS = Head(Text("Baris", "Rows"), _count)
FIRST = Head(Text("Pertama", "First"), _moment)
LAST = Head(Text("Terakhir", "Last"), _moment)
LAW = tuple(
    Head(title, _count)
    for title in (
        Text("Diterima", "Received"),
        Text("Dimuat", "Loaded"),
        Text("Tetap", "Unchanged"),
        Text("Tersusul", "Superseded"),
        Text("Dikarantina", "Quarantined"),
        Text("Dihapus", "Deleted"),
    )
)
BALANCED = Head(Text("Seimbang", "Balanced"), words)
YES, NO = Text("✓", "✓"), Text("✗ tidak", "✗ no")
SUMMED = (*COUNTS, "deleted")


def mine(table: sa.Table, asked: Asked) -> list[sa.ColumnElement[bool]]:
    """The city's rows of a table, and what the address filters by where the table has it."""
    wanted = [table.c[name] == value for name, value in asked.scope.where if name in table.c]
    return [table.c.city_code == asked.city.code, *wanted]


def _between(column: sa.ColumnElement[Any], asked: Asked) -> list[sa.ColumnElement[bool]]:
    """Within the days of the question, by the city's clock."""
    zone = asked.city.tz
    start = dt.datetime.combine(asked.scope.since, dt.time(), zone)
    end = dt.datetime.combine(asked.scope.until + DAY, dt.time(), zone)
    return [column >= start, column < end]


# Sources

WELL, LATE, ERROR = Text("baik", "well"), Text("▲ terlambat", "▲ late"), Text("▲ galat", "▲ error")
ALARM = Text("◆ perlu dilihat", "◆ needs a look")
STATES = {ERROR: "act", LATE: "act", ALARM: "watch", WELL: ""}


def _sources(connection: sa.Connection, asked: Asked) -> list[Line]:
    sums = [sa.func.coalesce(sa.func.sum(RUNS.c[name]), 0).label(name) for name in SUMMED]
    place = (RUNS.c.city_code == SOURCES.c.city_code) & (RUNS.c.source == SOURCES.c.source)
    alarm = [sa.case((RUNS.c.alarm, RUNS.c[name])).label(name) for name in ("note_id", "note_en")]
    last_note = sa.select(*alarm).where(place).order_by(RUNS.c.run_id.desc()).limit(1).lateral("last")
    names = ("app", "source", "dataset", "fresh_at", "promise_s", "last_success", "error_id", "error_en")
    known = [SOURCES.c[name] for name in names]
    totals = sa.select(*sums).where(place).lateral("totals")
    query = (
        sa.select(*known, *totals.c, *last_note.c)
        .select_from(SOURCES.join(totals, sa.true()).outerjoin(last_note, sa.true()))
        .where(*mine(SOURCES, asked))
    )
    lines = [_source_line(row, asked) for row in connection.execute(query)]
    order = list(STATES)
    return sorted(lines, key=lambda line: (order.index(line.cells[3]), line.cells[0], line.cells[1]))


def _source_line(row: Any, asked: Asked) -> Line:
    age = (asked.now - row.fresh_at).total_seconds() if row.fresh_at else None
    state = _state(row, age)
    counts = [int(row._mapping[name]) for name in SUMMED]
    says = Text(row.error_id, row.error_en) if row.error_id else row.note_id and Text(row.note_id, row.note_en)
    law = YES if counts[0] == sum(counts[1:5]) else NO
    title = contract(row.dataset).title if row.dataset in contracts() else row.dataset
    cells = (row.app, row.source, title, state, age, row.promise_s, *counts, law, row.last_success, says)
    return Line(cells, "act" if law is NO else STATES[state], f"saring=source:{row.source}")


def _state(row: Any, age: float | None) -> Text:
    if row.error_id:
        return ERROR
    if age is None or age > row.promise_s:
        return LATE
    return ALARM if row.note_id else WELL


def _on_time(lines: list[Line]) -> Text:
    well = sum(line.tone != "act" for line in lines)
    return Text(f"{well} dari {len(lines)} sumber tepat waktu", f"{well} of {len(lines)} sources on time")


SOURCES_VIEW = View(
    key="sources",
    title=Text("Sumber", "Sources"),
    meaning=Text(
        "Setiap sumber: usianya terhadap janjinya, dan nasib setiap baris yang pernah diterima",
        "Every source: its age against its promise, and what became of every row ever received",
    ),
    formula=Text(
        "diterima = dimuat + tetap + tersusul + dikarantina, untuk setiap sumber sejak awal",
        "received = loaded + unchanged + superseded + quarantined, of every source since the beginning",
    ),
    heads=(
        APP,
        SOURCE,
        DATASET,
        STATE,
        AGE,
        PROMISE,
        *LAW,
        BALANCED,
        Head(Text("Terakhir berhasil", "Last success"), _moment),
        Head(Text("Pesan", "Message"), words),
    ),
    lines=_sources,
    finding=_on_time,
    nothing=Text("Belum ada sumber yang pernah dijalankan.", "No source has ever run."),
)

# Runs


def _runs(connection: sa.Connection, asked: Asked) -> list[Line]:
    names = ("finished_at", "source", "delivery", *SUMMED, "polls", "raw", "alarm", "note_id", "note_en")
    query = sa.select(*(RUNS.c[name] for name in names)).where(*mine(RUNS, asked))
    query = query.where(*_between(RUNS.c.finished_at, asked)).order_by(RUNS.c.run_id.desc()).limit(MOST)
    return [_run_line(row) for row in connection.execute(query)]


def _run_line(row: Any) -> Line:
    counts = [int(row._mapping[name]) for name in SUMMED]
    law = YES if counts[0] == sum(counts[1:5]) else NO
    note = Text(row.note_id, row.note_en) if row.note_id else None
    cells = (row.finished_at, row.source, row.delivery, *counts, law, row.polls, (row.raw or "")[:12], note)
    return Line(cells, "act" if law is NO else "watch" if row.alarm else "")


def _balanced(lines: list[Line]) -> Text:
    kept = sum(line.cells[9] is YES for line in lines)
    if kept == len(lines):
        return Text(f"{kept} kiriman terakhir, semuanya seimbang", f"the last {kept} deliveries, all balanced")
    return Text(f"{len(lines) - kept} kiriman tidak seimbang", f"{len(lines) - kept} deliveries out of balance")


RUNS_VIEW = View(
    key="runs",
    title=Text("Kiriman demi kiriman", "Delivery by delivery"),
    meaning=Text(
        "Hukum kekekalan untuk setiap kiriman: tidak ada baris yang hilang, tidak ada yang berlipat",
        "The law of conservation for every delivery: no row lost, none doubled",
    ),
    formula=Text(
        "diterima = dimuat + tetap + tersusul + dikarantina; diperiksa basis data pada setiap transaksi",
        "received = loaded + unchanged + superseded + quarantined; checked by the database in every transaction",
    ),
    heads=(
        Head(Text("Waktu", "Time"), _moment),
        SOURCE,
        DELIVERY,
        *LAW,
        BALANCED,
        Head(Text("Tanya", "Polls"), _count),
        Head(Text("Simpanan", "Kept as"), words),
        Head(Text("Catatan", "Note"), words),
    ),
    lines=_runs,
    finding=_balanced,
    nothing=Text("Tidak ada kiriman pada hari-hari ini.", "No delivery on these days."),
)

# Refused rows

_AREA = "area"


def _causes(connection: sa.Connection, asked: Asked, areas: bool) -> list[Line]:
    """Open refused rows by cause; the same query serves the areas that no name matched."""
    cause = [QUARANTINE.c[name] for name in ("source", "column", "reason_class")]
    cause += [QUARANTINE.c.shown_value] if areas else []
    told = [
        sa.func.count().label("rows"),
        sa.func.min(QUARANTINE.c.shown_value).label("example"),
        sa.func.min(QUARANTINE.c.delivery).label("delivery"),
        sa.func.min(QUARANTINE.c.row).label("row"),
        sa.func.min(QUARANTINE.c.received_at).label("first"),
        sa.func.max(QUARANTINE.c.received_at).label("last"),
    ]
    where = [*mine(QUARANTINE, asked), QUARANTINE.c.state == "open"]
    where += [QUARANTINE.c.reason_class == _AREA] if areas else []
    query = sa.select(*cause, *told).where(*where).group_by(*cause).order_by(sa.desc("rows"))
    # All of them: the sentence above adds them up.
    return [_area_line(row) if areas else _cause_line(row) for row in connection.execute(query)]


def _cause_line(row: Any) -> Line:
    why = REASONS.get(row.reason_class, Text("belum digolongkan", "not classed yet"))
    example = f"{row.delivery} · {row.row}"
    return Line((row.source, row.column, why, row.rows, row.example, example, row.first, row.last), "watch")


def _area_line(row: Any) -> Line:
    return Line((row.shown_value, row.source, row.rows, f"{row.delivery} · {row.row}", row.first, row.last), "watch")


def _refused(lines: list[Line]) -> Text:
    rows = sum(line.cells[3] for line in lines)
    shown = (fmt.number(rows, "id"), fmt.number(rows, "en"))
    return Text(
        f"{shown[0]} baris menunggu perbaikan, dari {len(lines)} sebab",
        f"{shown[1]} rows wait to be put right, of {len(lines)} causes",
    )


QUARANTINE_VIEW = View(
    key="quarantine",
    title=Text("Karantina", "Quarantine"),
    meaning=Text(
        "Baris yang ditolak, menurut sebabnya. Isi lengkap dan perbaikannya: python -m etl quarantine --group",
        "Rows refused, by their cause. All of it, and how to mend it: python -m etl quarantine --group",
    ),
    formula=Text("jumlah baris karantina yang masih terbuka", "number of quarantined rows still open"),
    heads=(
        SOURCE,
        COLUMN,
        Head(Text("Sebab", "Cause"), words),
        ROWS,
        Head(Text("Contoh isi", "Example"), words),
        Head(Text("Contoh berkas · baris", "Example file · row"), words),
        FIRST,
        LAST,
    ),
    lines=partial(_causes, areas=False),
    finding=_refused,
    nothing=Text("Karantina kosong.", "The quarantine is empty."),
)

UNMATCHED_VIEW = View(
    key="unmatched",
    title=Text("Nama wilayah tanpa pasangan", "Unmatched area names"),
    meaning=Text(
        "Nama yang tidak dikenal di kota ini. Beri alias: python -m etl quarantine alias",
        "Names unknown in this city. Give an alias: python -m etl quarantine alias",
    ),
    formula=Text("baris karantina terbuka yang wilayahnya tidak dikenal", "open refused rows whose area is unknown"),
    heads=(
        Head(Text("Tertulis", "Written"), words),
        SOURCE,
        ROWS,
        Head(Text("Contoh berkas · baris", "Example file · row"), words),
        FIRST,
        LAST,
    ),
    lines=partial(_causes, areas=True),
    finding=lambda lines: Text(f"{len(lines)} nama wilayah tanpa pasangan", f"{len(lines)} unmatched area names"),
    nothing=Text("Semua nama wilayah dikenali.", "Every area name was recognised."),
)

# Drift, revisions, findings, limits

DRIFTS = {
    "added": Text("kolom baru, tidak diterbitkan", "new column, not published"),
    "missing": Text("kolom hilang", "column missing"),
    "renamed-suspect": Text("mungkin berganti nama", "perhaps renamed"),
}


def _drift(connection: sa.Connection, asked: Asked) -> list[Line]:
    names = ("source", "header", "kind", "likely", "delivery", "first_seen", "last_seen")
    query = sa.select(*(DRIFT.c[name] for name in names)).where(*mine(DRIFT, asked))
    return [
        Line(
            (
                row.source,
                row.header,
                DRIFTS.get(row.kind, row.kind),
                row.likely,
                row.delivery,
                row.first_seen,
                row.last_seen,
            ),
            "" if row.kind == "added" else "act",
        )
        for row in connection.execute(query.order_by(DRIFT.c.last_seen.desc()))
    ]


DRIFT_VIEW = View(
    key="drift",
    title=Text("Perubahan kolom", "Changes of columns"),
    meaning=Text(
        "Kolom yang muncul, hilang atau berganti nama pada sumbernya",
        "Columns that appeared, went or were renamed at the source",
    ),
    formula=Text("judul kolom kiriman ini dibanding semua kiriman sebelumnya", "headers against all deliveries before"),
    heads=(
        SOURCE,
        COLUMN,
        Head(Text("Perubahan", "Change"), words),
        Head(Text("Mungkin kini", "Perhaps now"), words),
        DELIVERY,
        FIRST,
        LAST,
    ),
    lines=_drift,
    finding=lambda lines: Text(f"{len(lines)} perubahan kolom", f"{len(lines)} changes of columns"),
    nothing=Text("Tidak ada kolom yang berubah.", "No column has changed."),
)


def _revisions(connection: sa.Connection, asked: Asked) -> list[Line]:
    wanted = dict(asked.scope.where).get("dataset")
    parts = []
    for name, history in HISTORIES.items():
        if wanted in (None, name):
            where = [history.c.city_code == asked.city.code, *_between(history.c.known_to, asked)]
            rows, last = sa.func.count().label("rows"), sa.func.max(history.c.known_to).label("last")
            parts.append(sa.select(sa.literal(name).label("dataset"), rows, last).where(*where))
    if not parts:
        return []
    found = [row for row in connection.execute(sa.union_all(*parts)) if row.rows]
    return [Line((contract(row.dataset).title, row.rows, row.last)) for row in sorted(found, key=lambda row: -row.rows)]


REVISIONS_VIEW = View(
    key="revisions",
    title=Text("Revisi", "Revisions"),
    meaning=Text(
        "Versi baris yang diganti atau dihapus pada hari-hari ini; yang lama tetap dapat dibaca",
        "Versions of rows replaced or deleted on these days; the old ones can still be read",
    ),
    formula=Text("jumlah versi yang berakhir pada hari-hari ini", "number of versions that ended on these days"),
    heads=(DATASET, Head(Text("Versi diganti", "Versions replaced"), _count), LAST),
    lines=_revisions,
    finding=lambda lines: Text(f"Revisi terbanyak: {lines[0].cells[0].id}", f"Most revisions: {lines[0].cells[0].en}"),
    nothing=Text("Tidak ada revisi pada hari-hari ini.", "No revision on these days."),
)

SEVERITIES = {Severity.ERROR: "act", Severity.LOOK: "watch"}


def _findings(connection: sa.Connection, asked: Asked) -> list[Line]:
    """How much each cross-check found: a count, never a case."""
    wanted = dict(asked.scope.where).get("dataset")
    made = connection.execute(sa.select(CHECKS).where(CHECKS.c.city_code == asked.city.code).order_by(CHECKS.c.rule))
    known = [(row, rules()[row.rule]) for row in made if row.rule in rules()]
    return [
        Line((rule.title, rule.owner, row.found, row.checked_at), SEVERITIES[rule.severity] if row.found else "")
        for row, rule in known
        if wanted is None or wanted in rule.datasets
    ]


FINDINGS_VIEW = View(
    key="findings",
    title=Text("Pemeriksaan silang", "Cross-checks"),
    meaning=Text(
        "Temuan untuk dilihat, bukan vonis. Buktinya hanya untuk walidata: halaman /temuan",
        "Findings to look at, not verdicts. The evidence is the steward's: page /temuan",
    ),
    formula=Text("jumlah temuan terbuka setiap aturan", "number of open findings of every rule"),
    heads=(
        Head(Text("Pemeriksaan", "Check"), words),
        Head(Text("Ditangani", "Owner"), words),
        Head(Text("Temuan", "Findings"), _count),
        Head(Text("Diperiksa", "Checked"), _moment),
    ),
    lines=_findings,
    finding=lambda lines: Text(
        f"{sum(line.cells[2] for line in lines)} temuan dari {len(lines)} pemeriksaan silang",
        f"{sum(line.cells[2] for line in lines)} findings of {len(lines)} cross-checks",
    ),
    nothing=Text("Belum ada pemeriksaan silang.", "No cross-check was made yet."),
)


def _limits(connection: sa.Connection, asked: Asked) -> list[Line]:
    names = ("done_at", "name", "place", "removed", "before")
    query = sa.select(*(RETENTIONS.c[name] for name in names)).where(RETENTIONS.c.city_code == asked.city.code)
    found = connection.execute(query.order_by(RETENTIONS.c.retention_id.desc()).limit(MOST))
    return [Line(tuple(row)) for row in found]


LIMITS_VIEW = View(
    key="limits",
    title=Text("Batas simpan", "Retention"),
    meaning=Text("Apa yang dihapus karena batas simpannya lewat", "What went because its time was over"),
    formula=Text("baris atau berkas yang lebih tua dari batas kota", "rows or files older than the city's limits"),
    heads=(
        Head(Text("Waktu", "Time"), _moment),
        Head(Text("Batas", "Limit"), words),
        Head(Text("Tempat", "Place"), words),
        Head(Text("Dihapus", "Removed"), _count),
        Head(Text("Lebih tua dari", "Older than"), _moment),
    ),
    lines=_limits,
    finding=lambda lines: Text(f"{len(lines)} penghapusan terakhir", f"the last {len(lines)} removals"),
    nothing=Text("Belum ada yang melewati batas simpannya.", "Nothing has passed its time yet."),
)
