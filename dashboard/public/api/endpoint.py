"""One address of the API declared once: what may be asked there, what answers, and what the answer is."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import msgspec

from dashboard.public.api.answers import Answer
from dashboard.public.api.asking import Ask
from dashboard.public.api.parameters import Parameter
from etl.text import Text


@dataclass(frozen=True)
class Endpoint:
    """One address. ``{name}`` in its path is a parameter too."""

    name: str
    path: str
    says: Text
    parameters: tuple[Parameter, ...]
    answer: Callable[[Ask], Answer]
    gives: type[msgspec.Struct]
    has_csv: bool = False
    has_pages: bool = False
    by_category: bool = False  # every column of categories is a filter

    def with_filters(self, filters: tuple[Parameter, ...]) -> "Endpoint":
        """With the categories that may be filtered by."""
        known = {one.name for one in self.parameters}
        return replace(self, parameters=(*self.parameters, *(one for one in filters if one.name not in known)))
