"""``python -m doctor [--json] [--warehouse]``: every check, what was seen, and the remedy; 0 when nothing fails.

What needs no library comes first, so that it can be said also where the libraries are not there.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator

from runner import machine
from runner.diagnosis import Diagnosis, State, worst

CODES = {State.OK: 0, State.WARN: 0, State.FAIL: 1}


def checks(warehouse_only: bool = False) -> Iterator[Diagnosis]:
    """Every check, one after the other."""
    if not warehouse_only:
        for check in machine.MACHINE:
            found = check()
            yield found
            if check is machine.packages and found.state is State.FAIL:
                return  # without them nothing that follows can be asked
        yield from machine.ports()
    from etl import health

    yield from health.warehouse()
    if not warehouse_only:
        yield from _of_the_installation()


def _of_the_installation() -> Iterator[Diagnosis]:
    from doctor import installation, outside

    yield installation.secrets()
    yield from outside.outside()
    yield installation.releases()
    yield installation.backups()


def shown(found: Iterable[Diagnosis]) -> State:
    """Print each as it comes; the state of the whole."""
    seen = []
    for one in found:
        seen.append(one)
        for line in one.lines():
            print(line, flush=True)
    return worst(seen)


def main(arguments: list[str] | None = None, look: Callable[[bool], Iterable[Diagnosis]] = checks) -> int:
    """Run the checks; the exit code is 1 when one fails. A warning is no failure."""
    parser = argparse.ArgumentParser(prog="python -m doctor", description="periksa pemasangan | check an installation")
    parser.add_argument("--json", action="store_true", help="untuk mesin | for machines")
    parser.add_argument("--warehouse", action="store_true", help="hanya gudang data | the warehouse only")
    said = parser.parse_args(arguments)
    if not said.json:
        return CODES[shown(look(said.warehouse))]
    found = list(look(said.warehouse))
    json.dump({"state": worst(found), "checks": [one.told for one in found]}, sys.stdout, ensure_ascii=False, indent=1)
    print()
    return CODES[worst(found)]


if __name__ == "__main__":
    sys.exit(main())
