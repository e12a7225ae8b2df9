"""Second computations of Corona: what was defined in 2020, delays, beds."""

from tests.truth import Asked, Book, Figure, Frame, count, share, whole
from tests.truths import Aims


def _contacts(rows: Frame) -> float | None:
    confirmed = (rows.status == "konfirmasi").sum()
    return float((rows.status == "kontak_erat").sum() / confirmed) if confirmed else None


def _dated(book: Book, asked: Asked) -> Frame:
    return book.cases[book.cases.onset_date.notna()]


def _delayed(book: Book, asked: Asked) -> Frame:
    return _dated(book, asked)[lambda rows: rows.onset_date <= rows.report_date]


def _median_delay(rows: Frame) -> float | None:
    return float((rows.report_date - rows.onset_date).dt.days.median()) if len(rows) else None


def _admitted(rows: Frame) -> float | None:
    return float(rows.admissions.sum()) if len(rows) else None


def _suspected(book: Book, asked: Asked) -> Frame:
    rows = book.table("covid_cases")
    return rows[rows.status == "suspek"]


def figures(aims: Aims) -> dict[str, Figure]:
    occupied = share(lambda rows: rows.occupied.sum(), lambda rows: rows.beds.sum())
    beds, cases = whole("hospital_beds"), whole("covid_cases")
    city, part = {"placed": False}, {"adds": False}
    return {
        "cases_week": Figure(lambda book, asked: book.cases, "report_date", count, window="week"),
        "suspected_new": Figure(_suspected, "report_date", count),
        "contacts_per_case": Figure(cases, "report_date", _contacts, window="week", **part),
        "cases_onset": Figure(_dated, "onset_date", count),
        "report_delay": Figure(_delayed, "report_date", _median_delay, **part),
        "bor": Figure(beds, "report_date", occupied, **city, **part),
        "bor_week": Figure(beds, "report_date", occupied, window="week", **city, **part),
        "admissions": Figure(beds, "report_date", _admitted, **city, **part),
        "admissions_week": Figure(beds, "report_date", _admitted, window="week", **city, **part),
    }
