"""``python -m bench [NAME…]``: every measurement in turn, each in a process of its own, and at the end their figures.

Without names all of them, which takes hours; one that fails keeps no other from being made.
"""

import subprocess
import sys
from collections.abc import Sequence

from bench.common import summary
from bench.common.results import RESULTS

FOLDER = RESULTS.parent


def names() -> list[str]:
    """Every measurement that there is; what is worked out of the others comes last."""
    there = (path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))
    return sorted(there, key=lambda name: (name == "scaling", name))


def main(asked: Sequence[str]) -> int:
    """Measure what is asked for; 1 when something could not be measured or did not meet its goals, 2 for no name."""
    if unknown := set(asked) - set(names()):
        print(f"no such measurement: {', '.join(sorted(unknown))}; there are: {', '.join(names())}", file=sys.stderr)
        return 2
    failed = [name for name in asked or names() if _fails(name)]
    summary.write()
    print(summary.PAGE.read_text())
    if failed:
        print(f"✗ {', '.join(failed)}", file=sys.stderr)
    return int(bool(failed))


def _fails(name: str) -> bool:
    print(f"▶ bench.{name}", flush=True)
    return subprocess.run([sys.executable, "-m", f"bench.{name}"], cwd=FOLDER.parent, check=False).returncode != 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
