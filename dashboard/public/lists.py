"""Findings of what is published row by row, being about no person: the master plan, the budget, purchases."""

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from dashboard.indicator import Unit
from dashboard.public.numbers import amount, percent
from dashboard.public.sentences import both
from dashboard.public.sight import Finding, Sight
from etl.text import Text

LEAST_LOCAL = 40  # per cent of goods and services to small businesses (Inpres 2/2022)


def overdue(sight: Sight) -> Finding:
    """How many actions are past their day, and what is proved beside what is claimed."""
    rows = sight.reading.table.records
    today = sight.bundle.manifest.as_of.astimezone(ZoneInfo(sight.bundle.manifest.zone)).date().isoformat()
    still = [row for row in rows if row["done_on"] is None]
    late = [row for row in still if row["due_on"] and row["due_on"] < today]
    title = both(
        Text("{late} dari {all} rencana aksi lewat tenggat", "{late} of {all} actions are overdue"),
        late=_count(late), all=_count(rows),
    )  # fmt: skip
    done = both(
        Text("{done} selesai, {still} masih berjalan.", "{done} are done, {still} are not."),
        done=Text(str(len(rows) - len(still)), str(len(rows) - len(still))), still=_count(still),
    )  # fmt: skip
    means = both(
        Text("Rata-rata kemajuan: {claimed} diklaim, {proved} didukung bukti.",
             "Mean progress: {claimed} is claimed, {proved} is backed by evidence."),
        claimed=_mean(rows, "claimed"), proved=_mean(rows, "evidenced"),
    )  # fmt: skip
    return Finding(title, (done, means))


def absorbed(sight: Sight) -> Finding:
    """How much of the budget of the newest year is spent."""
    rows = sight.reading.table.records
    newest = max(str(row["budget_year"]) for row in rows)
    this = [row for row in rows if str(row["budget_year"]) == newest]
    budget, spent = _sum(this, "budget"), _sum(this, "realised")
    share = percent(round(100 * spent / budget)) if budget else percent(0)
    title = both(
        Text("{share} anggaran digitalisasi {year} sudah dibelanjakan", "{share} of the {year} budget is spent"),
        share=share, year=Text(newest, newest),
    )  # fmt: skip
    said = both(
        Text("{spent} dari pagu {budget}, di {places} tempat.", "{spent} of {budget}, at {places} sites."),
        spent=amount(spent, Unit.RUPIAH), budget=amount(budget, Unit.RUPIAH),
        places=Text(*([str(len({row["area_code"] for row in this}))] * 2)),
    )  # fmt: skip
    return Finding(title, (said,))


def local(sight: Sight) -> Finding:
    """Which part of the purchases went to small businesses, beside what the law asks for."""
    rows = sight.reading.table.records
    whole, small = _sum(rows, "value"), _sum([row for row in rows if row["is_umk"] == "yes"], "value")
    title = both(
        Text("{share} belanja e-katalog lokal ke usaha kecil; paling sedikit {least} diminta",
             "{share} of local catalogue purchases go to small businesses; at least {least} is asked for"),
        share=percent(round(100 * small / whole)) if whole else percent(0), least=percent(LEAST_LOCAL),
    )  # fmt: skip
    said = both(
        Text("{small} dari {whole}, dalam {count} paket.", "{small} of {whole}, in {count} packages."),
        small=amount(small, Unit.RUPIAH), whole=amount(whole, Unit.RUPIAH), count=_count(rows),
    )  # fmt: skip
    return Finding(title, (said,))


Rows = Sequence[Mapping[str, Any]]


def _count(rows: Rows) -> Text:
    return Text(str(len(rows)), str(len(rows)))


def _sum(rows: Rows, name: str) -> float:
    return sum(row[name] or 0 for row in rows)


def _mean(rows: Rows, name: str) -> Text:
    known = [row[name] for row in rows if row[name] is not None]
    return percent(round(sum(known) / len(known))) if known else Text("tidak diketahui", "unknown")
