"""Every published table, found by itself: one module per subject, each listing ``PUBLICATIONS``."""

import importlib
import pkgutil
from functools import cache

from dashboard.publication import Listed, Publication


@cache
def publications() -> dict[str, Publication | Listed]:
    """All tables by name. Raises ValueError when two share a name."""
    found: dict[str, Publication | Listed] = {}
    for module in pkgutil.iter_modules(__path__):
        for one in importlib.import_module(f"{__name__}.{module.name}").PUBLICATIONS:
            if one.name in found:
                raise ValueError(f"two publications are called {one.name}")
            found[one.name] = one
    return found
