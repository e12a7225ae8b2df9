"""What each column of a sample is: its kind, its privacy class, and what a person must say of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from etl.areas import AreaBook
from etl.contract import Kind, Privacy
from etl.proposal import notation, people, words
from etl.proposal.sample import Sample
from etl.source import AreaCells, Format
from etl.text import Text

FEW = 25  # distinct words that a category has at most
AREA_SHARE, AREA_SHARE_UNSAID = 0.5, 0.8  # of distinct cells that are areas: with and without a header that says so
FEWEST_AREAS = 3  # distinct names, without a header that says so
TRUE = ("true", "ya", "y", "yes", "benar", "ada")
EXPONENT = r"(?i)^-?\d+(?:[.,]\d+)?(?:e[+-]?\d+)?$"
FALSE = ("false", "tidak", "t", "n", "no", "bukan", "salah", "tdk")


@dataclass(frozen=True)
class Guess:
    """One column of the sample."""

    header: str
    kind: Kind
    privacy: Privacy = Privacy.P1
    asks: tuple[Text, ...] = ()

    def asked(self, *asks: Text) -> "Guess":
        """The same with further questions."""
        return replace(self, asks=(*self.asks, *asks))


@dataclass(frozen=True)
class Sniffed:
    """A whole sample: its columns, how it writes, and where its areas stand."""

    guesses: tuple[Guess, ...]
    format: Format
    area: AreaCells | None
    area_headers: tuple[str, ...]
    row_number: str | None  # the header of a mere count of the rows
    asks: tuple[Text, ...]


def sniff(sample: Sample, book: AreaBook, subject: str = "", numbers: Format | None = None) -> Sniffed:
    """Look at every column. ``subject`` is what the list is called, ``numbers`` the notation when a person says it."""
    cells = {header: sample.cells(header) for header in sample.headers}
    row_number = next((header for header in cells if _counts_rows(header, sample.rows[header])), None)
    area = _area(cells, book)
    area_headers = (
        tuple(str(header) for header in (area.code, area.kelurahan, area.kecamatan) if header) if area else ()
    )
    left = {header: found for header, found in cells.items() if header not in (*area_headers, row_number)}
    spelled = any(notation.is_spelled(found) for found in left.values())
    kinds = {header: _kind(header, found, spelled) for header, found in left.items()}
    written, kinds, asks, told = _written(left, kinds, spelled, numbers)
    sensitive = people.is_sensitive([subject, *cells])
    guesses = [_guess(header, kinds[header], left[header], sensitive) for header in left]
    return Sniffed(
        tuple(guess.asked(*told.get(guess.header, ())) for guess in guesses),
        written,
        area,
        area_headers,
        row_number,
        (*sample.doubts, *asks),
    )


def _counts_rows(header: str, cells: pl.Series) -> bool:
    """A column ``NO`` that holds 1, 2, 3 …: it numbers the rows of the list, and says nothing of them."""
    if words.words(header) not in words.ROW_NUMBER:
        return False
    return cells.to_list() == [str(number) for number in range(1, len(cells) + 1)]


def _area(cells: dict[str, pl.Series], book: AreaBook) -> AreaCells | None:
    code = next(
        (header for header, found in cells.items() if _areas_by(found, book, "code") >= AREA_SHARE_UNSAID), None
    )
    village = _best(cells, book, "kelurahan", words.KELURAHAN)
    district = _best(cells, book, "kecamatan", words.KECAMATAN, besides=village)
    if code is None and village is None and district is None:
        return None
    return AreaCells(code=code) if code else AreaCells(kelurahan=village, kecamatan=district)


def _best(
    cells: dict[str, pl.Series], book: AreaBook, level: str, said: frozenset[str], besides: str | None = None
) -> str | None:
    """The header whose cells are most often areas of this level; a header that says so needs fewer."""
    shares = {header: _areas_by(found, book, level) for header, found in cells.items() if header != besides}
    named = {header: share for header, share in shares.items() if words.words(header) & said and share >= AREA_SHARE}
    unsaid = {
        header: share
        for header, share in shares.items()
        if share >= AREA_SHARE_UNSAID and cells[header].n_unique() >= FEWEST_AREAS
    }
    chosen = named or unsaid
    return max(chosen, key=lambda header: chosen[header]) if chosen else None


def _areas_by(cells: pl.Series, book: AreaBook, level: str) -> float:
    distinct = cells.unique().to_list()
    if not distinct:
        return 0.0
    if level == "code":
        return sum(book.match_code(cell) is not None for cell in distinct) / len(distinct)
    if level == "kecamatan":
        return sum(book.match(None, cell) is not None for cell in distinct) / len(distinct)
    # a name that is there twice is an area too: its kecamatan tells which
    return sum(book.knows_village(cell) for cell in distinct) / len(distinct)


def _kind(header: str, cells: pl.Series, spelled: bool) -> Kind:
    """What the cells are by themselves, in the order in which a mistake would cost most."""
    said = words.words(header)
    if not len(cells):
        return Kind.TEXT
    if people.is_identifier(header, cells):
        return Kind.IDENTIFIER
    if people.holds_person(cells):
        return Kind.TEXT
    if notation.forms_of(cells, Kind.DATE, spelled, bare=bool(said & words.DAY)):
        return Kind.DATE
    if notation.forms_of(cells, Kind.TIMESTAMP, spelled, bare=bool(said & words.MOMENT)):
        return Kind.TIMESTAMP
    if set(cells.str.to_lowercase().unique()) <= {*TRUE, *FALSE} and cells.n_unique() <= 2 * 2:
        return Kind.BOOLEAN
    if said & words.CODE or cells.str.contains(r"^0\d").any():
        return Kind.TEXT
    if notation.is_numeric(cells):
        return Kind.MONEY if said & words.MONEY or cells.str.contains(notation.MONEY).any() else Kind.DECIMAL
    return Kind.CATEGORY if cells.n_unique() <= min(FEW, len(cells) / 3) else Kind.TEXT


def _written(
    cells: dict[str, pl.Series], kinds: dict[str, Kind], spelled: bool, said: Format | None
) -> tuple[Format, dict[str, Kind], list[Text], dict[str, list[Text]]]:
    """The one way of writing of the table; a column that it does not read becomes text, with a question."""
    numeric = {header: kinds[header] for header in cells if kinds[header] in (Kind.MONEY, Kind.DECIMAL)}
    found = notation.numbers([(cells[header], kind is Kind.MONEY) for header, kind in numeric.items()])
    numbers, doubt = (said, None) if said else (found.format, found.doubt)
    told: dict[str, list[Text]] = {}
    for header, kind in numeric.items():
        kinds[header], told[header] = _number_kind(cells[header], kind, numbers)
    days = _forms(cells, kinds, Kind.DATE, spelled)
    moments = _forms(cells, kinds, Kind.TIMESTAMP, spelled)
    true, false = _words_of(cells, kinds)
    default = Format()
    written = Format(
        datetimes=moments.forms or default.datetimes,
        dates=days.forms or default.dates,
        decimal=(numbers or default).decimal,
        thousands=(numbers or default).thousands,
        true=true or default.true,
        false=false or default.false,
        indonesian_months=spelled and bool(days.forms or moments.forms),
    )
    return written, kinds, [*([doubt] if doubt and numeric else []), *days.doubts, *moments.doubts], told


def _number_kind(cells: pl.Series, kind: Kind, numbers: Format | None) -> tuple[Kind, list[Text]]:
    if numbers is None:
        return Kind.TEXT, [Text("bilangan, tetapi bentuknya belum pasti", "numbers, but in a doubtful notation")]
    read = notation.values(cells, numbers)
    odd = cells.filter(read.is_null())
    if len(odd) > len(cells) * (1 - notation.ENOUGH):
        return Kind.TEXT, [
            _unlike(odd, Text("tidak ditulis seperti bilangan lain", "not written like the other numbers"))
        ]
    asks = (
        [_unlike(odd, Text("bukan bilangan; akan dikarantina", "no number; will be quarantined"))] if len(odd) else []
    )
    whole = read.drop_nulls().str.contains(r"^-?\d+(?:\.0+)?$").all()
    return (Kind.INTEGER if whole and kind is Kind.DECIMAL else kind), asks


def _unlike(odd: pl.Series, why: Text) -> Text:
    return Text(f"{len(odd)} sel {why.id}: {odd[0]!r}", f"{len(odd)} cells are {why.en}: {odd[0]!r}")


def _forms(cells: dict[str, pl.Series], kinds: dict[str, Kind], kind: Kind, spelled: bool) -> notation.Forms:
    chosen = [header for header in cells if kinds[header] is kind]
    said = set().union(*(words.words(header) for header in chosen)) if chosen else set()
    return notation.forms([cells[header] for header in chosen], kind, spelled, bare=bool(said & words.MOMENT))


def _words_of(cells: dict[str, pl.Series], kinds: dict[str, Kind]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words for yes and no, as this source spells them."""
    spelled = [cells[header] for header in cells if kinds[header] is Kind.BOOLEAN]
    there = sorted(set(pl.concat(spelled).unique())) if spelled else []
    return tuple(w for w in there if w.lower() in TRUE), tuple(w for w in there if w.lower() in FALSE)


