"""Whether a column names people: by its header and by what stands in its cells. When in doubt, it does."""

import polars as pl

from etl.contract import Kind, Privacy
from etl.proposal import words

NIK_LIKE = r"(?:^|[^\d.,])(?:\d[ -]?){15}(?:\d[ -]?){0,2}\d(?:\D|$)"  # 16 to 18 digits, also within a text
DAMAGED = r"(?i)^\d(?:[.,]\d+)?e\+?1[4-9]$"  # what a spreadsheet makes of them
EMAIL = r"[\w.+-]+@[\w-]+\.[\w.]+"
PHONE = r"(?:^|[^\d.,])(?:\+?62|0)[ -]?8(?:[ -]?\d){7,11}(?:\D|$)"
LONG = 40  # characters from which a cell is a sentence, not a name or a code
MOST = 0.8

TEXTS = (Kind.TEXT, Kind.CATEGORY)


def digits(cells: pl.Series) -> pl.Series:
    """Cells without the spaces and dashes that numbers of people are printed with."""
    return cells.str.replace_all(r"[\s\x{a0}-]", "")


def is_identifier(header: str, cells: pl.Series) -> bool:
    """NIK, KK, NIP, phone and account numbers, and whatever else has 15 digits or more: never a quantity."""
    numbered = words.words(header) & (words.NUMBER_OF_PERSON | words.CONTACT)
    bare = digits(cells)
    if numbered and share(bare, r"^\+?\d{5,}(?:[.,]0*)?$|" + DAMAGED) >= MOST:
        return True
    return share(bare, r"^\d{15,20}(?:[.,]0*)?$|^(?:\+?62|0)8\d{7,11}$|" + DAMAGED) >= MOST


def holds_person(cells: pl.Series) -> bool:
    """Whether any cell holds what could be a NIK, KK, NIP, a phone number or an e-mail address."""
    return any(cells.str.contains(pattern).any() for pattern in (NIK_LIKE, DAMAGED, EMAIL, PHONE))


def is_sensitive(headers: list[str]) -> bool:
    """Whether a table with these headers is about health, aid, children or personal finance."""
    return any(words.words(header) & words.SENSITIVE for header in headers)


def is_personal(header: str, kind: Kind, cells: pl.Series) -> bool:
    """Deny by default: a header or a content that may name a person is enough."""
    said = words.words(header)
    if kind is Kind.IDENTIFIER or holds_person(cells):
        return True
    if said & (words.CONTACT | words.ABOUT_PERSON) and kind is not Kind.BOOLEAN:
        return True
    if kind not in TEXTS:
        return False
    if said & (words.ADDRESS | words.NUMBER_OF_PERSON | words.FREE_TEXT):
        return True
    names = bool(said & words.NAME) and not said & words.THING
    return names or (kind is Kind.TEXT and (bool(said & words.PERSON) or _is_free_text(cells)))


def privacy(header: str, kind: Kind, cells: pl.Series, sensitive: bool) -> Privacy:
    """P2 for what may name a person, P3 where the table is about health, aid, children or finance; else P1."""
    if not is_personal(header, kind, cells):
        return Privacy.P1
    return Privacy.P3 if sensitive else Privacy.P2


def share(cells: pl.Series, pattern: str) -> float:
    """The share of cells in which a pattern is found."""
    return int(cells.str.contains(pattern).sum()) / max(len(cells), 1)


def _is_free_text(cells: pl.Series) -> bool:
    lengths = cells.str.len_chars()
    return int((lengths > LONG).sum()) > len(cells) / 2 and cells.n_unique() > len(cells) / 2
