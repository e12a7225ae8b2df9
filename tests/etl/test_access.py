"""What the web's role may see: nothing personal, whatever contract comes next."""

import pytest
import sqlalchemy as sa

from etl.catalogue import contracts
from etl.warehouse import (
    FINDINGS,
    FIXES,
    HISTORIES,
    QUARANTINE,
    RUNS,
    SOURCES,
    TABLES,
    VERSIONS,
    Role,
    engine,
    readable_by_web,
)

pytestmark = pytest.mark.usefixtures("warehouse")
NAMES = list(contracts())
PERSONAL = [
    (name, column.name) for name, of in contracts().items() for column in of.columns if not column.readable_by_web
]


def look(column: sa.ColumnElement[object]) -> None:
    with engine(Role.WEB).connect() as connection:
        connection.execute(sa.select(column).limit(1))


def test_there_are_personal_columns_to_hide():
    assert {"nik", "nip", "lat", "age"} <= {column for _, column in PERSONAL}


@pytest.mark.parametrize(("dataset", "column"), PERSONAL)
@pytest.mark.parametrize("tables", [TABLES, HISTORIES], ids=["now", "history"])
def test_personal_columns_are_closed(tables: dict[str, sa.Table], dataset: str, column: str):
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        look(tables[dataset].c[column])


@pytest.mark.parametrize("dataset", NAMES)
def test_the_other_columns_are_open(dataset: str):
    for name in readable_by_web(dataset):
        look(TABLES[dataset].c[name])
        look(HISTORIES[dataset].c[name])


@pytest.mark.parametrize(
    "column",
    [
        *(QUARANTINE.c[name] for name in ("cells", "value", "fingerprint", "reason_id", "key", "resolved_by")),
        *(FINDINGS.c.subject, FINDINGS.c.evidence, SOURCES.c.cursor),
        *FIXES.columns,
    ],
    ids=str,
)
def test_cells_of_refused_rows_fixes_evidence_and_cursors_are_closed(column: sa.Column[object]):
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        look(column)


@pytest.mark.parametrize("table", [*TABLES.values(), *HISTORIES.values(), RUNS, VERSIONS, SOURCES], ids=str)
def test_the_web_changes_nothing(table: sa.Table):
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"), engine(Role.WEB).begin() as connection:
        connection.execute(sa.delete(table))
