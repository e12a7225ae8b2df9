"""What each SQL role may read, held by the database itself: a mistake in a page cannot show a row.

Columns: ``pantau_web`` and ``pantau_opd`` read P0 and P1 only. Rows: every table has row-level security; a reader sees
the rows of the one city that it named for its transaction (``etl.warehouse.reading``), and the head of an agency
those of the own agency. Without a name there are no rows. Cells of refused rows, which may be somebody's, are there for
``pantau_steward`` only while a fresh entry of Jejak akses opens them (``etl.warehouse.opening``).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import sqlalchemy as sa

from etl.analyses import ANALYSES, RESULTS
from etl.audit import AUDIT, CUTS, ENTRIES, OPEN_FOR_MIN
from etl.catalogue import contracts
from etl.cities import LEAST_TRAIL_DAYS
from etl.citus import is_made
from etl.declared import SCHEMAS
from etl.identity import IDENTITY
from etl.office import ANSWERS, EXEMPTIONS, NOTICES, OBJECTIONS, OFFICE
from etl.rollups import ROLLUPS
from etl.rollups import SCHEMA as ROLLED
from etl.walls import WALLS
from etl.warehouse import (
    BELL_LEDGER,
    CHECKS,
    FINDINGS,
    FIXES,
    HISTORY,
    LEDGER,
    METADATA,
    NOT_COUNTED,
    NOW,
    QUARANTINE,
    SOURCES,
    TABLES,
    VERSIONS,
    WEB_LEDGER,
    Role,
    readable_by_web,
)

AGENCY = "agency_code"  # the column that says whose row it is
WAREHOUSE = (NOW, HISTORY, LEDGER)
APART = (*WAREHOUSE, ROLLED, AUDIT, OFFICE, ANALYSES)  # schemas whose rows are kept apart
# Tables that every reader sees whole: versions and ages, no rows of anybody.
OPEN = {f"{LEDGER}.{name}" for name in ("versions", "sources", "migrations", "keys", "schemas")}


@dataclass(frozen=True)
class Policy:
    """A row-level rule: which rows of a table a role sees. Another rule is another name: names are compared."""

    table: str
    role: Role
    name: str
    rows: str  # an SQL condition without any word from outside


# Each setting stands in a subquery: then it is read once a query, and not once a row.
CITY = "city_code = (SELECT current_setting('pantau.city', true))"
_ENTRY = "NULLIF(current_setting('pantau.entry', true), '')::bigint"
_FRESH = f"e.at > clock_timestamp() - interval '{OPEN_FOR_MIN} minutes'"
_MINE = "e.kind = 'opened' AND e.who = current_setting('pantau.who', true)"
# The city of the entry that opens rows, found once a query.
_OPENED = f"SELECT e.city_code FROM audit.entries e WHERE e.entry_id = {_ENTRY} AND {_MINE} AND {_FRESH}"


def _opened(what: str) -> str:
    """Rows that an entry about such rows opens."""
    return f"{CITY} AND city_code = ({_OPENED} AND starts_with(e.what, '{what} '))"


def _said(place: int, kind: str) -> str:
    """A word of the entry that opens rows of this kind, found once a query."""
    return (
        f"(SELECT split_part(e.what, ' ', {place}) FROM audit.entries e WHERE e.entry_id = {_ENTRY} AND {_MINE} "
        f"AND {_FRESH} AND starts_with(e.what, '{kind} ') AND e.city_code = current_setting('pantau.city', true))"
    )


# Civil servants by name: those of the agency that the entry names, or of all of them: ``people <agency or *>``.
SERVANTS = TABLES["civil_servants"]
PEOPLE_OPENED = f"{CITY} AND {_said(2, 'people')} IN ('*', {AGENCY})"
# What one check found about purchases, of one agency or of all: ``purchases <agency or *> <check>``.
PURCHASES_OPENED = f"{CITY} AND rule = {_said(3, 'purchases')} AND {_said(2, 'purchases')} IN ('*', {AGENCY})"
OPENED = {QUARANTINE: _opened("quarantine"), FINDINGS: _opened("finding")}
# One objection of the public: ``objection <number>``.
OBJECTION_OPENED = f"{CITY} AND objection_id::text = {_said(2, 'objection')}"
OWN = f"{CITY} AND {AGENCY} = (SELECT current_setting('pantau.agency', true))"
# Rows of people whose agency stands elsewhere: who reads sees of civil servants those of the own agency only.
BUYER = "buyer"
OWN_BUYERS = f"{CITY} AND {BUYER} IN (SELECT s.buyer FROM warehouse.civil_servants s)"


def policies() -> Iterator[Policy]:
    """Every row-level rule there is."""
    for table in METADATA.tables.values():
        if table.schema not in WAREHOUSE or table.fullname in OPEN:
            continue
        yield Policy(table.fullname, Role.ETL, "etl_every_row", "true")
        yield Policy(table.fullname, Role.WEB, "web_named_city", CITY)
        if table in OPENED:
            yield Policy(table.fullname, Role.STEWARD, "steward_after_a_reason", OPENED[table])
        if table is FIXES:
            yield Policy(table.fullname, Role.STEWARD, "steward_named_city", CITY)
        if table.fullname in BELL_TABLES:
            yield Policy(table.fullname, Role.BELL, "bell_every_city", "true")
        if table in (NOT_COUNTED, CHECKS):
            yield Policy(table.fullname, Role.OPD, "opd_named_city", CITY)
        if table is FINDINGS:
            yield Policy(table.fullname, Role.OPD, "opd_own_agency", OWN)
            yield Policy(table.fullname, Role.STEWARD, "purchases_after_a_reason", PURCHASES_OPENED)
        if table is SERVANTS:
            yield Policy(table.fullname, Role.STEWARD, "people_after_a_reason", PEOPLE_OPENED)
        if table.schema == LEDGER or table.name not in OF_AGENCIES:
            continue
        yield Policy(table.fullname, Role.OPD, "opd_own_agency", _own(table))


def _own(table: sa.Table) -> str:
    """Which rows of a table are an agency's."""
    if AGENCY in table.columns:
        return OWN
    return OWN_BUYERS if BUYER in table.columns else CITY


