"""Answers to findings: an agency says what happened, the mayor's office lets it rest or goes after it.

Lines are only added, by ``pantau_office``; the last one says how far a finding is. Who reads sees the answers to those
findings that the database lets them see.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from etl.announce import announce
from etl.office import ANSWERS, OFFICE
from etl.text import Text
from etl.warehouse import Role, engine

SHORTEST, LONGEST = 10, 2_000  # letters of an answer
Given = sa.RowMapping  # a line of ``office.answers``


class State(StrEnum):
    """How far a finding is."""

    OPEN = "open"
    ANSWERED = "answered"
    ACCEPTED = "accepted"
    PURSUED = "pursued"


TITLES = {
    State.OPEN: Text("menunggu jawaban", "waits for an answer"),
    State.ANSWERED: Text("sudah dijawab", "answered"),
    State.ACCEPTED: Text("jawaban diterima", "answer accepted"),
    State.PURSUED: Text("ditindaklanjuti", "pursued"),
}
# What may follow: an agency answers until its answer is accepted, the mayor's office decides on what was answered, and
# need not wait for an answer to go after something.
OF_AGENCY = dict.fromkeys((State.OPEN, State.ANSWERED, State.PURSUED), (State.ANSWERED,))
OF_OFFICE = {
    State.OPEN: (State.PURSUED,),
    State.ANSWERED: (State.ACCEPTED, State.PURSUED),
    State.PURSUED: (State.ACCEPTED,),
}


@dataclass(frozen=True)
class Answer:
    """One line about a finding, by an agency or (no agency) by the mayor's office."""

    agency_code: str
    state: State
    words: str
    by: str


def state_of(given: Iterable[Given]) -> State:
    """How far a finding is with these answers, oldest first."""
    return State(([one["state"] for one in given] or [State.OPEN])[-1])


def following(now: State, of_agency: bool) -> tuple[State, ...]:
    """What an agency, or the mayor's office, may make of a finding."""
    return (OF_AGENCY if of_agency else OF_OFFICE).get(now, ())


def answers(connection: sa.Connection, city_code: str, findings: Iterable[int]) -> dict[int, list[Given]]:
    """The answers to these findings, oldest first, as far as the reader may see them."""
    wanted = list(findings)
    query = sa.select(ANSWERS).where(ANSWERS.c.city_code == city_code, ANSWERS.c.finding_id.in_(wanted))
    found: dict[int, list[Given]] = {finding: [] for finding in wanted}
    for row in connection.execute(query.order_by(ANSWERS.c.answer_id)).mappings():
        found[row["finding_id"]].append(row)
    return found


def add(city_code: str, finding_id: int, answer: Answer) -> None:
    """Keep an answer; everybody who looks at the city hears of it."""
    row = vars(answer) | {"city_code": city_code, "finding_id": finding_id}
    with engine(Role.OFFICE).begin() as connection:
        connection.execute(sa.insert(ANSWERS).values(row))
        announce(connection, OFFICE, city_code)
