"""A made-up town of wards for tests and benches of clusters."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass
class Town:
    """Middles of the wards in kilometres, and the share of incidents that each usually has."""

    x: Floats
    y: Floats
    weights: Floats

    def incidents(self, a_day: float, days: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
        """Ward and day of each incident of so many days."""
        day = np.repeat(np.arange(days), rng.poisson(a_day, days))
        return rng.choice(len(self.x), len(day), p=self.weights / self.weights.sum()), day

    def cluster(
        self, wards: int, times: float, a_day: float, first: int, until: int, rng: np.random.Generator
    ) -> tuple[set[int], tuple[Ints, Ints]]:
        """Some neighbouring wards, and the incidents that make ``times`` the usual of them, fifteen more at least, on
        the days from ``first`` to before ``until``.
        """
        middle = rng.integers(len(self.x))
        near = np.argsort((self.x - self.x[middle]) ** 2 + (self.y - self.y[middle]) ** 2)[:wards]
        share = self.weights[near] / self.weights.sum()
        usual = share.sum() * a_day * (until - first)
        more = max(15, round((times - 1) * usual))
        ward = rng.choice(near, more, p=share / share.sum())
        return {int(one) for one in near}, (ward, rng.integers(first, until, more))


def town(wards: int, rng: np.random.Generator) -> Town:
    """Wards scattered over a town of twenty kilometres, some with far more people than others."""
    x, y = rng.uniform(0, 20, (2, wards))
    return Town(x, y, rng.lognormal(0, 0.7, wards) / wards)
