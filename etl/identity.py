"""Who may sign in, in which role, and which sessions and devices are in force.

A schema of its own, read and written by the SQL role ``pantau_access`` alone: a query of a page cannot reach it.
Passwords are argon2 hashes, tokens SHA-256 hashes, the secrets of one-time codes sealed: what lies here opens nothing.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import UUID

from etl.warehouse import METADATA

IDENTITY = "identity"


def _stamp(name: str, **options: object) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), **options)  # type: ignore[arg-type]


def _text(name: str, **options: object) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), **options)  # type: ignore[arg-type]


def _id(name: str, **options: object) -> sa.Column[object]:
    return sa.Column(name, UUID(as_uuid=True), **options)  # type: ignore[arg-type]


ACCOUNTS = sa.Table(
    "accounts",
    METADATA,
    _id("account_id", primary_key=True, server_default=sa.func.gen_random_uuid()),
    _text("login", nullable=False, unique=True, comment="lower case, what a person types"),
    _text("name", nullable=False, comment="what colleagues read"),
    _text("password", comment="argon2id; none: signs in through the city's identity provider only"),
    _text("issuer", comment="the identity provider that knows this person"),
    _text("subject", comment="under which name it does"),
    _text("code_secret", comment="sealed secret of the one-time codes"),
    sa.Column("code_step", sa.BigInteger(), comment="time step of the last code taken: none is taken twice"),
    sa.Column("failures", sa.BigInteger(), nullable=False, server_default="0", comment="wrong answers in a row"),
    _stamp("locked_until"),
    sa.Column("must_change", sa.Boolean(), nullable=False, server_default=sa.false(), comment="set by another"),
    sa.Column("demo", sa.Boolean(), nullable=False, server_default=sa.false(), comment="printed by make run"),
    _stamp("made_at", nullable=False, server_default=sa.func.clock_timestamp()),
    _text("made_by", nullable=False),
    _stamp("disabled_at"),
    _text("disabled_by"),
    sa.UniqueConstraint("issuer", "subject", name="ux_accounts_subject"),
    schema=IDENTITY,
    comment="Akun pegawai | accounts of people",
)

GRANTS = sa.Table(
    "grants",
    METADATA,
    _id("account_id", primary_key=True),
    _text("city_code", primary_key=True),
    _text("role", primary_key=True),
    _text("agency_code", primary_key=True, server_default="", comment="the OPD of its head; empty otherwise"),
    _stamp("made_at", nullable=False, server_default=sa.func.clock_timestamp()),
    _text("made_by", nullable=False),
    schema=IDENTITY,
    comment="Peran per kota | roles by city",
)

SESSIONS = sa.Table(
    "sessions",
    METADATA,
    _text("token_hash", primary_key=True),
    _id("account_id", nullable=False),
    _text("needs", nullable=False, server_default="", comment="code, enrol, password: what is still to be done"),
    _stamp("made_at", nullable=False, server_default=sa.func.clock_timestamp()),
    _stamp("active_at", nullable=False, server_default=sa.func.clock_timestamp(), comment="a hand moved last"),
    _stamp("ends_at", nullable=False, comment="whatever happens"),
    _stamp("ended_at"),
    _text("ended_by", comment="who or what ended it"),
    _text("agent", nullable=False, server_default="", comment="the browser, so that its owner knows it again"),
    sa.Index("ix_sessions_account", "account_id"),
    schema=IDENTITY,
    comment="Sesi masuk | sessions of people",
)

DEVICES = sa.Table(
    "devices",
    METADATA,
    _id("device_id", primary_key=True, server_default=sa.func.gen_random_uuid()),
    _text("city_code", nullable=False),
    _text("name", nullable=False),
    _text("place", nullable=False, server_default=""),
    _text("token_hash", nullable=False, unique=True),
    _stamp("made_at", nullable=False, server_default=sa.func.clock_timestamp()),
    _text("made_by", nullable=False, comment="who approved it"),
    _stamp("seen_at"),
    _stamp("revoked_at"),
    _text("revoked_by"),
    schema=IDENTITY,
    comment="Layar yang dipasangkan | paired screens",
)

PAIRINGS = sa.Table(
    "pairings",
    METADATA,
    _text("code", primary_key=True, comment="what the new screen shows"),
    _text("secret_hash", nullable=False, comment="what only that screen knows"),
    _stamp("asked_at", nullable=False, server_default=sa.func.clock_timestamp()),
    _stamp("ends_at", nullable=False),
    _id("device_id", comment="once somebody approved"),
    schema=IDENTITY,
    comment="Layar yang menunggu persetujuan | screens that wait to be approved",
)
