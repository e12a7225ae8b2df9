"""The shape of the code: imports run one way, functions stay short, secrets and machine paths stay out.

The numbers are ratchets: they may be lowered, never raised.
"""

import ast
import re
import statistics
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.source_tree import (
    ROOT,
    Module,
    documented,
    functions,
    imports,
    length,
    modules,
    nesting,
    ours,
    strings,
    tracked,
)

# What may import what. The most specific line counts; a package may always import itself.
MAY_IMPORT = {
    "etl.text": (),
    "etl.errors": ("etl.text",),
    "etl.logs": (),
    "etl.rules": ("etl.text",),
    "etl.contract": ("etl.rules", "etl.text"),
    "etl.sources": ("etl.contract", "etl.rules", "etl.text"),
    "etl": ("etl", "runner"),
    "dashboard.public": ("dashboard", "etl"),
    "dashboard": ("dashboard", "etl"),
    "pages": ("dashboard", "etl"),
    "pages.public": ("dashboard.public", "etl.text"),
    "runner": ("runner", "etl.errors", "etl.logs", "etl.text"),
    "doctor": ("doctor", "runner", "etl", "dashboard.access"),
    "simulator": ("simulator", "runner.postgres"),
}
# The public process must not even know these: private pages, the warehouse's queries, Dash.
NOT_PUBLIC = (
    "pages.command",
    "dashboard.command",
    "dashboard.shell",
    "dashboard.page",
    "dashboard.panel",
    "dashboard.queries",
)

MEDIAN_LINES, P95_LINES, LONGEST = 8, 30, 60
P95_NESTING = 2
FILE_LINES = 500
FILE_BYTES = 700_000
BIG_FILES = {
    "assets/vendor/plotly-pantau.min.js": "plotly.js with the traces that are drawn; nothing comes from outside",
}

SQL = re.compile(
    r"\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|MERGE|WITH|CREATE|ALTER|DROP|TRUNCATE|"
    r"GRANT|REVOKE|COPY|LISTEN|NOTIFY|SET)\s"
)
# SQLAlchemy has no expression for these: rights, roles, databases, sessions, COPY and LISTEN. Each is named exactly.
SQL_PLACES = {
    "etl.load": {"COPY {} ({}) FROM STDIN (FORMAT csv, NULL {})"},
    "etl.migrate": {
        "CREATE DATABASE %(name)s",
    },
    "etl.grants": {
        "GRANT USAGE ON SCHEMA %(schema)s TO %(role)s",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %(schema)s TO %(role)s",
        "REVOKE ALL ON ALL TABLES IN SCHEMA %(schema)s FROM pantau_web, pantau_opd, pantau_bell, PUBLIC",
        "GRANT SELECT, INSERT, UPDATE ON %(table)s TO %(role)s",
        "GRANT TEMPORARY ON DATABASE %(name)s TO pantau_etl",
        "GRANT SELECT (%(names)s) ON %(table)s TO %(role)s",
        "SELECT e.city_code FROM audit.entries e WHERE e.entry_id = ",
        "UPDATE (state, resolved_at, resolved_by, resolved_why)",
        "UPDATE (undone_at, undone_by, undone_why)",
        "UPDATE (state, handled_by, handled_at, note)",
        "UPDATE (says, contact, nik, note)",
        "SELECT (city_code, reference)",
        "SELECT (city_code, entry_id, at, hash)",
        "SELECT (city_code, queued_at, state)",
        "SELECT (city_code, nip, buyer, name, agency_code, unit, grade, post, status)",
        "REVOKE ALL ON %(table)s FROM %(role)s, PUBLIC",
        "GRANT %(right)s ON %(table)s TO %(role)s",
        "ALTER TABLE %(table)s ENABLE ROW LEVEL SECURITY",
        "DROP POLICY %(name)s ON %(table)s",
        "CREATE POLICY %(name)s ON %(table)s TO %(role)s USING (%(rows)s)",
    },
    "etl.warehouse": {"SET LOCAL %(setting)s = %(said)s"},
    "etl.distribution": {"ALTER DATABASE %(name)s SET %(setting)s = 'local'"},
    "etl.rotation": {"ALTER TABLE %(table)s ALTER COLUMN %(column)s TYPE text USING %(column)s::text"},
    "etl.readers.sql": {"SET SESSION TRANSACTION READ ONLY", "SET SESSION time_zone = '+00:00'"},
    "dashboard.live": {"LISTEN {}"},
}

