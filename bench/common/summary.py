"""``python -m bench.common.summary``: the last figures on one page, ``bench/results/summary.md``.

What was not measured on this machine stays as it stands there.
"""

import json
import re

from bench.common.results import RESULTS

PAGE = RESULTS / "summary.md"
HEAD = """# Last figures

`make bench` measures again; `python -m bench.common.summary` writes this page. Ratios within one run are what can be
compared; times depend on the machine and on what else it does (load: processes that wanted to run).
"""
ENTRY = re.compile(r"^(\w+): .+\n\n.+ · load .+$", re.MULTILINE)


def told(page: str) -> dict[str, str]:
    """What a page tells, by the name of the benchmark."""
    return {found[1]: found[0] for found in ENTRY.finditer(page)}


def measured() -> dict[str, str]:
    """The same of what was measured here."""
    results = (json.loads(file.read_text()) for file in RESULTS.glob("*.json"))
    lines = (f"{one['figure']}\n\n{one['date']} · {one['machine']} · load {one['load_average']}" for one in results)
    return told("\n\n".join(lines))


def write() -> None:
    """Write the page anew."""
    entries = told(PAGE.read_text()) | measured()
    PAGE.write_text("\n".join([HEAD, *(f"{entries[name]}\n" for name in sorted(entries))]))


if __name__ == "__main__":
    write()
