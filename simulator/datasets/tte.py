"""TTE: documents signed electronically inside the city government."""

import numpy as np
import polars as pl

from simulator import seasons
from simulator.dataset import Course, Dataset, Past, later, moment
from simulator.dirt import named

A_DAY, DAYS = 45, 180
ROLES = np.array(["Kepala dinas", "Sekretaris", "Kepala bidang", "Camat", "Lurah"])
COURSE = Course(
    ("sent_at", "signed_at", "_returned_at"),
    {
        "status": pl.when(pl.col("signed_at").is_not_null())
        .then(pl.lit("signed"))
        .when(pl.col("_returned_at").is_not_null())
        .then(pl.lit("returned"))
        .otherwise(pl.lit("waiting"))
    },
)


def _history(past: Past) -> pl.DataFrame:
    """Signed within hours (median five); a few are sent back, a few wait for ever."""
    rng = past.chance("documents")
    at = past.moments(A_DAY, seasons.OFFICE, DAYS, rng)
    fate = rng.choice(3, len(at), p=[0.94, 0.04, 0.02])
    end = later(at, 18_000, 1.2, rng)
    return pl.DataFrame(
        {
            "document_id": past.ids("T", len(at)),
            "agency_code": rng.choice(past.scenery.market.agencies["agency_code"].to_numpy(), len(at)),
            "signer_role": rng.choice(ROLES, len(at), p=[0.35, 0.25, 0.25, 0.1, 0.05]),
            "sent_at": moment(at),
            "signed_at": moment(end, fate == 0),
            "_returned_at": moment(end, fate == 1),
        }
    )


DATASETS = (
    Dataset(
        "signed_documents",
        ("document_id",),
        _history,
        named("document_id", COURSE.first(status="waiting")),
        known=COURSE.looked_at,
        coming=COURSE.coming("signed_documents"),
    ),
)
