"""The market page with Panel."""

import panel as pn
from market import PERIODS, shown

pn.extension("plotly")
period = pn.widgets.RadioButtonGroup(options=list(PERIODS), value=next(iter(PERIODS)))


def page(chosen: str) -> pn.Column:
    """Everything that the page shows."""
    said = shown(PERIODS[chosen])
    tiles = pn.Row(
        *(pn.pane.HTML(f"<h3>{one.title}</h3><b class='tile'>{one.value}</b> {one.change}") for one in said.tiles)
    )
    return pn.Column(tiles, *(pn.pane.Plotly(figure, width=1000, height=400) for figure in said.figures))


pn.Column("# Pasar", period, pn.bind(page, period)).servable()
