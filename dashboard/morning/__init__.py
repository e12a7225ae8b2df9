"""Pagi ini: at most five sentences on what got worse, computed from the data and never more certain than they are."""
