"""What pages ask of the models: one module a subject, which reads the warehouse, calls ``dashboard.models`` and lists
``MODELS``, those whose track record is kept (empty where none is judged)."""

import importlib
import pkgutil
from functools import cache

from dashboard.models.model import Model


@cache
def models() -> dict[str, Model]:
    """All models by key. Raises ValueError when two share a key."""
    found: dict[str, Model] = {}
    for module in pkgutil.iter_modules(__path__):
        for model in importlib.import_module(f"{__name__}.{module.name}").MODELS:
            if model.key in found:
                raise ValueError(f"two models are called {model.key}")
            found[model.key] = model
    return found