BELL_TABLES = {table.fullname for table in BELL_LEDGER}
# What the head of an agency may read at all: datasets that say whose rows they are, and the names of areas.
OF_AGENCIES = {name for name, of in contracts().items() if {AGENCY, BUYER} & {c.name for c in of.columns}} | {"areas"}


READ_OF_EXEMPTIONS = ["city_code", "exemption_id", "buyer", "agency_code", "kind", "since", "until", "state"]
READ_OF_ANSWERS = ["city_code", "answer_id", "finding_id", "state", "at"]  # how far it is; no word of it
READ_OF_CHECKS = ["city_code", "rule", "checked_at"]  # by heads: how much was found is of the whole city
READ_OF_OBJECTIONS = ["city_code", "objection_id", "reference", "received_at", "about", "state"]  # and no word of them
READ_OF_OBJECTIONS += ["handled_by", "handled_at"]
# Answers to those findings that who reads sees.
ANSWERED = f"{CITY} AND finding_id IN (SELECT f.finding_id FROM ledger.findings f)"


def rollup_policies() -> Iterator[Policy]:
    """Cells are of the whole city: an agency's head reads its own rows instead."""
    for table in ROLLUPS.tables.values():
        yield Policy(table.fullname, Role.ETL, "etl_every_row", "true")
        yield Policy(table.fullname, Role.WEB, "web_named_city", CITY)


def audit_policies() -> Iterator[Policy]:
    """Jejak akses is read and written for the city that was named; the ETL removes what is old, and sees no other."""
    for table in (ENTRIES, CUTS):
        yield Policy(table.fullname, Role.STEWARD, "steward_named_city", CITY)
    old = f"at < clock_timestamp() - interval '{LEAST_TRAIL_DAYS} days'"
    yield Policy(ENTRIES.fullname, Role.ETL, "etl_old_entries", old)
    yield Policy(CUTS.fullname, Role.ETL, "etl_every_cut", "true")


