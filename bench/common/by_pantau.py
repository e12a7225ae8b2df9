"""``python -m bench.common.by_pantau FOLDER``: one run of the real line over what is new in the folder."""

import sys
from pathlib import Path
from typing import Any

from bench.common.meter import report
from bench.common.orders import Bench
from etl.pipeline import run


def load(folder: Path) -> dict[str, Any]:
    """Extract, sift and load; what became of the rows. Raises the error that stopped it."""
    bench = Bench(folder / "cities", folder / "files")
    outcome = run(bench.source, bench.city)
    if outcome.error:
        raise outcome.error
    return vars(outcome.counts)


if __name__ == "__main__":
    report(lambda: load(Path(sys.argv[1])))
