"""Every contract that exists: one module in ``etl/sources`` each, found by itself."""

import importlib
import pkgutil
from functools import cache
from pathlib import Path
from types import ModuleType

import etl.sources
from etl.contract import Contract


@cache
def _modules() -> dict[str, ModuleType]:
    """The module of each dataset, in alphabetical order. Raises ValueError when two describe the same."""
    found: dict[str, ModuleType] = {}
    for name in sorted(found.name for found in pkgutil.iter_modules(etl.sources.__path__)):
        module = importlib.import_module(f"etl.sources.{name}")
        if found.setdefault(module.CONTRACT.name, module) is not module:
            raise ValueError(f"two contracts are called {module.CONTRACT.name}: {module.__file__}")
    return found


@cache
def contracts() -> dict[str, Contract]:
    """All contracts by dataset name, in alphabetical order."""
    return {name: module.CONTRACT for name, module in _modules().items()}


def home(dataset: str) -> str:
    """The file that describes a dataset, as a person finds it: from the checkout when it lies in it."""
    path, checkout = Path(str(_modules()[dataset].__file__)), Path(__file__).parent.parent
    return str(path.relative_to(checkout) if path.is_relative_to(checkout) else path)


def contract(dataset: str) -> Contract:
    """The contract of one dataset. Raises KeyError naming the datasets that exist."""
    known = contracts()
    if dataset not in known:
        raise KeyError(f"no dataset {dataset!r}; there are: {', '.join(known)}")
    return known[dataset]