def office_policies() -> Iterator[Policy]:
    """Exemptions and answers are read by who reads what they are about, each the own ones; the office keeps them.

    An objection is opened by a reason; the ETL takes it away when its time is over.
    """
    for table in (EXEMPTIONS, ANSWERS, OBJECTIONS):
        yield Policy(table.fullname, Role.WEB, "web_named_city", CITY)
        yield Policy(table.fullname, Role.OFFICE, "office_every_row", "true")
    yield Policy(EXEMPTIONS.fullname, Role.OPD, "opd_own_agency", OWN)
    for role in (Role.OPD, Role.STEWARD):
        yield Policy(ANSWERS.fullname, role, f"{role.value}_own_findings", ANSWERED)
    yield Policy(RESULTS.fullname, Role.WEB, "web_named_city", CITY)
    yield Policy(RESULTS.fullname, Role.ANALYST, "analyst_every_row", "true")
    yield Policy(OBJECTIONS.fullname, Role.STEWARD, "objection_after_a_reason", OBJECTION_OPENED)
    yield Policy(OBJECTIONS.fullname, Role.ETL, "etl_every_row", "true")


# A setting that is read once a query; a cluster takes no subquery into a rule, and reads it once a row.
_ONCE = re.compile(r"\(SELECT (current_setting\('[a-z.]+', true\))\)")


def on_cluster(policy: Policy) -> Policy:
    """The same rule as it is on a cluster, under another name.

    Its city is no equation: from the city of a query and that of a rule the planner would make a condition on the two
    alone, and Citus on PostgreSQL 15 and 16 plans no outer join beside such a one. No row is without a city.
    """
    plain = _ONCE.sub(r"\1", policy.rows)
    rows = plain.replace("city_code = current_setting(", "city_code IS NOT DISTINCT FROM current_setting(")
    return replace(policy, name=f"{policy.name}_on_cluster", rows=rows)


def looks_elsewhere(policy: Policy) -> bool:
    """Whether a rule asks another table which rows it shows: then its own table cannot lie on several nodes."""
    return "SELECT" in on_cluster(policy).rows


def every_policy() -> Iterator[Policy]:
    """Every rule of every table, as it is on one server."""
    for each in (policies, rollup_policies, audit_policies, office_policies):
        yield from each()


def readable() -> Iterator[tuple[Role, str, list[str]]]:
    """(role, table, columns) for every table that a role of the web may read."""
    for dataset in contracts():
        names = readable_by_web(dataset)
        for role in (Role.WEB, Role.OPD) if dataset in OF_AGENCIES else (Role.WEB,):
            yield role, f"{NOW}.{dataset}", names
            yield role, f"{HISTORY}.{dataset}", [*names, "known_to"]
    for table, columns in WEB_LEDGER.items():
        yield Role.WEB, table.fullname, columns
    for table in (SOURCES, NOT_COUNTED, FINDINGS):
        yield Role.OPD, table.fullname, WEB_LEDGER[table]
    yield Role.OPD, CHECKS.fullname, READ_OF_CHECKS
    for role in (Role.WEB, Role.OPD):
        yield role, EXEMPTIONS.fullname, READ_OF_EXEMPTIONS
        yield role, ANSWERS.fullname, READ_OF_ANSWERS
    yield Role.WEB, OBJECTIONS.fullname, READ_OF_OBJECTIONS
    yield Role.WEB, RESULTS.fullname, [c.name for c in RESULTS.columns]
    for table, columns in BELL_LEDGER.items():
        yield Role.BELL, table.fullname, columns
    yield Role.BELL, SCHEMAS.fullname, ["fingerprint", "since"]  # whether the warehouse is what the code declares


def apply(connection: sa.Connection) -> None:
    """Give every role exactly what is declared here."""
    for role in (Role.ETL, Role.WEB, Role.OPD, Role.BELL):
        for schema in WAREHOUSE:
            _ddl(connection, "GRANT USAGE ON SCHEMA %(schema)s TO %(role)s", schema=schema, role=role)
    for schema in WAREHOUSE:
        everything = "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %(schema)s TO %(role)s"
        _ddl(connection, everything, schema=schema, role=Role.ETL)
        nothing = "REVOKE ALL ON ALL TABLES IN SCHEMA %(schema)s FROM pantau_web, pantau_opd, pantau_bell, PUBLIC"
        _ddl(connection, nothing, schema=schema)
    for role, table, names in readable():
        listed = ", ".join(_quoted(name) for name in names)
        _ddl(connection, "GRANT SELECT (%(names)s) ON %(table)s TO %(role)s", names=listed, table=table, role=role)
    _ddl(
        connection,
        "GRANT TEMPORARY ON DATABASE %(name)s TO pantau_etl",
        name=_quoted(str(connection.engine.url.database)),
    )
    _grant_rollups(connection)
    _grant_identity(connection)
    _grant_walls(connection)
    _grant_office(connection)
    _grant_analyses(connection)
    _grant_by_name(connection)
    keep_rows_apart(connection)


