"""A sample under a contract that exists: which header is which column, by name, other sources' words, and content."""

import re
from collections import defaultdict
from difflib import SequenceMatcher

import polars as pl

from etl.areas import AreaBook
from etl.cities import all_cities, source_files
from etl.contract import Column, Contract, Kind
from etl.headers import folded
from etl.proposal import notation, words
from etl.proposal.propose import Ask, Proposal, source_asks, source_of
from etl.proposal.sample import Sample
from etl.proposal.sniff import Guess, Sniffed
from etl.rules import Matches, OneOf
from etl.source import Cell, Source, load_source
from etl.source import Words as Headers
from etl.text import Text

LIKE = 0.72  # of two names: below, they are not proposed as one
SURE, LIKELY, BY_CONTENT = 3.0, 2.0, 1.0
NUMBERS = (Kind.INTEGER, Kind.DECIMAL, Kind.MONEY)
WORDS = (Kind.TEXT, Kind.CATEGORY, Kind.BOOLEAN, Kind.IDENTIFIER)


def onto(contract: Contract, name: str, city: str, sample: Sample, sniffed: Sniffed, book: AreaBook) -> Proposal:
    """A source of an existing dataset: its column map, and what of it a person must look at."""
    others = _other_sources(contract.name)
    scores = _scores(contract, sample, sniffed, others)
    chosen = _with_time(contract, _chosen(scores), sniffed)
    columns: dict[str, Headers | Cell] = {}
    asks: list[Ask] = []
    for column in contract.delivered:
        if column.name in chosen:
            guess, score = chosen[column.name]
            columns[column.name], further = _cell(column, guess, sample, others)
            unsure = [_unsure(column, guess.header)] if score < SURE else []
            asks += [Ask("source", f"columns.{column.name}", text) for text in (*unsure, *further)]
    asks += _missing(contract, columns, sniffed) + _left(sniffed, {guess.header for guess, _ in chosen.values()})
    source = source_of(name, contract.name, city, sample, sniffed if contract.area else _without_area(sniffed), columns)
    return Proposal(contract, source, (*source_asks(sample, sniffed, source, book), *asks), is_new=False)


def _without_area(sniffed: Sniffed) -> Sniffed:
    return Sniffed(sniffed.guesses, sniffed.format, None, (), sniffed.row_number, sniffed.asks)


def _other_sources(dataset: str) -> list[Source]:
    """Every source of this dataset in any city, whatever its settings: their column maps are our synonyms."""
    found = []
    for city in all_cities():
        for path in source_files(city):
            names = re.findall(r"\$\{(\w+)\}", path.read_text(encoding="utf-8"))
            source = load_source(path, city.slug, dict.fromkeys(names, ""))
            found += [source] if source.dataset == dataset else []
    return found


def _headers(said: Headers | Cell | None) -> tuple[str, ...]:
    if isinstance(said, Cell):
        said = said.header
    return () if said is None else (said,) if isinstance(said, str) else said


def _scores(
    contract: Contract, sample: Sample, sniffed: Sniffed, others: list[Source]
) -> dict[tuple[str, Guess], float]:
    """How well each header fits each column; only what fits at all."""
    synonyms: dict[str, set[str]] = defaultdict(set)
    for source in others:
        for name, said in source.columns.items():
            synonyms[name] |= {folded(header) for header in _headers(said)}
    scores = {}
    for column in contract.delivered:
        for guess in sniffed.guesses if column.kind is not Kind.AREA else ():
            score = _score(column, guess, sample.cells(guess.header), synonyms[column.name])
            if score:
                scores[column.name, guess] = score
    return scores


def _score(column: Column, guess: Guess, cells: pl.Series, synonyms: set[str]) -> float:
    if not _may_be(column, guess.kind, cells):
        return 0.0
    if folded(guess.header) in synonyms or words.column_name(guess.header) == column.name:
        return SURE + (folded(guess.header) in synonyms)
    said = [column.name, column.meaning.id, *synonyms]
    likeness = max(SequenceMatcher(None, folded(guess.header), folded(text.replace("_", " "))).ratio() for text in said)
    if likeness >= LIKE:
        return LIKELY + likeness - 1
    return BY_CONTENT if _fits(column, cells) else 0.0