def _guess(header: str, kind: Kind, cells: pl.Series, sensitive: bool) -> Guess:
    privacy = people.privacy(header, kind, cells, sensitive)
    return Guess(header, kind, privacy, tuple(_asks(kind, cells)))


def _asks(kind: Kind, cells: pl.Series) -> Sequence[Text]:
    """What the sample cannot say of a column."""
    if not len(cells):
        return [Text("kosong dalam contoh: apa isinya?", "empty in the sample: what does it hold?")]
    if kind is Kind.TEXT and people.share(cells, EXPONENT) >= notation.ENOUGH and people.share(cells, "(?i)e"):
        return [Text("bilangan berpangkat (1e-05): tetap teks", "numbers with an exponent (1e-05): left as text")]
    if kind is Kind.MONEY and not cells.str.contains(notation.MONEY).any():
        return [Text("rupiah? hanya judulnya yang mengatakan", "rupiah? only the header says so")]
    return []


def unmatched(sample: Sample, area: AreaCells, book: AreaBook) -> list[Text]:
    """The names of areas that the city does not know, each with the nearest one."""
    pairs = sample.rows.select(
        *(
            (pl.col(str(header)) if header else pl.lit(None, pl.String)).alias(level)
            for level, header in (("kelurahan", area.kelurahan), ("kecamatan", area.kecamatan))
        )
    ).unique(maintain_order=True)
    told = [book.look(*pair) for pair in pairs.iter_rows() if any(pair)] if area.code is None else []
    return list(dict.fromkeys(found.reason for found in told if found.code is None))
