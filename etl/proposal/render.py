"""A proposal as the two files that a person goes on with, formatted as the others are."""

import json
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from etl.contract import Column, Contract, Privacy, Pseudonym
from etl.proposal.propose import Ask, Proposal, placed
from etl.rules import KK, NIK, NIP
from etl.source import Cell, Source
from etl.text import Text

WIDTH = 120
ASK = "# putuskan {number}: {id} | decide: {en}"
RULES = {"NIK": NIK, "KK": KK, "NIP": NIP}


@dataclass(frozen=True)
class Node:
    """A call or a tuple: an opening, its parts with their keywords, a closing."""

    opening: str
    parts: Sequence[tuple[str, "Node | str"]]
    notes: Sequence[Sequence[str]] = ()  # comment lines above each part
    comma: bool = False  # of a tuple of one

    def flat(self) -> str:
        """On one line."""
        inner = ", ".join(name + (part if isinstance(part, str) else part.flat()) for name, part in self.parts)
        return f"{self.opening}({inner}{',' if self.comma else ''})"

    def lines(self, indent: int, lead: str = "", tail: str = "") -> list[str]:
        """As ruff breaks it: on one line, else its parts on one line, else each part on its own."""
        space, inner = " " * indent, " " * (indent + 4)
        noted = any(self.notes)
        if not noted and len(space + lead + self.flat() + tail) <= WIDTH:
            return [space + lead + self.flat() + tail]
        joined = self.flat()[len(self.opening) + 1 : -1]
        if not noted and self.opening and len(inner + joined) <= WIDTH:
            return [f"{space}{lead}{self.opening}(", inner + joined, f"{space}){tail}"]
        body = [line for number in range(len(self.parts)) for line in self._part(number, indent + 4)]
        return [f"{space}{lead}{self.opening}(", *body, f"{space}){tail}"]

    def _part(self, number: int, indent: int) -> list[str]:
        name, part = self.parts[number]
        notes = self.notes[number] if self.notes else ()
        above = [line for note in notes for line in _comment(note, indent)]
        if isinstance(part, str):
            return [*above, f"{' ' * indent}{name}{part},"]
        return [*above, *part.lines(indent, name, ",")]


def _comment(note: str, indent: int) -> list[str]:
    space = " " * indent
    return textwrap.wrap(note, WIDTH, initial_indent=space, subsequent_indent=f"{space}#   ", break_on_hyphens=False)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _text(said: Text) -> Node:
    return Node("Text", [("", _quoted(said.id)), ("", _quoted(said.en))])


def _numbered(asks: Iterable[Ask], place: str, about: str) -> list[str]:
    """The comments about one key; the numbers are those of the printed list."""
    return [
        ASK.format(number=number, id=ask.text.id, en=ask.text.en)
        for number, ask in enumerate(asks, start=1)
        if (ask.place, ask.about) == (place, about)
    ]


def contract(proposal: Proposal) -> str:
    """The module of ``etl/sources`` that declares the contract."""
    of = proposal.contract
    said: list[tuple[str, Node | str]] = [
        ("name", _quoted(of.name)),
        ("title", _text(of.title)),
        ("meaning", _text(of.meaning)),
        ("grain", _text(of.grain)),
        ("key", _names(of.key)),
        ("privacy", f"Privacy.{of.privacy.name}"),
        *((name, _quoted(value)) for name in ("time", "area", "revision") if (value := getattr(of, name))),
    ]
    columns = Node(
        "",
        [("", _column(column)) for column in of.columns],
        [_numbered(proposal.asks, "contract", column.name) or () for column in of.columns],
        comma=len(of.columns) == 1,
    )
    said.append(("columns", columns))
    notes = [_numbered(proposal.asks, "contract", name) for name, _ in said]
    whole = Node("Contract", [(f"{name}=", part) for name, part in said], notes)
    head = [f'"""{of.title.id}: baca dan putuskan yang bertanda | read, and decide what is marked."""', ""]
    return "\n".join([*head, *_imports(of), "", *whole.lines(0, "CONTRACT = "), ""])


