"""How the warehouse stands: for ``/readyz``, which asks often and cheaply, and for the doctor, who asks thoroughly.

Nothing here changes anything. What is said names places and counts, never a password and never a row.
"""

import datetime as dt
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from etl import declared, disk, keys
from etl.declared import Standing
from etl.errors import PantauError, UnsafeMigration, WarehouseDown
from etl.text import Text
from etl.warehouse import AWAY, KEYS, RUNS, SOURCES, Role, admin_url, engine
from runner import machine
from runner.diagnosis import Diagnosis, State, well
from runner.state import state_dir

log = logging.getLogger("health")
OLDEST_SERVER = 15
CLOCKS_AGREE_S = 5.0  # what a question takes, and a little more
LATE = 3  # times its promise, after which a source was not just slow
LATE_AT_LEAST_S = 300.0
SHOWN = 4

MIGRATE = Text("jalankan: python -m etl migrate", "run: python -m etl migrate")
ADDRESS = Text(
    "periksa DATABASE_URL (pengguna, sandi, host, port, nama basis data) dan pg_hba.conf servernya",
    "check DATABASE_URL (user, password, host, port, name of the database) and the server's pg_hba.conf",
)
WRITABLE = Text(
    "arahkan DATABASE_URL ke server utama, bukan replika; lalu ALTER DATABASE … RESET default_transaction_read_only",
    "point DATABASE_URL at the primary, not a replica; then ALTER DATABASE … RESET default_transaction_read_only",
)
WORKER = Text(
    "jalankan worker (python -m etl work) dan lihat: python -m etl status",
    "run the worker (python -m etl work) and look at: python -m etl status",
)


def ready() -> list[Diagnosis]:
    """What a web process needs: each part in a few milliseconds."""
    try:
        with engine(Role.BELL).connect() as connection:
            found = [well("warehouse", "gudang data menjawab", "the warehouse answers")]
            found += [_standing(connection), _writable(connection)]
        return [*found, loading(), machine.disk()]
    except (*AWAY, sa.exc.DBAPIError, PantauError) as error:
        return [_away(error), machine.disk()]


def tell() -> None:
    """Log what is not well, with its remedy, when a process starts; it starts all the same, and waits."""
    for one in ready():
        if one.state is not State.OK:
            says, does = one.seen, one.remedy
            log.warning("%s: %s → %s | %s → %s", one.name, says.id, does.id, says.en, does.en)


def warehouse() -> Iterator[Diagnosis]:
    """Everything about the warehouse that its owner can see, one after the other, up to what does not work."""
    if not os.environ.get("DATABASE_URL") and not (state_dir() / "postgres" / "data").exists():
        yield well("warehouse", "dibuat pada start pertama", "made at the first start")
        return
    try:
        with _server() as connection:
            yield from _of_server(connection)
            if not _is_there(connection):
                yield Diagnosis("schema", State.WARN, Text("basis data belum dibuat", "no database yet"), MIGRATE)
                return
        with engine(Role.OWNER).connect() as connection:
            yield from _of_database(connection)
    except (*AWAY, sa.exc.DBAPIError, PantauError) as error:
        yield _away(error)


@contextmanager
def _server() -> Iterator[sa.Connection]:
    """The server itself, whether or not our database is there: ``migrate`` begins there as well."""
    address = admin_url().set(database="postgres")
    server = sa.create_engine(address, poolclass=sa.NullPool, connect_args={"connect_timeout": 5})
    with server.connect() as connection:
        yield connection


def _away(error: Exception) -> Diagnosis:
    """Why it does not answer, in the words of the driver, which name no password."""
    said = str(getattr(error, "orig", None) or error).strip().splitlines()
    why = said[0] if said else type(error).__name__
    remedy = (
        ADDRESS
        if os.environ.get("DATABASE_URL")
        else Text("lihat postgres/log di folder keadaan", "see postgres/log in the state folder")
    )
    if isinstance(error, PantauError):
        indonesian, _, english = why.partition(" | ")
        return Diagnosis("warehouse", State.FAIL, Text(indonesian, english or indonesian), remedy)
    seen = Text(f"gudang data tidak menjawab: {why}", f"the warehouse does not answer: {why}")
    return Diagnosis("warehouse", State.FAIL, seen, remedy)


