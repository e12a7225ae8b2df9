"""What a city's people set and write: targets, exemptions that agencies proposed, answers to findings, shifts' notes.

A schema of its own for the SQL role ``pantau_office``; civil servants are in it by pseudonym only.
"""

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from etl.sealing import Sealed
from etl.warehouse import METADATA, stamp, text
from runner.state import state_dir

OFFICE = "office"  # the schema; among the versions of a city it stands for all of it
OBJECTED = "office.objections"  # what the seals of objections are bound to

EXEMPTIONS = sa.Table(
    "exemptions",
    METADATA,
    text("city_code", primary_key=True),
    sa.Column("exemption_id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
    text("buyer", nullable=False, comment="pseudonym of the civil servant"),
    text("agency_code", nullable=False, comment="whose head proposed it"),
    text("kind", nullable=False, comment="leave, study, residence, secondment, other"),
    sa.Column("since", sa.Date(), nullable=False),
    sa.Column("until", sa.Date(), nullable=False),
    text("why", nullable=False),
    text("proposed_by", nullable=False),
    stamp("proposed_at", nullable=False, server_default=sa.func.clock_timestamp()),
    text("state", nullable=False, server_default="proposed", comment="proposed, approved, refused, withdrawn"),
    text("decided_by"),
    stamp("decided_at"),
    text("decided_why"),
    schema=OFFICE,
    comment="Usulan pengecualian ASN | exemptions that agencies proposed; only approved ones count",
)

ANSWERS = sa.Table(
    "answers",
    METADATA,
    text("city_code", primary_key=True),
    sa.Column("answer_id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
    sa.Column("finding_id", sa.BigInteger(), nullable=False, comment="of ledger.findings"),
    text("agency_code", nullable=False, comment="whose answer; empty: the mayor's office"),
    text("state", nullable=False, comment="answered, accepted, pursued"),
    text("words", nullable=False),
    text("by", nullable=False),
    stamp("at", nullable=False, server_default=sa.func.clock_timestamp()),
    sa.Index("ix_answers_finding", "city_code", "finding_id"),
    schema=OFFICE,
    comment="Jawaban atas temuan | what agencies and the mayor's office said of a finding; only added to",
)

TARGETS = sa.Table(
    "targets",
    METADATA,
    text("city_code", primary_key=True),
    sa.Column("target_id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
    text("indicator", nullable=False, comment="its key"),
    sa.Column("target", sa.Double(), comment="in the indicator's unit; none: what the city's file says"),
    text("owner", nullable=False, server_default="", comment="who answers for it; empty: who owns the source"),
    text("by", nullable=False),
    stamp("at", nullable=False, server_default=sa.func.clock_timestamp()),
    stamp("undone_at"),
    text("undone_by"),
    sa.Index("ix_targets_indicator", "city_code", "indicator", "target_id"),
    schema=OFFICE,
    comment="Target dan penanggung jawab | targets and owners; the last one that was not undone counts",
)

BRIEFS = sa.Table(
    "briefs",
    METADATA,
    text("city_code", primary_key=True),
    sa.Column("brief_id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
    text("week", nullable=False, comment="ISO: 2026-W47"),
    text("language", nullable=False),
    text("state", nullable=False, server_default="queued", comment="queued, running, done, failed"),
    sa.Column("done_steps", sa.BigInteger(), nullable=False, server_default="0"),
    text("file", comment="its name in the state folder"),
    text("trouble"),
    text("by", nullable=False),
    stamp("asked_at", nullable=False, server_default=sa.func.clock_timestamp()),
    stamp("finished_at"),
    sa.Index("ix_briefs_state", "city_code", "state"),
    schema=OFFICE,
    comment="Ringkasan pekan | weekly briefs that were asked for, and how far each is",
)

SUBSCRIPTIONS = sa.Table(
    "subscriptions",
    METADATA,
    text("city_code", primary_key=True),
    sa.Column("subscription_id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
    text("account_id", nullable=False, comment="of identity.accounts"),
    text("what", nullable=False, comment="morning, alerts, target, brief"),
    text("about", nullable=False, server_default="", comment="a rule or an indicator; empty: all of them"),
    text("how", nullable=False, comment="email, webhook"),
    text("address", nullable=False),
    text("quiet_from", nullable=False, server_default="", comment="local time HH:MM; empty: never quiet"),
    text("quiet_until", nullable=False, server_default=""),
    text("language", nullable=False),
    stamp("made_at", nullable=False, server_default=sa.func.clock_timestamp()),
    stamp("removed_at"),
    schema=OFFICE,
    comment="Langganan kabar | who wants to be told of what, and how",
)

NOTICES = sa.Table(
    "notices",
    METADATA,
    text("city_code", primary_key=True),
    sa.Column("notice_id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
    sa.Column("subscription_id", sa.BigInteger(), nullable=False),
    text("cause", nullable=False, comment="one cause is told once: alert:17, target:3, morning:2026-11-26"),
    sa.Column("urgent", sa.Boolean(), nullable=False, server_default=sa.false(), comment="also in quiet hours"),
    sa.Column("told", JSONB(), nullable=False, comment="says, link; aggregates only"),
    text("state", nullable=False, server_default="queued", comment="queued, sending, sent, failed"),
    text("batch", comment="the message that it is part of; the same when it is sent again"),
    sa.Column("tries", sa.BigInteger(), nullable=False, server_default="0"),
    text("trouble"),
    stamp("queued_at", nullable=False, server_default=sa.func.clock_timestamp()),
    stamp("next_at", nullable=False, server_default=sa.func.clock_timestamp()),
    stamp("sent_at"),
    sa.UniqueConstraint("city_code", "subscription_id", "cause", name="ux_notices_cause"),
    sa.Index("ix_notices_waiting", "city_code", "next_at", postgresql_where=sa.text("state IN ('queued', 'sending')")),
    schema=OFFICE,
    comment="Kabar | what was told to whom: once for each cause and subscription",
)

HANDOVERS = sa.Table(
    "handovers",
    METADATA,
    text("city_code", primary_key=True),
    sa.Column("handover_id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
    text("shift", nullable=False, comment="its first hour by the city's clocks: 2026-11-27T08"),
    text("words", nullable=False, comment="what the operator added; no names, no numbers"),
    sa.Column("facts", JSONB(), nullable=False, comment="what the data said when it was kept; aggregates only"),
    text("by", nullable=False),
    stamp("at", nullable=False, server_default=sa.func.clock_timestamp()),
    stamp("undone_at"),
    text("undone_by"),
    sa.Index("ix_handovers_shift", "city_code", "shift", "handover_id"),
    schema=OFFICE,
    comment="Serah terima regu | notes of the emergency desk; the last one of a shift that was not undone counts",
)

CROSSINGS = sa.Table(
    "crossings",
    METADATA,
    text("city_code", primary_key=True),
    sa.Column("crossing_id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
    text("indicator", nullable=False),
    sa.Column("told", JSONB(), nullable=False, comment="value and target when it was passed"),
    stamp("since", nullable=False, server_default=sa.func.clock_timestamp()),
    stamp("cleared_at"),
    sa.Index(
        "ux_crossings_open", "city_code", "indicator", unique=True, postgresql_where=sa.text("cleared_at IS NULL")
    ),
    schema=OFFICE,
    comment="Target yang dilewati | targets that were passed, from when until when",
)

OBJECTIONS = sa.Table(
    "objections",
    METADATA,
    text("city_code", primary_key=True),
    sa.Column("objection_id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
    text("reference", nullable=False, comment="the number that the sender was told"),
    stamp("received_at", nullable=False),
    text("about", nullable=False, comment="a key of etl.objection_box.ABOUT"),
    sa.Column("says", Sealed(OBJECTED), nullable=False),
    sa.Column("contact", Sealed(OBJECTED), nullable=False, comment="empty: none was given"),
    sa.Column("nik", Sealed(OBJECTED), nullable=False, comment="empty: none was given"),
    text("state", nullable=False, server_default="open", comment="open, handled"),
    text("handled_by"),
    stamp("handled_at"),
    sa.Column("note", Sealed(OBJECTED), comment="what became of it"),
    sa.UniqueConstraint("city_code", "reference", name="ux_objections_reference"),
    schema=OFFICE,
    comment="Keberatan warga | what the public objected to; read by the steward after a reason",
)
OBJECTIONS_SEALED = tuple(c.name for c in OBJECTIONS.columns if isinstance(c.type, Sealed))


def briefs_folder(slug: str) -> Path:
    """Where the briefs of a city are kept."""
    made = state_dir() / "briefs" / slug
    made.mkdir(parents=True, exist_ok=True)
    return made
