"""The tutorial is true: its commands are run as they are written, and what they print is what it says."""

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.conftest import fresh_database
from tests.source_tree import ROOT, tracked

TUTORIAL = ROOT / "docs" / "tutorial-source.md"
BLOCK = re.compile(r"(?:^`(?P<path>[^`\n]+)`:\n\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
HOUR_S = 3600  # old enough for a file that is no longer being written, and newer than what it tells
SHOWN = "…"  # stands in the tutorial for lines that it leaves out
CUT = "-- dictionary --"
LOOK = f"""
from dashboard import command, public
from dashboard.access.roles import Grant, Role
from tests.signed_in import COOKIE, token_with
figure = "/panel/perpustakaan/library_visitors?kota=samarinda&sejak=2025-10-01&sampai=2025-10-14"
browser = command.create().test_client()
browser.set_cookie(COOKIE, token_with(Grant(Role.OPERATOR, "64.72")))
print(browser.get(figure).text, "{CUT}", public.create().test_client().get("/kamus").text)
"""


@dataclass(frozen=True)
class Step:
    """One command of the tutorial and the lines that it is said to print."""

    command: str
    printed: list[str]


def steps(console: str) -> Iterator[Step]:
    """The commands of one block."""
    for part in re.split(r"^\$ ", console, flags=re.MULTILINE)[1:]:
        command, *printed = part.splitlines()
        yield Step(command, printed)


@dataclass(frozen=True)
class Followed:
    """The tutorial after its last line: the checkout, and what each command printed."""

    root: Path
    environment: dict[str, str]
    printed: list[tuple[Step, int, list[str]]]

    def python(self, text: str) -> str:
        """What a program in that checkout prints."""
        done = subprocess.run(
            [sys.executable, "-c", text],
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Followed]:
    """A copy of the checkout and a fresh warehouse in which somebody follows the tutorial."""
    root = tmp_path_factory.mktemp("checkout")
    for path in tracked():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, root / path)
    os.utime(root / "docs" / "examples" / "perpustakaan.csv", (time.time() - HOUR_S,) * 2)
    with fresh_database() as url:
        environment = os.environ | settings(root) | {"DATABASE_URL": url, "PANTAU_SIMULATED": ""}
        environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        yield Followed(root, environment, follow(root, environment))


def settings(root: Path) -> dict[str, str]:
    """Something for every setting of the sources that are there already, as ``make run`` announces them."""
    texts = [path.read_text(encoding="utf-8") for path in root.glob("cities/*/sources/*.toml")]
    return {name: "elsewhere" for text in texts for name in re.findall(r"\$\{(\w+)\}", text) if name != "CITY_DIR"}


def follow(root: Path, environment: dict[str, str]) -> list[tuple[Step, int, list[str]]]:
    """Do what the tutorial says, in one shell: write the files that it shows, run the commands that it shows."""
    cut, script, asked = secrets.token_hex(8), [], []
    for block in BLOCK.finditer(TUTORIAL.read_text(encoding="utf-8")):
        if block["kind"] == "console":
            for step in steps(block["text"]):
                asked.append(step)
                script.append(f"{step.command}\necho {cut} $?")
        else:
            script.append(f"cat > {block['path']} <<'{cut}'\n{block['text']}{cut}")
    done = subprocess.run(
        ["bash", "-c", "exec 2>&1\n" + "\n".join(script)],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    parts = re.split(rf"{cut} (\d+)\n", done.stdout)
    return [
        (step, int(code), text.splitlines()) for step, text, code in zip(asked, parts[::2], parts[1::2], strict=False)
    ]


def test_every_command_does_what_the_tutorial_says(followed: Followed) -> None:
    assert len(followed.printed) >= 12
    for step, code, printed in followed.printed:
        assert code == 0, (step.command, printed)
        if SHOWN not in step.printed and step.printed:
            assert printed == step.printed, step.command
        rest = iter(printed)
        for line in step.printed:
            assert line == SHOWN or line in rest, (step.command, line, printed)


def test_the_source_is_in_the_status(followed: Followed) -> None:
    entries: list[dict[str, Any]] = json.loads((followed.root / "status.json").read_text())
    (entry,) = [entry for entry in entries if (entry["city"], entry["source"]) == ("samarinda", "perpustakaan")]
    assert (entry["received"], entry["loaded"], entry["quarantined"]) == (98, 97, 1)
    assert entry["balanced"] and not entry["error"] and not entry["simulated"]


def test_the_rows_are_in_the_ledger_and_in_the_warehouse(followed: Followed) -> None:
    engine = sa.create_engine(followed.environment["DATABASE_URL"].replace("postgresql:", "postgresql+psycopg:"))
    runs, visits = sa.table("runs", schema="ledger"), sa.table("perpustakaan", schema="warehouse")
    with engine.connect() as connection:
        (run,) = connection.execute(sa.select(sa.text("*")).select_from(runs)).mappings()
        counted = connection.scalar(sa.select(sa.func.count()).select_from(visits))
    engine.dispose()
    assert (run["dataset"], run["received"], counted) == ("perpustakaan", 98, 97)


def test_the_figure_is_on_the_page_and_the_columns_in_the_dictionary(followed: Followed) -> None:
    example = (ROOT / "docs" / "examples" / "perpustakaan.csv").read_text(encoding="utf-8").splitlines()[3:]
    rows = [line.split(";") for line in example]
    visitors = sum(int(row[3]) for row in rows if row[1] != "Jl. Pahlawan")
    figure, _, dictionary = followed.python(LOOK).partition(CUT)
    assert json.loads(figure)["tile"]["value"] == f"{visitors:,}".replace(",", ".")
    section = dictionary.partition('<section id="perpustakaan">')[2].partition("</section>")[0]
    assert "<code>buku_dipinjam</code>" in section and "nama_petugas" not in section


def test_no_officer_is_in_what_was_written(followed: Followed) -> None:
    sample = (followed.root / "cities" / "samarinda" / "samples" / "perpustakaan.csv").read_text(encoding="utf-8")
    assert len(sample.splitlines()) == 21 and "Petugas" not in sample
