"""The ways of showing an indicator, and what the ledger says; see ``dashboard.panels.base``."""

from dashboard.panels.across import Across
from dashboard.panels.aid import Checks, Deciles, NeedBesideAid, Rounds, Stages
from dashboard.panels.bars import Bars
from dashboard.panels.base import IndicatorPanel, Panel
from dashboard.panels.beside import Beside
from dashboard.panels.campaign import Campaign
from dashboard.panels.deaths import Deaths
from dashboard.panels.desk import CallFunnel, Clock, OpenNow, RepeatCallers, SameIncident, Urgency
from dashboard.panels.digitalised import EffectCourse, EffectPlaces, EffectTile
from dashboard.panels.expected import Expected, HotSpots, Staffing
from dashboard.panels.heat import Heat
from dashboard.panels.level import Level, LevelTable
from dashboard.panels.lines import Lines
from dashboard.panels.listing import Listing, OverlapListing
from dashboard.panels.map import Map
from dashboard.panels.merchants import Coming, Concentrated, Staying
from dashboard.panels.moving import InTime, Lagging, Movers
from dashboard.panels.nowcast import Nowcast
from dashboard.panels.purchases import Lorenz, MonthEnd, Months, NearCap, Ranking, Units
from dashboard.panels.reproduction import Reproduction
from dashboard.panels.rows import Rows
from dashboard.panels.series import Series
from dashboard.panels.sites import Changes, Grid
from dashboard.panels.small_areas import FunnelPlot, SmoothedMap
from dashboard.panels.state_tile import StateTile
from dashboard.panels.ticker import Ticker
from dashboard.panels.tile import Tile
from dashboard.panels.waiting import Ages, Durations

__all__ = [
    "Across",
    "Ages",
    "Bars",
    "Beside",
    "CallFunnel",
    "Campaign",
    "Changes",
    "Checks",
    "Clock",
    "Coming",
    "Concentrated",
    "Deaths",
    "Deciles",
    "Durations",
    "EffectCourse",
    "EffectPlaces",
    "EffectTile",
    "Expected",
    "FunnelPlot",
    "Grid",
    "Heat",
    "HotSpots",
    "InTime",
    "IndicatorPanel",
    "Lagging",
    "Level",
    "LevelTable",
    "Lines",
    "Listing",
    "Lorenz",
    "Map",
    "MonthEnd",
    "Months",
    "Movers",
    "NearCap",
    "NeedBesideAid",
    "Nowcast",
    "OpenNow",
    "OverlapListing",
    "Panel",
    "Ranking",
    "RepeatCallers",
    "Reproduction",
    "Rounds",
    "Rows",
    "SameIncident",
    "Series",
    "SmoothedMap",
    "Staffing",
    "Stages",
    "StateTile",
    "Staying",
    "Ticker",
    "Tile",
    "Units",
    "Urgency",
]
