"""The ways of showing an indicator, and what the ledger says; see ``dashboard.panels.base``."""

from dashboard.panels.bars import Bars
from dashboard.panels.base import IndicatorPanel, Panel
from dashboard.panels.beside import Beside
from dashboard.panels.deaths import Deaths
from dashboard.panels.heat import Heat
from dashboard.panels.level import Level, LevelTable
from dashboard.panels.listing import Listing
from dashboard.panels.map import Map
from dashboard.panels.nowcast import Nowcast
from dashboard.panels.purchases import Lorenz, MonthEnd, Months, NearCap, Ranking, Units
from dashboard.panels.reproduction import Reproduction
from dashboard.panels.rows import Rows
from dashboard.panels.series import Series
from dashboard.panels.small_areas import Funnel, SmoothedMap
from dashboard.panels.state_tile import StateTile
from dashboard.panels.ticker import Ticker
from dashboard.panels.tile import Tile

__all__ = [
    "Bars",
    "Beside",
    "Deaths",
    "Funnel",
    "Heat",
    "IndicatorPanel",
    "Level",
    "LevelTable",
    "Listing",
    "Lorenz",
    "Map",
    "MonthEnd",
    "Months",
    "NearCap",
    "Nowcast",
    "Panel",
    "Ranking",
    "Reproduction",
    "Rows",
    "Series",
    "SmoothedMap",
    "StateTile",
    "Ticker",
    "Tile",
    "Units",
]
