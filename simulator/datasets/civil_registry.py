"""The civil registry's lists of deaths and of who moved out."""

import polars as pl

from simulator import planted
from simulator.dataset import Dataset, Past
from simulator.dirt import named


def _deaths(past: Past) -> pl.DataFrame:
    return planted.deaths(past.scenery.plan, past["bansos_grants"], past["civil_servants"], past.now)


def _moves(past: Past) -> pl.DataFrame:
    return planted.moves(past.scenery.plan, past["bansos_grants"], past["civil_servants"], past.now)


DATASETS = (
    Dataset("deaths", ("deed_no",), _deaths, named("deed_no")),
    Dataset("moves", ("letter_no", "nik"), _moves, named("letter_no")),
)
