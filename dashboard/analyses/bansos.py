"""Bansos has no model: what its page says is counted and divided, by the database, while somebody waits."""

from dashboard.analysis import Analysis
from dashboard.models.model import Model

ANALYSES: tuple[Analysis, ...] = ()
MODELS: tuple[Model, ...] = ()
