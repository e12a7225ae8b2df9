"""Every measurement can be asked for by its name, says what it answers, and keeps its figure under that name."""

import ast
import importlib
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bench import __main__ as bench
from bench.common import results, summary
from runner.state import CHECKOUT

KEPT = re.compile(r'\bkeep\(\s*("(?P<name>\w+)"|Path\(__file__\)\.stem)')
THROUGH = re.compile(r"from bench\.common\.(\w+) import|from bench\.common import (.+)")


def sources(name: str) -> list[str]:
    """A measurement's text, and that of what it shares with others."""
    own = (bench.FOLDER / f"{name}.py").read_text()
    shared = {part.strip() for found in THROUGH.findall(own) for part in ",".join(found).split(",") if part.strip()}
    files = (bench.FOLDER / "common" / f"{part.split(' as ')[0]}.py" for part in shared)
    return [own, *(file.read_text() for file in files if file.exists())]


@pytest.mark.parametrize("name", bench.names())
def test_a_measurement_says_what_it_answers_and_keeps_its_figure(name: str) -> None:
    own, *shared = sources(name)
    tree = ast.parse(own)
    assert (ast.get_docstring(tree) or "").strip()
    assert any(isinstance(node, ast.FunctionDef) and node.name == "main" for node in tree.body)
    assert 'if __name__ == "__main__":' in own
    kept = {found["name"] or name for text in (own, *shared) for found in KEPT.finditer(text)}
    assert name in kept


@pytest.mark.parametrize("name", ["pages", "startup", "panels"])
def test_it_can_be_loaded_by_its_name(name: str) -> None:
    assert callable(importlib.import_module(f"bench.{name}").main)


def test_make_finds_any_of_them_by_one_rule() -> None:
    said = subprocess.run(["make", "-n", "bench-panels"], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert "-m bench.panels" in said.stdout
    listed = subprocess.run(["make", "help"], cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout
    assert "make bench-% " in listed
    assert "make attack " in listed


def test_a_name_that_is_none_is_told_with_those_that_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main(["pange"]) == 2
    assert "panels" in capsys.readouterr().err


def test_the_summary_keeps_what_was_measured_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "summary.md"
    page.write_text(f"{summary.HEAD}\nwalls: 3 ms\n\n2026-01-01 · another machine · load 1\n")
    for module, name in ((summary, "RESULTS"), (results, "RESULTS")):
        monkeypatch.setattr(module, name, tmp_path)
    monkeypatch.setattr(summary, "PAGE", page)
    figures: dict[str, Any] = {"panels": "panels: 1 ms", "walls": "walls: 2 ms"}
    results.keep("panels", figures["panels"], {})
    summary.write()
    assert set(summary.told(page.read_text())) == {"panels", "walls"}
    results.keep("walls", figures["walls"], {})
    summary.write()
    assert summary.told(page.read_text())["walls"].startswith("walls: 2 ms\n")
