"""Figures of the public site as SVG made on the server: pure functions from numbers to markup.

Colours are classes of ``assets/public-figures.css``; nothing here knows a database, a request or a release.
"""

from dashboard.public.draw.bars import bars
from dashboard.public.draw.columns import columns
from dashboard.public.draw.lines import lines
from dashboard.public.draw.map import choropleth
from dashboard.public.draw.point import Frame, Line, Point
from dashboard.public.draw.sheet import Shapes
from dashboard.public.draw.sparkline import sparkline

__all__ = ["Frame", "Line", "Point", "Shapes", "bars", "choropleth", "columns", "lines", "sparkline"]
