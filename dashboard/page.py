"""A page declared once: one question, several panels. From it come layout, routes, navigation and tests."""

from dataclasses import dataclass
from functools import cached_property

import dash
from dash import html

from dashboard import shell
from dashboard.access.roles import Audience
from dashboard.panels import Panel
from etl.text import Text

PAGES: dict[str, "Page"] = {}


@dataclass(frozen=True)
class Page:
    """One page of the command center, and who may open it."""

    slug: str
    path: str
    title: Text
    question: Text
    panels: tuple[Panel, ...]
    order: int
    icon: str  # a file of assets/icons
    audience: Audience  # who may open it; whoever is not named may not
    period: str = "30h"  # the period that the address need not say
    further: tuple[tuple[str, Text], ...] = ()  # plain pages that belong to it: address and name
    several: bool = False  # of cities side by side: nothing to see for who has one

    def panel(self, name: str) -> Panel | None:
        """The panel of that name, if this page has it."""
        return next((panel for panel in self.panels if panel.id == name), None)

    @cached_property
    def dimensions(self) -> dict[str, Text]:
        """What its panels can be filtered by, with the names that people read."""
        return {name: title for panel in self.panels for name, title in panel.filters.items()}

    def layout(self, /, **said: str) -> html.Div:
        """The skeleton, whatever the address says; the browser asks for each panel's content."""
        slots = [shell.Slot(panel.id, panel.kind, panel.span, panel.height, panel.renewed_by) for panel in self.panels]
        return shell.page(self.title, self.question, slots, self.slug, self.further)

    @cached_property
    def first(self) -> shell.First:
        """The same for who opens it, and what it will ask for."""
        return shell.First(shell.markup(self.layout()), " ".join([self.slug, *(panel.id for panel in self.panels)]))


def register_page(page: Page, module: str) -> None:
    """Make a page known to Dash and to the panel routes. Raises ValueError for a name used twice."""
    names = [panel.id for panel in page.panels]
    if len(set(names)) != len(names):
        raise ValueError(f"page {page.slug}: two panels share a name")
    if not page.audience:
        raise ValueError(f"page {page.slug}: nobody may open it; declare its audience")
    PAGES[page.slug] = page
    dash.register_page(
        module,
        path=page.path,
        title=f"{page.title.id} · Pantau",
        name=page.title.id,
        order=page.order,
        layout=page.layout,
    )


def pages() -> list[Page]:
    """All pages in the order of the navigation."""
    return sorted(PAGES.values(), key=lambda page: page.order)