def _grant_rollups(connection: sa.Connection) -> None:
    for role in (Role.ETL, Role.WEB):
        _ddl(connection, "GRANT USAGE ON SCHEMA %(schema)s TO %(role)s", schema=ROLLED, role=role)
    everything = "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %(schema)s TO %(role)s"
    _ddl(connection, everything, schema=ROLLED, role=Role.ETL)
    for table in ROLLUPS.tables.values():
        listed = ", ".join(_quoted(column.name) for column in table.columns)
        words = {"names": listed, "table": table.fullname}
        _ddl(connection, "GRANT SELECT (%(names)s) ON %(table)s TO %(role)s", role=Role.WEB, **words)


def _grant_identity(connection: sa.Connection) -> None:
    _ddl(connection, "GRANT USAGE ON SCHEMA %(schema)s TO %(role)s", schema=IDENTITY, role=Role.ACCESS)
    everything = "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %(schema)s TO %(role)s"
    _ddl(connection, everything, schema=IDENTITY, role=Role.ACCESS)


def _grant_walls(connection: sa.Connection) -> None:
    """What screens show, and the version by which they hear of a change."""
    for schema in (WALLS, LEDGER):
        _ddl(connection, "GRANT USAGE ON SCHEMA %(schema)s TO %(role)s", schema=schema, role=Role.WALLS)
    everything = "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %(schema)s TO %(role)s"
    _ddl(connection, everything, schema=WALLS, role=Role.WALLS)
    _ddl(connection, "GRANT SELECT, INSERT, UPDATE ON %(table)s TO %(role)s", table=VERSIONS.fullname, role=Role.WALLS)


def _grant_office(connection: sa.Connection) -> None:
    """What leadership sets and answers, and the version by which pages hear of a change."""
    for role in (Role.WEB, Role.OPD, Role.STEWARD, Role.OFFICE, Role.ETL):
        _ddl(connection, "GRANT USAGE ON SCHEMA %(schema)s TO %(role)s", schema=OFFICE, role=role)
    _ddl(connection, "GRANT USAGE ON SCHEMA %(schema)s TO %(role)s", schema=LEDGER, role=Role.OFFICE)
    everything = "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %(schema)s TO %(role)s"
    _ddl(connection, everything, schema=OFFICE, role=Role.OFFICE)
    _ddl(connection, "GRANT SELECT, INSERT, UPDATE ON %(table)s TO %(role)s", table=VERSIONS.fullname, role=Role.OFFICE)


def _grant_analyses(connection: sa.Connection) -> None:
    """What models found, and the version by which pages hear of it."""
    for role in (Role.WEB, Role.ANALYST):
        _ddl(connection, "GRANT USAGE ON SCHEMA %(schema)s TO %(role)s", schema=ANALYSES, role=role)
    _ddl(connection, "GRANT USAGE ON SCHEMA %(schema)s TO %(role)s", schema=LEDGER, role=Role.ANALYST)
    everything = "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %(schema)s TO %(role)s"
    _ddl(connection, everything, schema=ANALYSES, role=Role.ANALYST)
    written = "GRANT SELECT, INSERT, UPDATE ON %(table)s TO %(role)s"
    _ddl(connection, written, table=VERSIONS.fullname, role=Role.ANALYST)