def _imports(of: Contract) -> list[str]:
    used = {"Column", "Contract", "Kind", "Privacy"}
    used |= {"Pseudonym"} if any(isinstance(column.derived, Pseudonym) for column in of.columns) else set()
    rules = [name for name, rule in RULES.items() if any(rule in column.rules for column in of.columns)]
    return [
        f"from etl.contract import {', '.join(sorted(used))}",
        *([f"from etl.rules import {', '.join(sorted(rules))}"] if rules else []),
        "from etl.text import Text",
    ]


def _names(names: Sequence[str]) -> Node:
    return Node("", [("", _quoted(name)) for name in names], comma=len(names) == 1)


def _column(column: Column) -> Node:
    parts: list[tuple[str, Node | str]] = [
        ("", _quoted(column.name)),
        ("", f"Kind.{column.kind.name}"),
        ("", _text(column.meaning)),
    ]
    if column.unit:
        parts.append(("unit=", _quoted(column.unit)))
    if column.required:
        parts.append(("required=", "True"))
    if column.rules:
        named: list[tuple[str, Node | str]] = [("", name) for name, rule in RULES.items() if rule in column.rules]
        parts.append(("rules=", Node("", named, comma=len(named) == 1)))
    if column.privacy is not Privacy.P1:
        parts.append(("privacy=", f"Privacy.{column.privacy.name}"))
    if isinstance(column.derived, Pseudonym):
        of = Node("Pseudonym", [("", _quoted(column.derived.of)), ("", _quoted(column.derived.domain))])
        parts.append(("derived=", of))
    if column.dimension:
        parts.append(("dimension=", "True"))
    return Node("Column", parts)


def source(proposal: Proposal) -> str:
    """The source file of the city."""
    of = proposal.source
    asked = proposal.asks

    def note(about: str) -> list[str]:
        return [line for said in _numbered(asked, "source", about) for line in _comment(said, 0)]

    top: dict[str, Any] = {name: getattr(of, name) for name in ("dataset", "app", "title", "owner", "licence")}
    top |= {"cadence_s": int(of.cadence_s), "promise_s": int(of.promise_s)}
    top |= {"skip_exact_duplicates": True} if of.skip_exact_duplicates else {}
    lines = ["# Usulan dari contoh: baca, putuskan, hapus catatannya. | Proposed: read, decide, clean up."]
    lines += [line for key, value in top.items() for line in (*note(key), f"{key} = {_toml(value)}")]
    lines += ["", *note("reader"), "[reader]", *_reader(of)]
    if of.area:
        lines += ["", *note("area"), "[area]", *_said(of.area)]
    if _said(of.format) or note("format"):
        lines += ["", *note("format"), "[format]", *_said(of.format)]
    lines += ["", *note("columns"), "[columns]"]
    for name, cell in of.columns.items():
        lines += [*note(f"columns.{name}"), f"{name} = {_cell(cell)}"]
    return "\n".join([*lines, ""])


def _reader(of: Source) -> list[str]:
    kind = type(of.reader).__struct_config__.tag
    return [f'kind = "{kind}"', *_said(placed(of.reader, of.name))]


def _said(struct: Any) -> list[str]:
    """What a struct says beyond its defaults."""
    plain = {field.name: _default(field) for field in msgspec.structs.fields(struct)}
    said = {name: getattr(struct, name) for name in plain}
    return [f"{name} = {_toml(value)}" for name, value in said.items() if value not in (plain[name], None)]


def _default(field: msgspec.structs.FieldInfo) -> Any:
    return field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()


def _cell(cell: Any) -> str:
    if not isinstance(cell, Cell):
        return _toml(cell)
    said = ", ".join(_said(cell))
    return f"{{ {said} }}"


def _toml(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _quoted(value)
        case dict():
            return "{ " + ", ".join(f"{_quoted(key)} = {_toml(inner)}" for key, inner in value.items()) + " }"
        case tuple() | list():
            return f"[{', '.join(_toml(inner) for inner in value)}]"
        case _:
            return str(value)


def line_of(text: str, number: int) -> int:
    """The line (from 1) on which a numbered question stands."""
    start = f"# putuskan {number}:"
    return next(at for at, line in enumerate(text.splitlines(), start=1) if line.strip().startswith(start))
