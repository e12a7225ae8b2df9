"""Every example of docs/open-data.md runs against a running site, and every address that it names is there."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dashboard.public import api
from dashboard.public.columns import FLAGS
from dashboard.public.files import WRITERS
from tests.source_tree import ROOT

NAMED = "https://data.pantau.example"
TEXT = (ROOT / "docs" / "open-data.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```(sh|python)\n(.*?)```", TEXT, re.DOTALL)
RUNS = {"sh": ["sh", "-euc"], "python": [sys.executable, "-c"]}


@pytest.mark.parametrize(
    ("language", "example"), EXAMPLES, ids=[f"{kind}{at}" for at, (kind, _) in enumerate(EXAMPLES)]
)
def test_an_example_runs(site: str, tmp_path: Path, language: str, example: str) -> None:
    if language == "sh" and not shutil.which("curl"):
        pytest.skip("no curl on this machine")
    told = []
    # Line by line: a pipe tells of its last command only, and every line is to tell something.
    for part in example.strip().splitlines() if language == "sh" else [example]:
        command = [*RUNS[language], part.replace(NAMED, site)]
        ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert ran.returncode == 0 and "curl: (22)" not in ran.stderr, ran.stderr
        told.append(ran.stdout)
    assert all(told) or list(tmp_path.iterdir())


def test_there_are_examples_of_both_kinds() -> None:
    assert {kind for kind, _ in EXAMPLES} == RUNS.keys() and len(EXAMPLES) >= 7


def test_everything_that_can_be_asked_is_described() -> None:
    for endpoint in api.ENDPOINTS:
        written = api.HOME + endpoint.path.replace("{", "<").replace("}", ">")
        assert f"`{written}`" in TEXT, written
        for parameter in endpoint.parameters:
            named = (f"`{parameter.name}`", f"<{parameter.name}>", f"{parameter.name}=")
            assert any(name in TEXT for name in named), parameter.name


def test_every_format_and_flag_is_described() -> None:
    for ending in (*WRITERS, ".geojson"):
        assert f"<table>{ending}`" in TEXT, ending
    for flag in FLAGS:
        assert f"| `{flag}` |" in TEXT, flag


def test_the_limit_is_the_one_that_holds() -> None:
    assert f"{api.RATE.amount} requests a minute" in TEXT and api.RATE.get_expiry() == 60
