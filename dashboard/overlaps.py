"""Apps that do the same, and apps and sources that nobody seems to use: questions to the city's own registry.

Only what is published is compared: an app without a published function overlaps with nothing, and is counted as such.
What is told here is to be looked at; two names may be two apps, or one.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from dashboard import format as fmt
from dashboard.ledger import APP, ROWS, Head, Line, View, mine, words
from dashboard.queries import Asked
from dashboard.scope import DAY
from dashboard.systems import REGISTRY
from etl.text import Text
from etl.warehouse import RUNS, SOURCES, read

IDLE_DAYS = 30
SECTOR = Head(Text("Sektor", "Sector"), words)
OWNER = Head(Text("Pemilik", "Owner"), words)
USERS = Head(Text("Pengguna", "Users"), ROWS.write)
NO_REGISTRY = Text("Kota ini belum mengirim daftar aplikasi.", "The city has sent no registry of apps yet.")


def _day(cell: Any, asked: Asked) -> str:
    return fmt.day(cell.astimezone(asked.city.tz).date(), asked.scope.language)


def listed(connection: sa.Connection, asked: Asked) -> Sequence[sa.Row[Any]]:
    """The registry, in the order of the apps' names."""
    rows = read(REGISTRY, asked.scope.as_of)
    names = ("app", "agency_code", "sector", "purpose", "last_seen_at", "users", "updated_at")
    query = sa.select(*(rows.c[name] for name in names)).where(rows.c.city_code == asked.city.code)
    return connection.execute(query.order_by(rows.c.app)).all()


def compared(rows: Sequence[sa.Row[Any]], asked: Asked) -> Text:
    """How much of the registry can be compared, and how old it is."""
    unknown, told = sum(not row.purpose for row in rows), max(row.updated_at or asked.now for row in rows)
    day = [fmt.day(told.astimezone(asked.city.tz).date(), language) for language in ("id", "en")]
    return Text(
        f"{unknown} dari {len(rows)} aplikasi tanpa fungsi yang diumumkan, tidak dibandingkan. Daftar per {day[0]}.",
        f"{unknown} of {len(rows)} apps have no published function and are not compared. Registry of {day[1]}.",
    )


def alike(text: str | None) -> str:
    """A function or a sector without what does not matter: case and spaces."""
    return " ".join((text or "").split()).casefold()


def _overlaps(connection: sa.Connection, asked: Asked) -> list[Line]:
    """Each published function of a sector that more than one app has, the most apps on top."""
    groups: dict[tuple[str, str], list[sa.Row[Any]]] = {}
    for row in listed(connection, asked):
        if row.purpose and row.sector:
            groups.setdefault((alike(row.sector), alike(row.purpose)), []).append(row)
    several = sorted((rows for rows in groups.values() if len(rows) > 1), key=lambda rows: (-len(rows), rows[0].app))
    return [_overlap(rows) for rows in several]


def _overlap(rows: Sequence[sa.Row[Any]]) -> Line:
    users = [row.users for row in rows]
    owners = ", ".join(sorted({row.agency_code for row in rows if row.agency_code}))
    together = None if None in users else sum(users)
    return Line((", ".join(row.app for row in rows), rows[0].purpose, rows[0].sector, owners, together), "watch")


OVERLAP_VIEW = View(
    key="overlaps",
    title=Text("Aplikasi yang tumpang tindih", "Apps that overlap"),
    meaning=Text(
        "Aplikasi kota yang sama sektor dan fungsinya menurut daftar aplikasi. Yang fungsinya tidak diumumkan tidak "
        "dibandingkan. Untuk dilihat: dua nama bisa satu aplikasi",
        "Apps of the city whose sector and function are the same by its registry. Those without a published function "
        "are not compared. To look at: two names may be one app",
    ),
    formula=Text(
        "lebih dari satu aplikasi dengan sektor dan fungsi yang sama, tanpa membedakan huruf besar dan spasi",
        "more than one app with the same sector and function, whatever the case and the spaces",
    ),
    heads=(
        Head(Text("Aplikasi", "Apps"), words),
        Head(Text("Fungsi yang diumumkan", "Published function"), words),
        SECTOR,
        OWNER,
        USERS,
    ),
    lines=_overlaps,
    finding=lambda lines: Text(
        f"{len(lines)} fungsi dikerjakan lebih dari satu aplikasi", f"{len(lines)} functions are done by several apps"
    ),
    nothing=Text(
        "Tidak ada dua aplikasi dengan fungsi terumumkan yang sama.", "No two apps have the same published function."
    ),
    datasets=(REGISTRY,),
)


