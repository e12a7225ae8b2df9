"""``python -m doctor``: what of an installation does not work, and what to do about it."""
