"""The ways of showing an indicator, and what the ledger says; see ``dashboard.panels.base``."""

from dashboard.panels.bars import Bars
from dashboard.panels.base import IndicatorPanel, Panel
from dashboard.panels.beside import Beside
from dashboard.panels.desk import Clock, Funnel, OpenNow, RepeatCallers, SameIncident, Urgency
from dashboard.panels.expected import Expected, HotSpots, Staffing
from dashboard.panels.heat import Heat
from dashboard.panels.level import Level, LevelTable
from dashboard.panels.listing import Listing
from dashboard.panels.map import Map
from dashboard.panels.purchases import Lorenz, MonthEnd, Months, NearCap, Ranking, Units
from dashboard.panels.reproduction import Reproduction
from dashboard.panels.rows import Rows
from dashboard.panels.series import Series
from dashboard.panels.state_tile import StateTile
from dashboard.panels.ticker import Ticker
from dashboard.panels.tile import Tile

__all__ = [
    "Bars",
    "Beside",
    "Clock",
    "Expected",
    "Funnel",
    "Heat",
    "HotSpots",
    "IndicatorPanel",
    "Level",
    "LevelTable",
    "Listing",
    "Lorenz",
    "Map",
    "MonthEnd",
    "Months",
    "NearCap",
    "OpenNow",
    "Panel",
    "Ranking",
    "RepeatCallers",
    "Reproduction",
    "Rows",
    "SameIncident",
    "Series",
    "Staffing",
    "StateTile",
    "Ticker",
    "Tile",
    "Units",
    "Urgency",
]
