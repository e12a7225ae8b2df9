"""Every indicator, found by itself: one module per subject, each listing ``INDICATORS``."""

import importlib
import pkgutil
from functools import cache

from dashboard.indicator import Indicator


@cache
def indicators() -> dict[str, Indicator]:
    """All indicators by key. Raises ValueError when two share a key."""
    found: dict[str, Indicator] = {}
    for module in pkgutil.iter_modules(__path__):
        for indicator in importlib.import_module(f"{__name__}.{module.name}").INDICATORS:
            if indicator.key in found:
                raise ValueError(f"two indicators are called {indicator.key}")
            found[indicator.key] = indicator
    return found
