"""A cross-check declared once: what it means, whom it concerns, and the query that finds its cases."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from etl.cities import City
from etl.contract import Privacy
from etl.sealing import unseal
from etl.text import Text

Found = sa.Select[tuple[str, dict[str, Any]]]


class Severity(StrEnum):
    """How a finding is to be taken."""

    ERROR = "error"  # cannot be true: the source is wrong
    LOOK = "look"  # may be right: a person has to look


@dataclass(frozen=True)
class Rule:
    """One cross-check. A finding is a reason to look, never a verdict."""

    name: str
    title: Text
    meaning: Text
    reads: tuple[tuple[str, str], ...]  # (dataset, column): a city in which one of them is empty cannot be checked
    severity: Severity
    owner: Text  # who has to look into it
    privacy: Privacy  # of the subject and the evidence
    found: Callable[[City], Found | None]  # (subject, evidence) of every case; None: nothing is declared for this city
    uncounts: bool = False  # its subjects are orders, and they meet no obligation
    about_purchases: bool = False  # the agency in its evidence (``agency_code``) answers, the mayor's office decides
    sealed: Mapping[str, str] = field(default_factory=dict)  # sealed cells in the evidence: name → place of the seal

    @property
    def datasets(self) -> tuple[str, ...]:
        """What it stands on, for lineage and for knowing when to check again."""
        return tuple(dict.fromkeys(dataset for dataset, _ in self.reads))


def case(subject: sa.ColumnElement[str], **evidence: sa.ColumnElement[Any]) -> Found:
    """The select of a rule: a key that stays the same while the case lasts, and what shows that it is one."""
    told = sa.func.jsonb_build_object(
        *(part for name, value in evidence.items() for part in (name, value)), type_=JSONB
    )
    return sa.select(subject.label("subject"), told.label("evidence"))


def last_digits(identifier: str) -> str:
    """Of a NIK or NIP its last four digits: enough to tell people apart in a list, too little to publish one."""
    return f"…{identifier[-4:]}"


def told(evidence: dict[str, Any], sealed: Mapping[str, str]) -> dict[str, Any]:
    """Evidence as it may be kept: of what comes sealed (name → place) the last digits."""
    digits = {name: last_digits(unseal(evidence[name], place)) for name, place in sealed.items() if evidence[name]}
    return evidence | digits
