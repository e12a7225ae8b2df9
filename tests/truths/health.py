"""Second computations of vaccination, isolation at home, guardians and oxygen."""

import csv

import pandas as pd

from etl.cities import all_cities
from tests.truth import Asked, Book, Figure, Frame, count, share, whole
from tests.truths import Aims

DAY = pd.Timedelta(days=1)


def _attended(book: Book, asked: Asked) -> Frame:
    return book.table("vaccinations")[lambda rows: rows.attended == 1]


def _over(book: Book, asked: Asked) -> Frame:
    return book.table("vaccinations")[lambda rows: rows.attended.notna()]


def _a_day(rows: Frame) -> float | None:
    return len(rows) / rows.slot_at.dt.date.nunique() if len(rows) else None


def _vaccinated(book: Book, asked: Asked) -> Frame:
    rows = _attended(book, asked)
    return rows[rows.slot_at <= asked.end].assign(people=_people(book.code))


def _people(code: str) -> int:
    folder = next(city.folder for city in all_cities() if city.code == code)
    with (folder / "areas.csv").open(encoding="utf-8") as file:
        return next(int(row["population"]) for row in csv.DictReader(file) if row["area_code"] == code)


def _coverage(rows: Frame) -> float | None:
    return 100 * rows.nik.nunique() / rows.people.iloc[0] if len(rows) else None


def _unchecked(book: Book, asked: Asked) -> Frame:
    every, day = book.table("isolation_checks"), pd.Timestamp(asked.until)
    due = (every.due_on < day) & (every.due_on >= day - 3 * DAY)
    return every[due & ~(every.checked_at <= asked.end)]


def _patients(rows: Frame) -> float:
    return float(rows.patient_ref.nunique())


def _guarded(book: Book, asked: Asked) -> Frame:
    every = book.table("guardian_checks")
    return every.assign(seen=every.last_checked_at >= every.updated_at.max() - 7 * DAY)


def _stock(book: Book, asked: Asked) -> Frame:
    every = book.table("oxygen_stock")
    recent = every[(every.measured_at <= asked.end) & (every.measured_at > asked.end - DAY)]
    return recent.sort_values("measured_at").groupby("place").tail(1)


def _least(rows: Frame) -> float | None:
    return float((rows.stock_m3 / rows.use_m3_per_hour).min()) if len(rows) else None


def _lent(book: Book, asked: Asked) -> Frame:
    every = book.table("oxygen_loans")
    return every[(every.lent_at <= asked.end) & ~(every.returned_at <= asked.end)]


def _overdue(book: Book, asked: Asked) -> Frame:
    return _lent(book, asked)[lambda rows: rows.due_on < pd.Timestamp(asked.until)]


def figures(aims: Aims) -> dict[str, Figure]:
    city, part, moment = {"placed": False}, {"adds": False}, {"window": "moment"}
    stayed_away = share(lambda rows: (rows.attended == 0).sum(), len)
    checked = share(lambda rows: rows.checked_at.notna().sum(), len)
    seen = share(lambda rows: rows.seen.sum(), len)
    return {
        "doses_day": Figure(_attended, "slot_at", _a_day, **city, **part),
        "vaccination_no_show": Figure(_over, "slot_at", stayed_away, **city, **part),
        "vaccinated_share": Figure(_vaccinated, "", _coverage, **moment, **city, **part),
        "isolation_overdue": Figure(_unchecked, "", _patients, **moment),
        "isolation_checked": Figure(whole("isolation_checks"), "due_on", checked, **part),
        "guardians_week": Figure(_guarded, "", seen, window="known", **part),
        "oxygen_hours": Figure(_stock, "", _least, **moment, **part),
        "oxygen_lent": Figure(_lent, "", count, **moment),
        "oxygen_overdue": Figure(_overdue, "", count, **moment),
    }
