"""``python -m bench.common.summary``: the last figures on one page, ``bench/results/summary.md``."""

import json
from typing import Any

from bench.common.results import RESULTS

HEAD = """# Last figures

`make bench` measures again; `python -m bench.common.summary` writes this page. Ratios within one run are what can be
compared; times depend on the machine and on what else it does (load: processes that wanted to run).
"""


def summary(measured: list[dict[str, Any]]) -> str:
    """One paragraph for each measurement, as Markdown."""
    parts = [f"{one['figure']}\n\n{one['date']} · {one['machine']} · load {one['load_average']}" for one in measured]
    return "\n".join([HEAD, *(f"{part}\n" for part in parts)])


if __name__ == "__main__":
    files = sorted(RESULTS.glob("*.json"))
    (RESULTS / "summary.md").write_text(summary([json.loads(file.read_text()) for file in files]))
