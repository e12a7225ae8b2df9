"""Does the time of a reply tell whether somebody is aided? ``python -m bench.aid``; and how long making the file takes.

The replies to a right letter, a wrong code and an unknown NIK are asked in turn of the public site, in this process
and without its limits.
"""

import os
import secrets
import tempfile
import time
from pathlib import Path

from limits import parse

from bench.common import results
from bench.common.meter import percentile
from dashboard.public import aid, create
from etl.aid_box import Answer, Box, Grant
from etl.aid_letters import ALPHABET, Letter

ROUNDS, LETTERS = 500, 2000
UNLIMITED = (parse("1000000/second"),)
TOLD = Answer(tuple(Grant(f"2026-{month:02}", "PKH", "paid") for month in range(1, 7)))


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PANTAU_STATE"] = folder
        _measure(Path(folder))


def _measure(folder: Path) -> None:
    letters = [Letter(f"6472{number:012}", _code()) for number in range(LETTERS)]
    began = time.perf_counter()
    Box("samarinda").write(dict.fromkeys(letters, Answer()), simulated=True)
    made = time.perf_counter() - began
    began = time.perf_counter()
    Box("samarinda").write(dict.fromkeys(letters, TOLD), simulated=True)
    again = time.perf_counter() - began
    aid.CHECKS_OF_ADDRESS = aid.CHECKS_OF_ALL = aid.CHECKS_OF_NIK = UNLIMITED
    client, taken = create().test_client(), {"right letter": [], "wrong code": [], "unknown NIK": []}  # type: ignore[var-annotated]
    for number in range(ROUNDS):
        right = letters[number % LETTERS]
        unknown = Letter(f"3578{number:012}", right.code)
        asked = (right, Letter(right.nik, _code()), unknown)
        for name, letter in zip(taken, asked, strict=True):
            began = time.perf_counter()
            client.post("/samarinda/cek-bantuan", data={"nik": letter.nik, "kode": letter.code})
            taken[name].append(1000 * (time.perf_counter() - began))
    rows = [
        (name, *(f"{percentile(sorted(times), at):.2f}" for at in (0.5, 0.95)), f"{sum(times) / len(times):.2f}")
        for name, times in taken.items()
    ]
    results.show("a reply, ms", ("", "p50", "p95", "mean"), rows)
    size = sum(path.stat().st_size for path in (folder / "aid").iterdir())
    replies = {name: percentile(sorted(times), 0.5) for name, times in taken.items()}
    figure = (
        f"aid: {LETTERS:,} letters sealed in {made:.1f} s, again {again:.1f} s, {size / 1e6:.1f} MB; a reply "
        f"{replies['right letter']:.2f} ms (p50), to an unknown NIK {replies['unknown NIK']:.2f} ms"
    )
    results.keep("aid", figure, {"made_s": made, "again_s": again, "bytes": size, "replies_ms": replies})


def _code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(8))


if __name__ == "__main__":
    main()
