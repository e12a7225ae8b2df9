"""What screens show and what interrupts them: the walls, what people set for them, the alerts and who answered.

A schema of its own for the SQL role ``pantau_walls``, which reads nothing else: no person is named here but those who
work in the room.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, UUID

from etl.warehouse import METADATA, stamp, text

WALLS = "walls"  # the schema; among the versions of a city it stands for all of it

DISPLAYS = sa.Table(
    "displays",
    METADATA,
    sa.Column("device_id", UUID(as_uuid=True), primary_key=True, comment="of identity.devices"),
    text("city_code", nullable=False),
    sa.Column("geometry", JSONB(), nullable=False, comment="centimetres, pixels, screens, metres to the reader"),
    sa.Column("schedule", JSONB(), nullable=False, comment="which playlist on which days and hours"),
    sa.Column("night", JSONB(none_as_null=True), comment="from, until, brightness in %"),
    sa.Column("sound", sa.Boolean(), nullable=False, server_default=sa.false()),
    sa.Column("brightness", sa.BigInteger(), nullable=False, server_default="100", comment="%"),
    sa.Column("shift_s", sa.Double(), nullable=False, server_default="0", comment="next and previous move the clock"),
    text("pinned", nullable=False, server_default="", comment="the only scene shown, until it is let go"),
    text("message", nullable=False, server_default=""),
    stamp("message_until"),
    text("showing", nullable=False, server_default="", comment="what the screen said that it shows"),
    text("trouble", nullable=False, server_default="", comment="what the screen could not show"),
    stamp("told_at", comment="when the screen said so"),
    stamp("changed_at", nullable=False, server_default=sa.func.clock_timestamp()),
    text("changed_by", nullable=False),
    schema=WALLS,
    comment="Dinding: ukuran, jadwal, kendali | what a paired screen is and shows",
)

SETTINGS = sa.Table(
    "settings",
    METADATA,
    text("city_code", primary_key=True),
    text("kind", primary_key=True, comment="playlist, rule"),
    text("name", primary_key=True),
    sa.Column("content", JSONB(none_as_null=True), comment="none: what the files say of this name is left out"),
    stamp("changed_at", nullable=False, server_default=sa.func.clock_timestamp()),
    text("changed_by", nullable=False),
    schema=WALLS,
    comment="Daftar putar dan aturan peringatan | playlists and alert rules that people changed",
)

ALERTS = sa.Table(
    "alerts",
    METADATA,
    text("city_code", primary_key=True),
    sa.Column("alert_id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
    text("rule", nullable=False),
    text("subject", nullable=False, comment="what it is about: an area, a source, a call; empty: the city"),
    sa.Column("told", JSONB(), nullable=False, comment="what, where, target, owner, as screens show them"),
    stamp("since", nullable=False),
    stamp("last_seen", nullable=False, comment="when it was last found to hold"),
    stamp("cleared_at"),
    stamp("acknowledged_at"),
    text("acknowledged_by"),
    sa.Index(
        "ux_alerts_open", "city_code", "rule", "subject", unique=True, postgresql_where=sa.text("cleared_at IS NULL")
    ),
    schema=WALLS,
    comment="Peringatan, lama jawab, dan siapa yang menjawab | alerts, and who answered them when",
)