COLOUR = re.compile(r"(?<![&\w])#(?:[0-9a-fA-F]{8}|[0-9a-fA-F]{6}|[0-9a-fA-F]{3,4})\b")
COLOUR_PLACES = {"assets/tokens.css", "dashboard/theme.py", "assets/icon.svg"}
PAINTED = {".py", ".js", ".css", ".html", ".svg"}
CODE = {".py", ".js", ".mjs", ".css", ".html", ".sh"}

MACHINE = re.compile(r"(?<![\w.~-])/(?:(?:work|farm)(?![\w-])|root/[\w.])")
REGISTRY = re.compile(
    r"--(?:extra-)?index-url|--trusted[-]host|\"resolved\":|registry\.npmjs\.org|files\.pythonhosted\.org"
)
LINK = re.compile(r"\]\(([^)\s]+)\)")


def text_files() -> Iterator[tuple[Path, str]]:
    """Tracked files of ours that are text."""
    for path in tracked():
        body = (ROOT / path).read_bytes()
        if b"\0" not in body[:8000] and "vendor" not in path.parts:
            yield path, body.decode()


def within(name: str, places: tuple[str, ...]) -> bool:
    """Whether a module is one of these, or inside one of them."""
    return any(name == place or name.startswith(f"{place}.") for place in places)


def allowed(name: str) -> tuple[str, ...]:
    """The line of MAY_IMPORT for a module."""
    parts = name.split(".")
    lines = (".".join(parts[:count]) for count in range(len(parts), 0, -1))
    return next(MAY_IMPORT[line] for line in lines if line in MAY_IMPORT)


# Imports


@pytest.mark.parametrize("name", sorted(modules()))
def test_imports_run_one_way(name: str) -> None:
    wrong = {found for found in ours(imports(modules()[name])) if not within(found, allowed(name))}
    assert not wrong, f"{name} must not import {sorted(wrong)}"


def test_no_cycles() -> None:
    known = modules()
    graph = {name: imports(module) & known.keys() - {name} for name, module in known.items()}
    assert len(list(TopologicalSorter(graph).static_order())) == len(known)


def test_the_public_site_reaches_nothing_private() -> None:
    reached, waiting = set(), {name for name in modules() if within(name, ("dashboard.public", "pages.public"))}
    while waiting:
        name = waiting.pop()
        reached.add(name)
        waiting |= (imports(modules()[name]) & modules().keys()) - reached
    every = set().union(*(imports(modules()[name]) for name in reached))
    assert not {name for name in every | reached if within(name, NOT_PUBLIC) or name == "dash"}


# Ratchets


def percentile(values: list[int], share: float) -> int:
    """The value that this share of them does not exceed."""
    return sorted(values)[max(0, round(share * len(values)) - 1)]


def test_functions_are_short() -> None:
    sizes = {f"{module.path}:{node.lineno} {node.name}": length(node) for module, node in functions()}
    longest = {where: size for where, size in sizes.items() if size > LONGEST}
    assert not longest
    assert percentile(list(sizes.values()), 0.95) <= P95_LINES
    assert statistics.median(sizes.values()) <= MEDIAN_LINES


def test_functions_are_flat() -> None:
    assert percentile([nesting(node) for _, node in functions()], 0.95) <= P95_NESTING


def broad(node: ast.AST) -> bool:
    """Whether a node catches, or suppresses, everything."""
    if isinstance(node, ast.ExceptHandler) and node.type is None:
        return True
    caught = node.type if isinstance(node, ast.ExceptHandler) else node if _suppresses(node) else None
    names = (inner.id for inner in ast.walk(caught) if isinstance(inner, ast.Name)) if caught else ()
    return not {"Exception", "BaseException"}.isdisjoint(names)


def _suppresses(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func).endswith("suppress")


@pytest.mark.parametrize("name", sorted(modules()))
def test_no_broad_except(name: str) -> None:
    module = modules()[name]
    assert not [f"{module.path}:{node.lineno}" for node in ast.walk(module.tree) if broad(node)]


def halfway_private(node: ast.AST) -> bool:
    """Whether this makes a folder with a mode that the folders above it do not get: ``runner.state.private`` does."""
    named = {word.arg for word in node.keywords} if isinstance(node, ast.Call) else set()
    return isinstance(node, ast.Call) and ast.unparse(node.func).endswith("mkdir") and {"mode", "parents"} <= named


@pytest.mark.parametrize("name", sorted(modules()))
def test_private_folders_are_private_all_the_way(name: str) -> None:
    module = modules()[name]
    assert not [f"{module.path}:{node.lineno}" for node in ast.walk(module.tree) if halfway_private(node)]


