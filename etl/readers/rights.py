"""What an account may do in another system's database: we promise to read only, and say so when it could write."""

import sqlalchemy as sa

from etl.text import Text

WRITING = ("INSERT", "UPDATE", "DELETE")
CAN_WRITE = Text(
    "akun ini boleh menulis ke basis data sumber; minta akun yang hanya boleh SELECT",
    "this account may write to the source's database; ask for one with SELECT only",
)


def notes(connection: sa.Connection, table: sa.Table) -> tuple[Text, ...]:
    """A remark when the account may change the rows that we read; SQLite has no accounts."""
    match connection.dialect.name:
        case "postgresql":
            writes = _postgresql(connection, table)
        case "mysql" | "mariadb":
            writes = _mysql(connection, table)
        case _:
            writes = False
    return (CAN_WRITE,) if writes else ()


def _postgresql(connection: sa.Connection, table: sa.Table) -> bool:
    name = connection.dialect.identifier_preparer.format_table(table)
    return bool(connection.scalar(sa.select(sa.func.has_table_privilege(name, ", ".join(WRITING)))))


def _mysql(connection: sa.Connection, table: sa.Table) -> bool:
    """A right may be given on everything, on a database or on a table."""
    user, _, host = str(connection.scalar(sa.select(sa.func.current_user()))).rpartition("@")
    database = table.schema or connection.scalar(sa.select(sa.func.database()))
    among: dict[str, dict[str, str | None]] = {
        "user_privileges": {},
        "schema_privileges": {"table_schema": database},
        "table_privileges": {"table_schema": database, "table_name": table.name},
    }
    return any(_granted(connection, view, f"'{user}'@'{host}'", on) for view, on in among.items())


def _granted(connection: sa.Connection, view: str, grantee: str, on: dict[str, str | None]) -> bool:
    told = sa.table(
        view, *(sa.column(name) for name in ("grantee", "privilege_type", *on)), schema="information_schema"
    )
    mine = [told.c[name] == value for name, value in {"grantee": grantee, **on}.items()]
    found = sa.select(sa.literal(1)).select_from(told).where(*mine, told.c.privilege_type.in_(WRITING))
    return connection.execute(found.limit(1)).first() is not None
