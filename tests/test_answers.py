"""Ready bytes: each question is answered once for each version, whoever asks and however many at a time."""

import gzip
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import answers
from dashboard.answering import OLD_MIN, Answering
from dashboard.answers import Cache, ready
from dashboard.live import Live

# Who asks what: a page, its panel, an agency's head or nobody in particular; and of which version.
AGENCIES = st.sampled_from([None, "D01", "D02"])
QUESTIONS = st.tuples(st.sampled_from(["pasar", "112"]), st.sampled_from(["gmv", "trend"]), AGENCIES)
ASKED = st.lists(st.tuples(QUESTIONS, st.integers(0, 3)), max_size=60)


@given(ASKED)
def test_an_answer_is_that_of_its_question_and_version_and_made_only_when_it_is_not_there(
    asked: list[tuple[tuple[str, str, str | None], int]],
) -> None:
    cache, made, newest = Cache(dict), 0, dict[Any, int]()
    for question, version in asked:
        told = cache.get(question, version, lambda q=question, v=version: {"question": q, "version": v})
        assert told == {"question": question, "version": version}
        assert cache.known(question, version) is told and cache.known(question, version + 1) is None
        assert cache.last(question) == (version, told)
        made += newest.get(question) != version
        newest[question] = version
    assert (cache.computed, cache.found, len(cache.kept)) == (made, 2 * len(asked) - made, len(newest))


@given(st.tuples(st.integers(0, 2), st.integers(0, 2)), st.integers(0, 30), st.integers(-2, 2), st.integers(0, 40))
def test_what_was_said_some_minutes_ago_is_shown_meanwhile_if_no_row_changed(
    versions: tuple[int, int], said: int, newer: int, now: int
) -> None:
    answering = Answering(Live(), Cache(ready), {})
    told = answering.answers.get("question", (versions, said), lambda: {"there": True})
    before = answering.said_before("question", ((versions[0], versions[1] + newer), now))
    assert before is (told if newer == 0 and said <= now <= said + OLD_MIN else None)
    assert answering.said_before("another question", (versions, now)) is None


def test_many_who_ask_at_once_wait_for_one_answer() -> None:
    cache, all_here = Cache(dict), threading.Barrier(16)
    made: list[int] = []

    def make() -> dict[str, Any]:
        made.append(1)
        return {"made": len(made)}

    def ask(_: int) -> dict[str, Any]:
        all_here.wait(30)
        return cache.get("question", 7, make)

    with ThreadPoolExecutor(16) as pool:
        told = list(pool.map(ask, range(16)))
    assert made == [1]
    assert {id(one) for one in told} == {id(told[0])}


def test_what_could_not_be_answered_is_asked_for_again() -> None:
    cache = Cache(dict)

    def fails() -> dict[str, Any]:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        cache.get("question", 1, fails)
    assert cache.get("question", 1, lambda: {"there": True}) == {"there": True}


def test_the_oldest_goes_where_too_many_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "LARGEST", 3)
    cache = Cache(dict)
    for number in (1, 2, 3, 1, 4):
        cache.get(number, 0, dict)
    assert list(cache.kept) == [3, 1, 4]


@given(st.dictionaries(st.text(max_size=5), st.integers() | st.text() | st.none(), max_size=5))
def test_bytes_are_the_content_packed_once_under_a_tag_without_digits(content: dict[str, Any]) -> None:
    one = ready(content)
    assert json.loads(one.plain) == json.loads(gzip.decompress(one.packed)) == content
    assert one == ready(dict(content))
    assert len(one.etag) == 20 and not any(letter.isdigit() for letter in one.etag)
