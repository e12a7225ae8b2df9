"""What the architecture tests know of the source: modules, imports, functions, tracked files."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("doctor", "etl", "dashboard", "pages", "runner", "simulator")
BLOCKS = (ast.If, ast.For, ast.While, ast.With, ast.Try, ast.Match)
Function = ast.FunctionDef | ast.AsyncFunctionDef
Documented = ast.Module | ast.ClassDef | Function


@dataclass(frozen=True)
class Module:
    """One Python file of ours, parsed."""

    name: str
    path: Path
    tree: ast.Module

    @property
    def package(self) -> str:
        return self.name.partition(".")[0]


@cache
def tracked() -> tuple[Path, ...]:
    """Every file in git that is there, relative to the checkout."""
    # A checkout may belong to another user than the one who tests it.
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    paths = (Path(name) for name in listed.split("\0") if name)
    return tuple(path for path in paths if (ROOT / path).is_file())


@cache
def modules() -> dict[str, Module]:
    """Every module of the product and of the simulator by its dotted name."""
    found = (_module(path) for path in tracked() if path.suffix == ".py" and path.parts[0] in PACKAGES)
    return {module.name: module for module in found}


def _module(path: Path) -> Module:
    parts = path.with_suffix("").parts
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    return Module(name, path, ast.parse((ROOT / path).read_text(encoding="utf-8")))


def imports(module: Module) -> set[str]:
    """Everything that a module imports, deferred imports too; a name is a module where there is one of that name."""
    found: set[str] = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module.path}: relative import"
            found |= _imported(node)
    return found


def _imported(node: ast.ImportFrom) -> set[str]:
    inner = {f"{node.module}.{alias.name}" for alias in node.names}
    return {name if name in modules() else str(node.module) for name in inner}


def ours(names: set[str]) -> set[str]:
    """The names that are modules of this tree, those not in git yet included."""
    return {name for name in names if name.partition(".")[0] in (*PACKAGES, "tests")}


def functions() -> Iterator[tuple[Module, Function]]:
    """Every function and method, nested ones too."""
    for module in modules().values():
        for node in ast.walk(module.tree):
            if isinstance(node, Function):
                yield module, node


def length(function: Function) -> int:
    """Lines from ``def`` to the end, without the docstring."""
    documented = ast.get_docstring(function, clean=False) is not None
    first = function.body[0]
    doc = (first.end_lineno or 0) - first.lineno + 1 if documented else 0
    return (function.end_lineno or 0) - function.lineno + 1 - doc


def nesting(node: ast.AST) -> int:
    """How many blocks lie inside one another; an ``elif`` is not deeper than its ``if``."""
    deepest = 0
    for child in ast.iter_child_nodes(node):
        step = int(isinstance(child, BLOCKS) and not _is_elif(node, child))
        deepest = max(deepest, step + nesting(child))
    return deepest


def _is_elif(parent: ast.AST, child: ast.AST) -> bool:
    return isinstance(parent, ast.If) and isinstance(child, ast.If) and parent.orelse == [child]


def documented() -> Iterator[tuple[str, Documented]]:
    """Public modules, and their public classes and functions, by dotted name."""
    for module in modules().values():
        if module.tree.body:
            yield module.name, module.tree
        for node in module.tree.body:
            if isinstance(node, ast.ClassDef | Function) and not node.name.startswith("_"):
                yield f"{module.name}.{node.name}", node


def strings(module: Module) -> Iterator[str]:
    """Every string of a module that is not a docstring; of an f-string its first literal part."""
    docs = {id(node.body[0].value) for node in ast.walk(module.tree) if _opens_with_words(node)}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.value


def _opens_with_words(node: ast.AST) -> bool:
    return isinstance(node, ast.Module | ast.ClassDef | Function) and ast.get_docstring(node) is not None
