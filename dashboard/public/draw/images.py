"""Figures as files: share cards, PNG and SVG, without a browser."""

from markupsafe import Markup


def card(title: str, figure: Markup, source: str) -> bytes:
    """A share card: PNG of 1200 × 630."""
    raise NotImplementedError


def picture(title: str, figure: Markup, source: str) -> bytes:
    """A figure with its title and source as PNG, 1600 wide."""
    raise NotImplementedError


def drawing(title: str, figure: Markup, source: str) -> bytes:
    """The same as SVG, complete in itself."""
    raise NotImplementedError
