"""The areas of a city, read as data: names, people, and points inside each cell."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import shapely
import shapely.geometry
from numpy.typing import NDArray

from simulator.seasons import Floats, Ints

POINTS = 48  # candidate places of incidents in each cell


@dataclass(frozen=True)
class Places:
    """The villages of one city, in the order of their codes."""

    codes: NDArray[np.str_]
    weights: Floats  # share of the people; sums to 1
    points: Floats  # (village, POINTS, lon/lat)
    gazetteer: pl.DataFrame  # area_code → kelurahan, kecamatan, desa; kecamatan themselves too
    kecamatan: tuple[tuple[str, str], ...]  # (code, name)

    def draw(self, rng: np.random.Generator, size: int, weights: Floats | None = None) -> Ints:
        """Indexes of villages, by population unless other weights are given."""
        return rng.choice(len(self.codes), size, p=self.weights if weights is None else weights)


def load_places(cities: Path, slug: str, rng: np.random.Generator) -> Places:
    """Read ``areas.csv`` and the boundaries of one city's folder."""
    folder = cities / slug
    areas = pl.read_csv(folder / "areas.csv", schema_overrides={"area_code": pl.String, "parent_code": pl.String})
    villages = areas.filter(pl.col("level").is_in(["kelurahan", "desa"])).sort("area_code")
    districts = areas.filter(pl.col("level") == "kecamatan").sort("area_code")
    people = _people(villages, districts)
    return Places(
        codes=villages["area_code"].to_numpy(),
        weights=people / people.sum(),
        points=_points(folder / "boundaries" / "kelurahan.geojson", villages["area_code"].to_list(), rng),
        gazetteer=_gazetteer(villages, districts),
        kecamatan=tuple(districts.select("area_code", "name").iter_rows()),
    )


def _people(villages: pl.DataFrame, districts: pl.DataFrame) -> Floats:
    """Residents per village; where only the district is counted, its villages share evenly."""
    parents = districts.select(parent_code="area_code", together="population")
    joined = villages.join(parents, on="parent_code", how="left", maintain_order="left")
    even = pl.col("together").fill_null(10_000) / pl.len().over("parent_code")
    return joined.select(pl.col("population").cast(pl.Float64).fill_null(even)).to_series().to_numpy()


def _gazetteer(villages: pl.DataFrame, districts: pl.DataFrame) -> pl.DataFrame:
    parents = districts.select(parent_code="area_code", kecamatan="name")
    inner = villages.join(parents, on="parent_code", how="left").select(
        "area_code", pl.col("name").alias("kelurahan"), "kecamatan", (pl.col("level") == "desa").alias("desa")
    )
    outer = districts.select(
        "area_code",
        pl.lit(None, pl.String).alias("kelurahan"),
        pl.col("name").alias("kecamatan"),
        pl.lit(False).alias("desa"),
    )
    return pl.concat([inner, outer])


def _points(path: Path, codes: list[str], rng: np.random.Generator) -> Floats:
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    cells = {each["properties"]["code"]: shapely.geometry.shape(each["geometry"]) for each in features}
    return np.stack([_inside(cells[code], rng) for code in codes])


def _inside(cell: shapely.Geometry, rng: np.random.Generator) -> Floats:
    """POINTS points within a cell: drawn over its box, those outside are thrown away."""
    west, south, east, north = cell.bounds
    drawn = rng.uniform((west, south), (east, north), (POINTS * 40, 2))
    kept = drawn[shapely.contains_xy(cell, drawn[:, 0], drawn[:, 1])]
    middle = np.array(cell.representative_point().coords)
    return np.resize(kept if len(kept) else middle, (POINTS, 2))
