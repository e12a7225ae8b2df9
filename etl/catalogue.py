"""Every contract that exists: one module in ``etl/sources`` each, found by itself."""

import importlib
import pkgutil
from functools import cache

import etl.sources
from etl.contract import Contract


@cache
def contracts() -> dict[str, Contract]:
    """All contracts by dataset name, in alphabetical order."""
    modules = (
        importlib.import_module(f"etl.sources.{found.name}") for found in pkgutil.iter_modules(etl.sources.__path__)
    )
    return {module.CONTRACT.name: module.CONTRACT for module in modules}


def contract(dataset: str) -> Contract:
    """The contract of one dataset. Raises KeyError naming the datasets that exist."""
    known = contracts()
    if dataset not in known:
        raise KeyError(f"no dataset {dataset!r}; there are: {', '.join(known)}")
    return known[dataset]
