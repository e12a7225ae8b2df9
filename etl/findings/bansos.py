"""Social aid against itself, the civil servants and the registry of deaths. People meet by their pseudonyms alone."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by

from etl.cities import City
from etl.contract import Privacy
from etl.finding import Found, Rule, Severity, case
from etl.text import Text
from etl.warehouse import TABLES

GRANTS, SERVANTS, DEATHS = TABLES["bansos_grants"].c, TABLES["civil_servants"].c, TABLES["deaths"].c
MOVES = TABLES["moves"].c
NIK, NIP = {"nik": "bansos_grants.nik"}, {"nip": "civil_servants.nip"}
DINSOS = Text("Dinas Sosial", "social affairs agency")


def _paid(city: City) -> sa.ColumnElement[bool]:
    return sa.and_(GRANTS.city_code == city.code, GRANTS.status == "paid")


def _payments() -> sa.ColumnElement[Any]:
    """What was paid, in the order of time."""
    one = sa.func.jsonb_build_object(
        *("programme", GRANTS.programme, "paid_on", GRANTS.paid_on, "amount", GRANTS.amount)
    )
    return sa.func.jsonb_agg(aggregate_order_by(one, GRANTS.paid_on, GRANTS.programme))


def _exclusive(city: City) -> Found | None:
    pairs = [(programme, other) for programme, others in city.exclusive_aid.items() for other in others]
    if not pairs:
        return None

    def has(programme: str) -> sa.ColumnElement[bool]:
        return sa.func.bool_or(GRANTS.programme == programme)

    month = sa.func.to_char(GRANTS.period, "YYYY-MM")
    found = case(
        sa.func.concat(GRANTS.recipient, " ", month),
        nik=sa.func.min(GRANTS.nik),
        month=month,
        area_code=sa.func.min(GRANTS.area_code),
        payments=_payments(),
    )
    both = sa.or_(*(sa.and_(has(programme), has(other)) for programme, other in pairs))
    return found.where(_paid(city)).group_by(GRANTS.recipient, GRANTS.period).having(both)


def _servants(city: City) -> Found:
    found = case(
        GRANTS.recipient,
        nik=sa.func.min(GRANTS.nik),
        nip=sa.func.min(SERVANTS.nip),
        agency_code=sa.func.min(SERVANTS.agency_code),
        payments=_payments(),
    )
    same = sa.and_(SERVANTS.city_code == GRANTS.city_code, SERVANTS.recipient == GRANTS.recipient)
    working = SERVANTS.status.in_(("active", "leave"))
    return (
        found.join_from(_table(GRANTS), _table(SERVANTS), same).where(_paid(city), working).group_by(GRANTS.recipient)
    )


def _after_death(city: City) -> Found:
    found = case(
        GRANTS.recipient,
        nik=sa.func.min(GRANTS.nik),
        died_on=sa.func.min(DEATHS.died_on),
        area_code=sa.func.min(GRANTS.area_code),
        payments=_payments(),
    )
    same = sa.and_(DEATHS.city_code == GRANTS.city_code, DEATHS.recipient == GRANTS.recipient)
    later = GRANTS.paid_on > DEATHS.died_on
    return found.join_from(_table(GRANTS), _table(DEATHS), same).where(_paid(city), later).group_by(GRANTS.recipient)


def _after_moving(city: City) -> Found:
    found = case(
        GRANTS.recipient,
        nik=sa.func.min(GRANTS.nik),
        moved_on=sa.func.max(MOVES.moved_on),
        area_code=sa.func.min(GRANTS.area_code),
        payments=_payments(),
    )
    same = sa.and_(MOVES.city_code == GRANTS.city_code, MOVES.recipient == GRANTS.recipient)
    later = GRANTS.paid_on > MOVES.moved_on
    return found.join_from(_table(GRANTS), _table(MOVES), same).where(_paid(city), later).group_by(GRANTS.recipient)


def _table(columns: Any) -> sa.FromClause:
    table: sa.FromClause = columns.nik.table
    return table


RULES = (
    Rule(
        name="aid_exclusive",
        title=Text("Program yang saling meniadakan", "Programmes that exclude each other"),
        meaning=Text(
            "Orang yang dalam satu bulan menerima dua program yang menurut kota tidak boleh bersamaan",
            "Someone paid in one month by two programmes that the city declares to exclude each other",
        ),
        reads=(("bansos_grants", "recipient"),),
        severity=Severity.LOOK,
        owner=DINSOS,
        privacy=Privacy.P3,
        found=_exclusive,
        sealed=NIK,
    ),
    Rule(
        name="aid_civil_servant",
        title=Text("ASN penerima bansos", "Civil servants among aid recipients"),
        meaning=Text(
            "ASN yang bekerja atau cuti dan menerima bantuan tersalur; NIK-nya sama",
            "A civil servant, active or on leave, to whom aid was paid; the NIK is the same",
        ),
        reads=(("bansos_grants", "recipient"), ("civil_servants", "recipient")),
        severity=Severity.LOOK,
        owner=DINSOS,
        privacy=Privacy.P3,
        found=_servants,
        sealed=NIK | NIP,
    ),
    Rule(
        name="aid_after_death",
        title=Text("Bantuan setelah meninggal", "Aid paid after death"),
        meaning=Text(
            "Bantuan yang tersalur setelah tanggal meninggal menurut akta; ahli waris mungkin yang menerimanya",
            "Aid paid after the day of death by the certificate; heirs may have received it",
        ),
        reads=(("bansos_grants", "recipient"), ("deaths", "recipient")),
        severity=Severity.LOOK,
        owner=DINSOS,
        privacy=Privacy.P3,
        found=_after_death,
        sealed=NIK,
    ),
    Rule(
        name="aid_after_moving",
        title=Text("Bantuan setelah pindah keluar", "Aid paid after moving out"),
        meaning=Text(
            "Bantuan yang tersalur setelah tanggal pindah ke kota lain menurut Dukcapil; surat bisa dibatalkan",
            "Aid paid after the day of moving to another city by the civil registry; a letter may have been withdrawn",
        ),
        reads=(("bansos_grants", "recipient"), ("moves", "recipient")),
        severity=Severity.LOOK,
        owner=DINSOS,
        privacy=Privacy.P3,
        found=_after_moving,
        sealed=NIK,
    ),
)
