"""What a city's leadership sets and answers: exemptions that an agency proposed, answers to findings.

A schema of its own for the SQL role ``pantau_office``; civil servants are in it by pseudonym only.
"""

import sqlalchemy as sa

from etl.warehouse import METADATA, stamp, text

OFFICE = "office"  # the schema; among the versions of a city it stands for all of it

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