def _of_server(connection: sa.Connection) -> Iterator[Diagnosis]:
    version = connection.dialect.server_version_info or (0,)
    name, place = ".".join(map(str, version)), f"{admin_url().host}:{admin_url().port or 5432}"
    if int(version[0]) < OLDEST_SERVER:
        yield Diagnosis(
            "warehouse",
            State.FAIL,
            Text(f"PostgreSQL {name} di {place} terlalu tua", f"PostgreSQL {name} at {place} is too old"),
            Text(f"perlu versi {OLDEST_SERVER} atau lebih baru", f"version {OLDEST_SERVER} or newer is needed"),
        )
    else:
        yield well("warehouse", f"PostgreSQL {name} menjawab di {place}", f"PostgreSQL {name} answers at {place}")
    now = connection.scalar(sa.select(sa.func.clock_timestamp()))
    assert isinstance(now, dt.datetime)
    yield machine.beside(now, Text("gudang data", "the warehouse"), CLOCKS_AGREE_S)
    yield _rights(connection)


def _rights(connection: sa.Connection) -> Diagnosis:
    """Whether the user of the address may do what a migration does: make roles, and the database where it is not."""
    known = sa.table("pg_roles", *map(sa.column, ("rolname", "rolsuper", "rolcreaterole", "rolcreatedb")))
    me = connection.execute(sa.select(known).where(known.c.rolname == sa.func.current_user())).one()
    needed = ["CREATEROLE"] * (not me.rolcreaterole) + ["CREATEDB"] * (not me.rolcreatedb and not _is_there(connection))
    if me.rolsuper or not needed:
        return well("rights", f"{me.rolname} boleh membuat peran", f"{me.rolname} may make roles")
    words = " ".join(needed)
    return Diagnosis(
        "rights",
        State.FAIL,
        Text(f"{me.rolname} tidak punya {words}", f"{me.rolname} has no {words}"),
        Text(f"psql -c 'ALTER ROLE {me.rolname} {words}'", f"psql -c 'ALTER ROLE {me.rolname} {words}'"),
    )


def _is_there(connection: sa.Connection) -> bool:
    known = sa.table("pg_database", sa.column("datname"))
    named = sa.select(known.c.datname).where(known.c.datname == admin_url().database)
    return connection.scalar(named) is not None


def _of_database(connection: sa.Connection) -> Iterator[Diagnosis]:
    yield _writable(connection)
    yield _schema(connection)
    if declared.standing(connection) is not Standing.OLD:
        connection.rollback()
        yield _keys_in_force(connection)
        yield sources_in_time(_sources(connection), dt.datetime.now(dt.UTC))


def _writable(connection: sa.Connection) -> Diagnosis:
    says = sa.func.current_setting("transaction_read_only")
    replica, read_only = connection.execute(sa.select(sa.func.pg_is_in_recovery(), says)).one()
    if not replica and read_only == "off":
        return well("writable", "gudang data dapat ditulis", "the warehouse can be written")
    why = Text("replika", "a replica") if replica else Text("disetel hanya-baca", "set to read only")
    return Diagnosis(
        "writable",
        State.WARN if connection.engine.url.username == Role.BELL else State.FAIL,  # who only reads is served
        Text(f"gudang data tidak dapat ditulis: {why.id}", f"the warehouse cannot be written: {why.en}"),
        WRITABLE,
    )


def _standing(connection: sa.Connection) -> Diagnosis:
    """By its fingerprint: milliseconds, and no rights on tables are needed."""
    found = declared.standing(connection)
    connection.rollback()
    if found is Standing.OLD:
        return _old(Text("skema lebih tua dari kode", "the schema is older than the code"))
    return well("schema", "skema sesuai kode", "the schema is what the code declares")


def _schema(connection: sa.Connection) -> Diagnosis:
    """By comparing every table with its declaration."""
    if declared.standing(connection) is Standing.NEWER:
        return well("schema", "skema lebih baru dari kode ini", "the schema is newer than this code")
    connection.rollback()
    from etl.migrate import pending  # the web processes ask for readiness only, and do without Alembic

    try:
        missing = pending(connection)
    except UnsafeMigration as error:
        indonesian, _, english = str(error).partition(" | ")
        told, _, remedy = indonesian.partition(" → ")
        return Diagnosis(
            "schema", State.FAIL, Text(told, english.partition(" → ")[0]), Text(remedy, english.partition(" → ")[2])
        )
    if not missing:
        return well("schema", "skema sesuai kode", "the schema is what the code declares")
    shown = "; ".join(missing[:SHOWN]) + (" …" if len(missing) > SHOWN else "")
    return _old(Text(f"skema lama, {len(missing)} perubahan: {shown}", f"old schema, {len(missing)} changes: {shown}"))