# The simulator plays other people's systems, which speak SQL as they please.
@pytest.mark.parametrize("name", sorted(name for name, module in modules().items() if module.package != "simulator"))
def test_no_sql_strings(name: str) -> None:
    assert {text for text in strings(modules()[name]) if SQL.match(text)} <= SQL_PLACES.get(name, set())


def test_the_places_of_sql_are_all_needed() -> None:
    for name, places in SQL_PLACES.items():
        assert places <= set(strings(modules()[name])), name


def test_colours_have_one_home() -> None:
    places = [
        path for path, _ in text_files() if path.suffix in PAINTED and path.parts[0] in ("assets", "dashboard", "pages")
    ]
    ours = [path for path in places if path.as_posix() not in COLOUR_PLACES]
    assert ours
    found = {path.as_posix(): COLOUR.findall((ROOT / path).read_text(encoding="utf-8")) for path in ours}
    assert not {path: colours for path, colours in found.items() if colours}


def test_files_are_short() -> None:
    sizes = {path.as_posix(): text.count("\n") for path, text in text_files() if path.suffix in CODE}
    assert not {path: size for path, size in sizes.items() if size > FILE_LINES}


def test_what_is_public_is_documented() -> None:
    missing = [
        name
        for name, node in documented()
        if name.partition(".")[0] in ("etl", "dashboard", "runner", "doctor") and not ast.get_docstring(node)
    ]
    assert not missing


# Tracked files


def test_files_in_git_are_small() -> None:
    big = {path.as_posix() for path in tracked() if (ROOT / path).stat().st_size > FILE_BYTES}
    assert big == set(BIG_FILES)


def test_no_machine_path_and_no_registry() -> None:
    found = {path.as_posix() for path, text in text_files() if MACHINE.search(text) or REGISTRY.search(text)}
    assert not found


def slug(heading: str) -> str:
    """The anchor that a heading gets."""
    plain = re.sub(r"[^\w\s-]", "", heading.replace("`", "").lower())
    return re.sub(r"\s", "-", plain.strip())


def anchors(path: Path) -> set[str]:
    """All anchors of a Markdown file."""
    return {slug(line.lstrip("#")) for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("#")}


@pytest.mark.parametrize("path", [path for path in tracked() if path.suffix == ".md"], ids=str)
def test_links_of_the_documents_resolve(path: Path) -> None:
    links = LINK.findall((ROOT / path).read_text(encoding="utf-8"))
    broken = []
    for link in (link for link in links if "://" not in link and not link.startswith("mailto:")):
        file, _, anchor = link.partition("#")
        target = (ROOT / path).parent / file if file else ROOT / path
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert not broken


# The tests of this file can fail


def parsed(text: str) -> Module:
    """A module made of a text."""
    return Module("etl.made_up", Path("etl/made_up.py"), ast.parse(text))


@pytest.mark.parametrize(
    "text",
    [
        "try:\n    pass\nexcept:\n    pass",
        "try:\n    pass\nexcept (OSError, Exception):\n    pass",
        "with contextlib.suppress(BaseException):\n    pass",
    ],
)
def test_a_broad_except_is_seen(text: str) -> None:
    assert any(broad(node) for node in ast.walk(parsed(text).tree))


@pytest.mark.parametrize(("words", "halfway"), [("mode=1", False), ("1, parents=True, mode=7", True)])
def test_a_folder_that_is_private_halfway_is_seen(words: str, halfway: bool) -> None:
    assert any(halfway_private(node) for node in ast.walk(parsed(f"a.mkdir({words})").tree)) == halfway


def test_a_deferred_import_is_seen() -> None:
    made = parsed("def f():\n    from etl import text\n    import dashboard.page")
    assert imports(made) == {"etl.text", "dashboard.page"}


def test_sql_is_seen_and_prose_is_not() -> None:
    made = parsed('"""SELECT in a docstring."""\nX = "SELECT 1 FROM t"\nY = "select something"\nZ = f"DROP {X}"')
    assert [text for text in strings(made) if SQL.match(text)] == ["SELECT 1 FROM t", "DROP "]


def test_depth_and_length_are_counted() -> None:
    text = (
        'def f():\n    """2\n    lines."""\n    if a:\n        b()\n    elif b:\n        for c in d:\n            e()\n'
    )
    function = parsed(text).tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    assert (length(function), nesting(function)) == (6, 2)
