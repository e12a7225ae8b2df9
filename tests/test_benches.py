"""Every measurement can be asked for by its name, says what it answers, and keeps its figure under that name."""

import ast
import importlib
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import __main__ as bench
from bench import scaling
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


def test_a_goal_that_was_missed_ends_the_measurement_with_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(results, "RESULTS", tmp_path)
    results.keep("walls", "walls: 9 ms", {}, [results.Goal("ms", 10, 9, at_most=True)])
    with pytest.raises(SystemExit) as ended:
        results.keep("walls", "walls: 11 ms", {}, [results.Goal("ms", 10, 11, at_most=True)])
    assert ended.value.code == 1
    assert json.loads((tmp_path / "walls.json").read_text())["goals"][0]["met"] is False
    assert capsys.readouterr().out.splitlines()[-1] == "walls: 11 ms"


MEASURED = {
    "capacity": "web processes 150 MB at the start, 160 at 20 sessions, 175 at 50; a panel p95 9 ms; 16 whole "
    "views a second within 250 ms (p99), 25 CPU-ms a view, 0.61 CPU-ms a ring; a row of an order 400 B, of a call "
    "300 B with its indexes; 3,000 rows a city and day",
    "etl": "28,838 rows/s, 541 MB",
    "public": "6,561 whole views/s of Corona, 1,094× plain Dash, 0.18 CPU-ms a view",
    "soak": "374 requests and 467 ms of server CPU a screen and minute",
}
KNOWN = scaling.measured(
    "\n\n".join(f"{name}: {said}\n\n2026-01-01 · a machine · load 1" for name, said in MEASURED.items())
)
CITIES = st.integers(1, 600)


def test_the_model_reads_what_was_measured_and_says_what_was_not() -> None:
    assert (KNOWN["rows_s"], KNOWN["view_cpu_ms"], KNOWN["public_view_cpu_ms"]) == (28_838, 25, 0.18)
    assert (KNOWN["start_mb"], KNOWN["sessions_50_mb"], KNOWN["wall_cpu_ms_minute"]) == (150, 175, 467)
    with pytest.raises(KeyError, match=r"bench\.etl was not measured"):
        scaling.measured("")


@given(CITIES, CITIES)
def test_two_provinces_cost_what_each_costs(one: int, other: int) -> None:
    a, b, both = (scaling.cost(count, KNOWN) for count in (one, other, one + other))
    for part in ("rows_day", "rows_millions", "disk_gb", "load_s_day", "cores"):
        assert getattr(both, part) == pytest.approx(getattr(a, part) + getattr(b, part))
    assert max(a.workers, b.workers) <= both.workers <= a.workers + b.workers
    assert both.cores >= (both.cores_load + both.cores_people + both.cores_walls + both.cores_public) / 0.5 - 1e-9


def test_the_document_holds_what_is_worked_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = scaling.DOCUMENT.read_text()
    assert text.count(scaling.BEGIN) == text.count(scaling.END) == 1
    told = scaling.written(KNOWN)
    assert "| rows of three years, millions |" in told
    assert all(f"| {name} |" in told for name in KNOWN)
