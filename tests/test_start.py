"""What a process loads before it can answer: libraries that it does not need then cost every start, and memory.

A ratchet by name, not by time: times depend on the machine (``python -m bench.startup`` measures them).
"""

import json
import re
import subprocess
import sys

import pytest

from runner.state import CHECKOUT

# Models, frames, readers and their ways, pictures, other people's servers: loaded where something is made of them.
HEAVY = {
    "alembic", "apscheduler", "authlib", "boto3", "geopandas", "httpx", "joserfc", "pandas", "pandera", "paramiko",
    "polars", "pyarrow", "pyogrio", "python_calamine", "scipy.linalg", "scipy.optimize", "scipy.special", "scipy.stats",
    "shapely", "statsmodels", "typst", "xlsxwriter",
}  # fmt: skip
WEB_FRAME = {"dash", "flask", "plotly"}
STARTS = {
    "dashboard.public": HEAVY | {"dash", "plotly", "numpy", "scipy"},
    "dashboard.__main__": HEAVY | {"dash", "plotly", "numpy", "scipy"},
    "etl.upgrade": HEAVY - {"alembic"} | WEB_FRAME | {"numpy", "scipy"},
    "runner.__main__": HEAVY | WEB_FRAME | {"numpy", "scipy", "sqlalchemy"},
    "runner.web": HEAVY | WEB_FRAME | {"numpy", "scipy", "sqlalchemy", "psycopg"},
}
LOADED = """
import importlib, json, sys
module = importlib.import_module(sys.argv[1])
{more}
print(json.dumps(sorted(sys.modules)))
"""


def loaded(name: str, more: str = "") -> set[str]:
    """Every module that is there once ``name`` is imported, in a process of its own."""
    line = [sys.executable, "-c", LOADED.format(more=more), name]
    said = subprocess.run(line, cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout
    return set(json.loads(said.splitlines()[-1]))


@pytest.mark.parametrize("name", STARTS)
def test_nothing_heavy_is_loaded_at_the_start(name: str) -> None:
    there = loaded(name)
    assert name in there
    assert not there & STARTS[name], "import it where it is used, or under TYPE_CHECKING"


def test_the_command_center_with_all_its_pages_needs_none_of_it_either() -> None:
    """Every route, page, panel and scene is there: what is heavy comes with the first question that needs it."""
    there = loaded("dashboard.command", "module.create()")
    assert any(one.endswith("pages.command.darurat") for one in there)
    assert not there & HEAVY


def test_models_do_without_the_heaviest_parts_of_scipy() -> None:
    """``scipy.special`` is enough for every law; ``scipy.stats`` takes 40 MB of each web process that asks it."""
    files = sorted((CHECKOUT / "dashboard").rglob("*.py"))
    assert len(files) > 100
    told = {file.name: re.findall(r"scipy\.(?!special\b)\w+\.\w+\(", file.read_text()) for file in files}
    assert {name: said for name, said in told.items() if said} == {}
