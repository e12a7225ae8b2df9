"""The office that prints letters about social aid: for everyone on its lists and some others, each with a code."""

import datetime as dt
from pathlib import Path

import numpy as np
import polars as pl

from simulator.folders import put

ALPHABET = np.array(list("23456789ABCDEFGHJKMNPQRSTUVWXYZ"))  # none is taken for another
LETTERS = 8
UNLISTED = 50  # so many on the lists to one who is on none yet, and is invited to be looked at
FILE = Path("surat-bantuan") / "kode.csv"


def printed(grants: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Who gets which code; also who was only proposed, or rejected, gets a letter."""
    listed = grants.select(pl.col("nik").unique().sort())
    others = listed.gather_every(UNLISTED).with_row_index("_n")  # no household has a serial so high
    invited = others.select(nik=pl.col("nik").str.slice(0, 12) + (8000 + pl.col("_n")).cast(pl.String))
    people = pl.concat([listed, invited])
    drawn = ALPHABET[rng.integers(0, len(ALPHABET), (people.height, LETTERS))]
    return people.with_columns(code=pl.Series(["".join(row) for row in drawn]))


def send(folder: Path, letters: pl.DataFrame, now: dt.datetime) -> None:
    """Hand the list of codes over."""
    put(folder / FILE, letters.write_csv().encode(), now.replace(tzinfo=None))
