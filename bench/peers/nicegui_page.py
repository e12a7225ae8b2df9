"""The market page with NiceGUI."""

import sys

from market import PERIODS, shown
from nicegui import ui


@ui.page("/")
def index() -> None:
    """The page of one visitor."""
    ui.label("Pasar")
    period = ui.radio(list(PERIODS), value=next(iter(PERIODS)), on_change=lambda _: draw.refresh()).props("inline")

    @ui.refreshable
    def draw() -> None:
        page = shown(PERIODS[period.value])
        with ui.row():
            for one in page.tiles:
                with ui.card():
                    ui.label(one.title)
                    ui.label(one.value).classes("tile")
                    ui.label(one.change)
        for figure in page.figures:
            ui.plotly(figure).classes("w-full")

    draw()


ui.run(port=int(sys.argv[1]), host="127.0.0.1", title="Pasar", show=False, reload=False)