def _may_be(column: Column, kind: Kind, cells: pl.Series) -> bool:
    """Whether cells of one kind can be read as another: a number may be a text, a name never a day."""
    if column.kind in (Kind.DATE, Kind.TIMESTAMP):
        return kind is column.kind
    if column.kind in NUMBERS:
        return kind in NUMBERS or (kind is Kind.TEXT and notation.is_numeric(cells))
    return kind in WORDS or (column.kind is Kind.TEXT and kind is Kind.INTEGER)


def _fits(column: Column, cells: pl.Series) -> bool:
    """Whether the content alone says it: an identifier of the right length."""
    shapes = [rule.pattern for rule in column.rules if isinstance(rule, Matches)]
    return bool(shapes and len(cells) and cells.str.contains(f"^(?:{shapes[0]})$").all())


def _chosen(scores: dict[tuple[str, Guess], float]) -> dict[str, tuple[Guess, float]]:
    """The best pairs first; no column and no header twice."""
    chosen: dict[str, tuple[Guess, float]] = {}
    taken: set[str] = set()
    for (name, guess), score in sorted(scores.items(), key=lambda item: -item[1]):
        if name not in chosen and guess.header not in taken:
            chosen[name] = (guess, score)
            taken.add(guess.header)
    return chosen


def _with_time(
    contract: Contract, chosen: dict[str, tuple[Guess, float]], sniffed: Sniffed
) -> dict[str, tuple[Guess, float]]:
    """The only day or moment that is left is when it happened, whatever its header."""
    if contract.time is None or contract.time in chosen:
        return chosen
    taken = {guess.header for guess, _ in chosen.values()}
    kind = contract[contract.time].kind
    left = [guess for guess in sniffed.guesses if guess.kind is kind and guess.header not in taken]
    return chosen | ({contract.time: (left[0], BY_CONTENT)} if len(left) == 1 else {})


def _cell(column: Column, guess: Guess, sample: Sample, others: list[Source]) -> tuple[Headers | Cell, list[Text]]:
    """A header, or a header with the words that other sources have for the contract's vocabulary."""
    vocabulary = next((rule.words for rule in column.rules if isinstance(rule, OneOf)), ())
    if not vocabulary:
        return guess.header, []
    known = dict(zip(vocabulary, vocabulary, strict=True))
    for source in others:
        said = source.columns.get(column.name)
        known |= {word.lower(): meaning for word, meaning in said.words.items()} if isinstance(said, Cell) else {}
    there = sorted({word.lower() for word in sample.cells(guess.header)})
    unknown = [word for word in there if word not in known]
    listed, wanted = ", ".join(unknown), ", ".join(vocabulary)
    ask = Text(
        f"tambahkan pada words: {listed}; masing-masing menjadi salah satu dari {wanted}",
        f"add to words: {listed}; each becomes one of {wanted}",
    )
    return Cell(header=guess.header, words={w: known[w] for w in there if w in known}), [ask] if unknown else []


def _unsure(column: Column, header: str) -> Text:
    return Text(f"{header} diduga {column.meaning.id}; benar?", f"{header} is taken for {column.meaning.en}; right?")


def _missing(contract: Contract, columns: dict[str, Headers | Cell], sniffed: Sniffed) -> list[Ask]:
    asks = []
    for column in contract.delivered:
        there = column.name in columns or (column.kind is Kind.AREA and sniffed.area)
        if column.required and not there:
            said = Text(
                f"{column.name} wajib dan tidak ditemukan ({column.meaning.id}): isi judul, constant atau filename",
                f"{column.name} is required and not found ({column.meaning.en}): give header, constant or filename",
            )
            asks.append(Ask("source", "columns", said))
    return asks


def _left(sniffed: Sniffed, taken: set[str]) -> list[Ask]:
    left = [guess.header for guess in sniffed.guesses if guess.header not in taken]
    listed = ", ".join(left)
    said = Text(f"tidak dipetakan, jadi tidak pernah dimuat: {listed}", f"not mapped, so never loaded: {listed}")
    return [Ask("source", "columns", said)] if left else []