def _grant_by_name(connection: sa.Connection) -> None:
    """Refused rows with their cells, fixes; Jejak akses and answers, to which lines are only added."""
    for role, schema in ((Role.STEWARD, NOW), (Role.STEWARD, LEDGER), (Role.STEWARD, AUDIT), (Role.ETL, AUDIT)):
        _ddl(connection, "GRANT USAGE ON SCHEMA %(schema)s TO %(role)s", schema=schema, role=role)
    for (role, table), rights in RIGHTS.items():
        _ddl(connection, "REVOKE ALL ON %(table)s FROM %(role)s, PUBLIC", table=table.fullname, role=role)
        for right in rights:
            _ddl(connection, "GRANT %(right)s ON %(table)s TO %(role)s", right=right, table=table.fullname, role=role)


_CLOSING = "UPDATE (state, resolved_at, resolved_by, resolved_why)"
RIGHTS = {
    (Role.STEWARD, QUARANTINE): ("SELECT", _CLOSING),
    (Role.STEWARD, FINDINGS): ("SELECT",),
    (Role.STEWARD, SERVANTS): ("SELECT (city_code, nip, buyer, name, agency_code, unit, grade, post, status)",),
    (Role.STEWARD, FIXES): ("SELECT", "INSERT", "UPDATE (undone_at, undone_by, undone_why)"),
    (Role.STEWARD, ENTRIES): ("SELECT", "INSERT"),
    (Role.STEWARD, CUTS): ("SELECT",),
    (Role.STEWARD, ANSWERS): ("SELECT",),
    (Role.OFFICE, ANSWERS): ("SELECT", "INSERT"),
    (Role.STEWARD, OBJECTIONS): ("SELECT", "UPDATE (state, handled_by, handled_at, note)"),
    (Role.OFFICE, OBJECTIONS): ("SELECT (city_code, reference)", "INSERT"),  # it takes them in and reads none
    (Role.ETL, OBJECTIONS): ("SELECT", "UPDATE (says, contact, nik, note)", "DELETE"),
    (Role.ETL, NOTICES): ("SELECT (city_code, queued_at, state)", "DELETE"),  # what is old, and reads none
    # It removes what is old without reading who looked at whom, and why.
    (Role.ETL, ENTRIES): ("SELECT (city_code, entry_id, at, hash)", "DELETE"),
    (Role.ETL, CUTS): ("SELECT", "INSERT"),
}


def keep_rows_apart(connection: sa.Connection) -> None:
    """Row-level security where it is missing; nothing is locked on a start that changes nothing."""
    placed = map(on_cluster, every_policy()) if is_made(connection) else every_policy()
    wanted = {(policy.table, policy.name): policy for policy in placed}
    there = set(_policies_there(connection))
    secured = _secured(connection)
    for table in sorted({policy.table for policy in wanted.values()} - secured):
        _ddl(connection, "ALTER TABLE %(table)s ENABLE ROW LEVEL SECURITY", table=table)
    for table, name in sorted(there - wanted.keys()):
        _ddl(connection, "DROP POLICY %(name)s ON %(table)s", name=_quoted(name), table=table)
    for key in sorted(wanted.keys() - there):
        policy = wanted[key]
        words = {"name": policy.name, "table": policy.table, "role": policy.role.value, "rows": policy.rows}
        _ddl(connection, "CREATE POLICY %(name)s ON %(table)s TO %(role)s USING (%(rows)s)", **words)


def _policies_there(connection: sa.Connection) -> Iterator[tuple[str, str]]:
    known = sa.table("pg_policies", sa.column("schemaname"), sa.column("tablename"), sa.column("policyname"))
    for row in connection.execute(sa.select(known).where(known.c.schemaname.in_(APART))):
        yield f"{row.schemaname}.{row.tablename}", row.policyname


def _secured(connection: sa.Connection) -> set[str]:
    tables = sa.table("pg_tables", sa.column("schemaname"), sa.column("tablename"), sa.column("rowsecurity"))
    ours = sa.and_(tables.c.schemaname.in_(APART), tables.c.rowsecurity)
    found = connection.execute(sa.select(tables).where(ours))
    return {f"{row.schemaname}.{row.tablename}" for row in found}


def _quoted(name: str) -> str:
    return sa.dialects.postgresql.dialect().identifier_preparer.quote_identifier(name)


def _ddl(connection: sa.Connection, statement: str, **words: str) -> None:
    connection.execute(sa.DDL(statement, context=words))