def _old(seen: Text) -> Diagnosis:
    return Diagnosis("schema", State.FAIL, seen, MIGRATE)


def _keys_in_force(connection: sa.Connection) -> Diagnosis:
    """Whether every key that the warehouse names as in force is here: without it nobody opens what it sealed."""
    named = {_key_of(row.purpose, row.version) for row in connection.execute(sa.select(KEYS))}
    gone = sorted(name for name in named if not keys.there(name))
    # A key is made when it is first needed: before anything was loaded none is missed.
    if not gone or connection.scalar(sa.select(RUNS.c.run_id).limit(1)) is None:
        return well(
            "seals", f"{len(named) - len(gone)} kunci segel ada", f"{len(named) - len(gone)} keys of seals are there"
        )
    listed = ", ".join(gone)
    return Diagnosis(
        "seals",
        State.FAIL,
        Text(f"kunci yang berlaku tidak ada: {listed}", f"keys in force are not here: {listed}"),
        Text(
            "kembalikan dari cadangan kunci ke keys/ di folder keadaan, atau PANTAU_KEY_…",
            "bring them back from the back-up of keys, into keys/ of the state folder, or as PANTAU_KEY_…",
        ),
    )


def _key_of(purpose: str, version: int) -> str:
    """Which key stands behind a purpose: domains of pseudonyms have their own, everything else is the vault's."""
    return keys.versioned(purpose if purpose.startswith("pseudonym_") else "vault", version)


def loading() -> Diagnosis:
    """Whether sources are loaded as they promise, by the ledger of all cities."""
    with engine(Role.BELL).connect() as connection:
        return sources_in_time(_sources(connection), dt.datetime.now(dt.UTC))


def _sources(connection: sa.Connection) -> list[dict[str, Any]]:
    named = (SOURCES.c.city_code, SOURCES.c.source, SOURCES.c.fresh_at, SOURCES.c.promise_s)
    return [dict(row._mapping) for row in connection.execute(sa.select(*named))]


def sources_in_time(known: list[dict[str, Any]], now: dt.datetime) -> Diagnosis:
    """Whether each source is as fresh as it promises, give or take; when none is, nobody loads."""
    if not known:
        return Diagnosis("sources", State.WARN, Text("belum ada yang dimuat", "nothing was loaded yet"), WORKER)
    late = sorted(f"{one['city_code']}/{one['source']}" for one in known if _late(one, now))
    if not late:
        return well("sources", f"{len(known)} sumber tepat waktu", f"{len(known)} sources are in time")
    shown = ", ".join(late[:SHOWN]) + (" …" if len(late) > SHOWN else "")
    if len(late) == len(known):
        seen = Text("tidak satu pun sumber tepat waktu; worker diam?", "no source is in time; is the worker silent?")
    else:
        seen = Text(f"{len(late)} sumber terlambat: {shown}", f"{len(late)} sources are late: {shown}")
    return Diagnosis("sources", State.WARN, seen, WORKER)


def _late(one: dict[str, Any], now: dt.datetime) -> bool:
    allowed = max(LATE * one["promise_s"], LATE_AT_LEAST_S)
    return one["fresh_at"] is None or (now - one["fresh_at"]).total_seconds() > allowed


def wrong_with(error: sa.exc.DBAPIError) -> WarehouseDown:
    """What a refusal of the database means, with the remedy; of what is our own mistake it is raised again."""
    says = type(error.orig).__name__
    if isinstance(error, sa.exc.OperationalError):
        full = says == "DiskFull"
        remedy = disk.MAKE_ROOM if full else ADDRESS
        seen = Text("gudang data penuh", "the warehouse is full") if full else _away(error).seen
    elif says == "ReadOnlySqlTransaction":
        seen, remedy = Text("gudang data hanya-baca", "the warehouse is read only"), WRITABLE
    elif says in ("UndefinedTable", "UndefinedColumn", "InvalidSchemaName"):
        seen, remedy = Text("skema gudang data lebih tua dari kode", "the schema is older than the code"), MIGRATE
    elif says == "InsufficientPrivilege":
        seen = Text(f"hak kurang: {error.orig}", f"a right is missing: {error.orig}")
        remedy = Text("jalankan: python -m doctor", "run: python -m doctor")
    else:
        raise error
    return WarehouseDown(f"{seen.id} → {remedy.id} | {seen.en} → {remedy.en}")