def _unused(connection: sa.Connection, asked: Asked) -> list[Line]:
    """Apps without users or without a sign of life, then sources that bring nothing; the longest silent on top."""
    sources, old = _brought(connection, asked), asked.now - DAY * IDLE_DAYS
    at_work = {row.app for row in sources if row.brought and row.brought >= old}
    found = [line for row in listed(connection, asked) if (line := _idle_app(row, row.app in at_work, asked))]
    found += [_idle_source(row) for row in sources if row.brought is None or row.brought < old]
    return sorted(found, key=lambda line: (line.cells[3] is not None, line.cells[3] or asked.now, line.cells[0]))


def _idle_app(row: sa.Row[Any], at_work: bool, asked: Asked) -> Line | None:
    """Judged as of the registry's own date: an old registry says nothing of today. What sends rows is alive."""
    told, seen = row.updated_at or asked.now, row.last_seen_at
    reasons = []
    if row.users == 0:
        reasons.append(Text("tanpa pengguna", "no users"))
    if seen is None and not at_work:
        reasons.append(Text("tidak pernah terlihat aktif", "never seen alive"))
    elif seen and not at_work and told - seen > DAY * IDLE_DAYS:
        days = (told - seen).days
        reasons.append(Text(f"tidak terlihat aktif {days} hari", f"not seen alive for {days} days"))
    if not reasons:
        return None
    why = Text("; ".join(text.id for text in reasons), "; ".join(text.en for text in reasons))
    return Line((row.app, why, row.users, seen, told), "watch")


def _brought(connection: sa.Connection, asked: Asked) -> Sequence[Any]:
    """Each source that was ever asked: when it last brought a new row, and when it was last asked."""
    brought = sa.func.max(sa.case((RUNS.c.loaded > 0, RUNS.c.finished_at))).label("brought")
    place = (RUNS.c.city_code == SOURCES.c.city_code) & (RUNS.c.source == SOURCES.c.source)
    query = (
        sa.select(SOURCES.c.app, SOURCES.c.source, brought, sa.func.max(RUNS.c.finished_at).label("asked_at"))
        .select_from(SOURCES.join(RUNS, place))
        .where(*mine(SOURCES, asked))
        .group_by(SOURCES.c.app, SOURCES.c.source)
    )
    return connection.execute(query).all()


def _idle_source(row: Any) -> Line:
    why = Text(f"sumber {row.source}: tidak membawa baris baru", f"source {row.source}: brings no new row")
    return Line((row.app, why, None, row.brought, row.asked_at), "watch")


UNUSED_VIEW = View(
    key="unused",
    title=Text("Aplikasi yang tampaknya tidak dipakai", "Apps that seem not to be used"),
    meaning=Text(
        f"Aplikasi tanpa pengguna atau {IDLE_DAYS} hari tidak terlihat aktif pada tanggal daftarnya (yang mengirim "
        f"data dianggap hidup), dan sumber yang {IDLE_DAYS} hari tidak membawa baris baru",
        f"Apps without users or not seen alive for {IDLE_DAYS} days as of the date of the registry (what sends data is "
        f"alive), and sources that have brought no new row for {IDLE_DAYS} days",
    ),
    formula=Text(
        f"pengguna = 0, atau tanggal daftar − terakhir terlihat > {IDLE_DAYS} hari, atau kiriman terakhir yang memuat "
        f"baris > {IDLE_DAYS} hari lalu",
        f"users = 0, or date of the registry − last seen > {IDLE_DAYS} days, or the last delivery with a new row > "
        f"{IDLE_DAYS} days ago",
    ),
    heads=(
        APP,
        Head(Text("Tanda", "Sign"), words),
        USERS,
        Head(Text("Terakhir", "Last"), _day),
        Head(Text("Menurut daftar tanggal", "By the registry of"), _day),
    ),
    lines=_unused,
    finding=lambda lines: Text(
        f"{len(lines)} aplikasi atau sumber tampaknya tidak dipakai",
        f"{len(lines)} apps or sources seem not to be used",
    ),
    nothing=Text("Semua yang terdaftar tampak dipakai.", "Everything that is listed seems to be used."),
    datasets=(REGISTRY,),
)
