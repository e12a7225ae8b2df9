"""The ways of showing an indicator; see ``dashboard.panels.base``."""

from dashboard.panels.bars import Bars
from dashboard.panels.base import Panel
from dashboard.panels.heat import Heat
from dashboard.panels.map import Map
from dashboard.panels.series import Series
from dashboard.panels.ticker import Ticker
from dashboard.panels.tile import Tile

__all__ = ["Bars", "Heat", "Map", "Panel", "Series", "Ticker", "Tile"]
