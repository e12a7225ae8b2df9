"""What pages ask of the models: one module a subject, which reads the warehouse and calls ``dashboard.models``.

Each lists ``ANALYSES``, what a process of its own makes once an hour or a day, and ``MODELS``, those whose track
record is kept. What a page may compute while somebody waits (some milliseconds) stands here too, as a function.
"""

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from types import ModuleType
from typing import TypeVar

from dashboard.analysis import Analysis
from dashboard.models.model import Model

T = TypeVar("T", Analysis, Model)


@cache
def analyses() -> dict[str, Analysis]:
    """All analyses by key. Raises ValueError when two share a key."""
    return _by_key([one for module in _modules() for one in module.ANALYSES])


@cache
def models() -> dict[str, Model]:
    """All models by key. Raises ValueError when two share a key."""
    return _by_key([one for module in _modules() for one in module.MODELS])


def _modules() -> Iterator[ModuleType]:
    for module in pkgutil.iter_modules(__path__):
        yield importlib.import_module(f"{__name__}.{module.name}")


def _by_key(found: list[T]) -> dict[str, T]:
    keys = [one.key for one in found]
    if len(set(keys)) != len(keys):
        raise ValueError(f"two analyses or models share a key: {sorted(keys)}")
    return {one.key: one for one in found}
