"""What the city's models found, each result with the moment at which it was made: aggregates only, of no person.

A schema of its own for the SQL role ``pantau_analyst``, which writes here and reads nothing else; the web reads it.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from etl.warehouse import METADATA, stamp, text

ANALYSES = "analyses"  # the schema; among the versions of a city it stands for all of it
KEPT_DAYS = 800  # a permalink finds what was said two years ago

RESULTS = sa.Table(
    "results",
    METADATA,
    text("city_code", primary_key=True),
    text("analysis", primary_key=True, comment="its key"),
    stamp("made_at", primary_key=True, comment="when it was made, of what was known then"),
    sa.Column("says", JSONB(), nullable=False, comment="in the shape that the analysis describes"),
    schema=ANALYSES,
    comment="Hasil analisis | what models said, and when; only added to, until its time is over",
)
