"""JSON as text: every value is what was written, nested objects become dotted names."""

import json
from collections.abc import Iterator
from typing import Any

DEEPEST = 32  # objects within objects

Item = dict[str, str | None]


def loads(content: bytes | str) -> Any:
    """A JSON document with every number as the text it was written in. Raises ValueError."""
    try:
        return json.loads(content, parse_int=str, parse_float=str, parse_constant=str)
    except RecursionError as error:
        raise ValueError("terlalu dalam | too deep") from error


def flat(item: dict[str, Any]) -> Item:
    """One object as cells. Raises ValueError for one that is nested without end."""
    return dict(_flat(item, "", DEEPEST))


def _flat(item: dict[str, Any], prefix: str, deeper: int) -> Iterator[tuple[str, str | None]]:
    if not deeper:
        raise ValueError(f"objek bersarang lebih dari {DEEPEST} tingkat | objects nested more than {DEEPEST} deep")
    for key, value in item.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.", deeper - 1)
        else:
            yield prefix + key, _cell(value)


def _cell(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
