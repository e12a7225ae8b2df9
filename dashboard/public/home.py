"""The first page of a city: what every other page found, in brief, and one map."""

from collections.abc import Mapping
from itertools import islice
from typing import Any

from dashboard.public.exhibit import exhibits
from dashboard.public.page import pages
from dashboard.public.view import View


def in_brief(view: View) -> Mapping[str, Any]:
    """The first figure of every page, and the first map of the city."""
    shown = [(page, exhibits(view, page.figures)) for page in pages().values() if page.figures]
    maps = (one for _, found in shown for one in found if one.figure.kind == "map")
    return {"brief": [(page, found) for page, found in shown if found], "maps": list(islice(maps, 1))}
