"""The office that prints letters about social aid: one for everyone on its lists, each with a code of its own."""

import datetime as dt
from pathlib import Path

import numpy as np
import polars as pl

from simulator.folders import put

ALPHABET = np.array(list("23456789ABCDEFGHJKMNPQRSTUVWXYZ"))  # none is taken for another
LETTERS = 8
FILE = Path("surat-bantuan") / "kode.csv"


def printed(grants: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Who gets which code; also who was only proposed, or rejected, gets a letter."""
    people = grants.select(pl.col("nik").unique().sort())
    drawn = ALPHABET[rng.integers(0, len(ALPHABET), (people.height, LETTERS))]
    return people.with_columns(code=pl.Series(["".join(row) for row in drawn]))


def send(folder: Path, letters: pl.DataFrame, now: dt.datetime) -> None:
    """Hand the list of codes over."""
    put(folder / FILE, letters.write_csv().encode(), now.replace(tzinfo=None))
