"""One sheet of a workbook as JSON lines: ``python sheet.py [SHEET] < workbook > rows``.

A program of its own with a ceiling on memory and time: a few bytes of a workbook can claim
17 billion cells, and what then happens within a native library ends the process that it is in.
It imports nothing of ours, so that it starts at once.
"""

import datetime as dt
import json
import resource
import sys
from decimal import Decimal

from python_calamine import CalamineError, CalamineWorkbook, WorksheetNotFound

MOST_MEMORY = 1024**3
MOST_CPU_S = 120
DAMAGED_FROM = 10**14  # 15 digits: a spreadsheet's number keeps no more


def main(sheet: str = "") -> None:
    """The rows from the first line of the sheet on; or one object with what is wrong."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU_S, MOST_CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    names: list[str] = []
    try:
        workbook = CalamineWorkbook.from_filelike(sys.stdin.buffer)
        names = workbook.sheet_names
        wanted = workbook.get_sheet_by_name(sheet or names[0])
        left = [None] * (wanted.start or (0, 0))[1]  # columns before the first filled one are not in its rows
        for row in wanted.iter_rows():
            print(json.dumps([*left, *map(_text, row)]))
    except WorksheetNotFound:
        print(json.dumps({"sheets": names}))
    except (CalamineError, OSError, ValueError, IndexError) as error:
        print(json.dumps({"unreadable": str(error)}))


def _text(value: object) -> str | None:
    """A cell as text: ``12`` not ``12.0``, ISO dates, ``true``; empty is null."""
    match value:
        case "":
            return None
        case bool():
            return "true" if value else "false"
        case float():
            return _number_text(value)
        case dt.date() | dt.time():
            return value.isoformat()
        case _:
            return str(value)


def _number_text(value: float) -> str:
    """A number of 15 digits or more is written with an exponent: it may have lost digits of an identifier."""
    if not value.is_integer():
        return f"{value:.15g}"
    if abs(value) < DAMAGED_FROM:
        return str(int(value))
    return f"{Decimal(value).normalize():e}"


if __name__ == "__main__":
    main(*sys.argv[1:])
