"""Who may sign in, in which role, and which sessions and devices are in force.

A schema of its own, read and written by the SQL role ``pantau_access`` alone: a query of a page cannot reach it.
Passwords are argon2 hashes, tokens SHA-256 hashes, the secrets of one-time codes sealed: what lies here opens nothing.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import UUID

from etl.warehouse import METADATA, stamp, text

IDENTITY = "identity"


def _id(name: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, UUID(as_uuid=True), **options)


ACCOUNTS = sa.Table(
    "accounts",
    METADATA,
    _id("account_id", primary_key=True, server_default=sa.func.gen_random_uuid()),
    text("login", nullable=False, unique=True, comment="lower case, what a person types"),
    text("name", nullable=False, comment="what colleagues read"),
    text("password", comment="argon2id; none: signs in through the city's identity provider only"),
    text("issuer", comment="the identity provider that knows this person"),
    text("subject", comment="under which name it does; none yet: tied to one at the first sign-in"),
    text("code_secret", comment="sealed secret of the one-time codes"),
    sa.Column("code_step", sa.BigInteger(), comment="time step of the last code taken: none is taken twice"),
    sa.Column("failures", sa.BigInteger(), nullable=False, server_default="0", comment="wrong answers in a row"),
    stamp("locked_until"),
    sa.Column("must_change", sa.Boolean(), nullable=False, server_default=sa.false(), comment="set by another"),
    sa.Column("demo", sa.Boolean(), nullable=False, server_default=sa.false(), comment="printed by make run"),
    stamp("made_at", nullable=False, server_default=sa.func.clock_timestamp()),
    text("made_by", nullable=False),
    stamp("disabled_at"),
    text("disabled_by"),
    sa.UniqueConstraint("issuer", "subject", name="ux_accounts_subject"),
    schema=IDENTITY,
    comment="Akun pegawai | accounts of people",
)

GRANTS = sa.Table(
    "grants",
    METADATA,
    _id("account_id", primary_key=True),
    text("city_code", primary_key=True),
    text("role", primary_key=True),
    text("agency_code", primary_key=True, server_default="", comment="the OPD of its head; empty otherwise"),
    stamp("made_at", nullable=False, server_default=sa.func.clock_timestamp()),
    text("made_by", nullable=False),
    schema=IDENTITY,
    comment="Peran per kota | roles by city",
)

SESSIONS = sa.Table(
    "sessions",
    METADATA,
    text("token_hash", primary_key=True),
    _id("account_id", nullable=False),
    text("needs", nullable=False, server_default="", comment="code, enrol, password: what is still to be done"),
    stamp("made_at", nullable=False, server_default=sa.func.clock_timestamp()),
    stamp("active_at", nullable=False, server_default=sa.func.clock_timestamp(), comment="a hand moved last"),
    stamp("ends_at", nullable=False, comment="whatever happens"),
    stamp("ended_at"),
    text("ended_by", comment="who or what ended it"),
    text("agent", nullable=False, server_default="", comment="the browser, so that its owner knows it again"),
    sa.Index("ix_sessions_account", "account_id"),
    schema=IDENTITY,
    comment="Sesi masuk | sessions of people",
)

DEVICES = sa.Table(
    "devices",
    METADATA,
    _id("device_id", primary_key=True, server_default=sa.func.gen_random_uuid()),
    text("city_code", nullable=False),
    text("name", nullable=False),
    text("place", nullable=False, server_default=""),
    text("token_hash", nullable=False, unique=True),
    stamp("made_at", nullable=False, server_default=sa.func.clock_timestamp()),
    text("made_by", nullable=False, comment="who approved it"),
    stamp("seen_at"),
    stamp("revoked_at"),
    text("revoked_by"),
    schema=IDENTITY,
    comment="Layar yang dipasangkan | paired screens",
)

PAIRINGS = sa.Table(
    "pairings",
    METADATA,
    text("code", primary_key=True, comment="what the new screen shows"),
    text("secret_hash", nullable=False, comment="what only that screen knows"),
    stamp("asked_at", nullable=False, server_default=sa.func.clock_timestamp()),
    stamp("ends_at", nullable=False),
    _id("device_id", comment="once somebody approved"),
    schema=IDENTITY,
    comment="Layar yang menunggu persetujuan | screens that wait to be approved",
)

CHANGES = sa.Table(
    "changes",
    METADATA,
    sa.Column("change_id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
    stamp("at", nullable=False, server_default=sa.func.clock_timestamp()),
    text("city_code", nullable=False),
    text("who", nullable=False),
    text("name", nullable=False),
    text("what", nullable=False, comment="grant, revoke, disable, …"),
    text("whom", nullable=False, comment="login, source or session that it was done to"),
    text("detail", nullable=False, server_default=""),
    sa.Index("ix_changes_city", "city_code", "change_id"),
    schema=IDENTITY,
    comment="Apa yang diubah admin | what administrators changed",
)

SIGN_INS = sa.Table(
    "sign_ins",
    METADATA,
    text("handle_hash", primary_key=True, comment="of what only that browser holds"),
    text("wanted", nullable=False, comment="the page to go to afterwards"),
    stamp("ends_at", nullable=False),
    schema=IDENTITY,
    comment="Yang sedang masuk lewat penyedia identitas | sign-ins that are at the identity provider now",
)
