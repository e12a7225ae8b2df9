"""From what was sniffed to a contract and a source, with the questions that the sample leaves."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

import msgspec
import polars as pl

from etl.access import Folder, Reader, Rest, Sql
from etl.areas import AreaBook
from etl.contract import Column, Contract, Kind, Privacy, Pseudonym
from etl.proposal import words
from etl.proposal.sample import Sample
from etl.proposal.sniff import Guess, Sniffed, unmatched
from etl.readers.delivery import ROW
from etl.rules import KK, NIK, NIP, Rule
from etl.source import Cell, Source, Words
from etl.text import MARK, Text

AREA = "area_code"
LINE = "baris"  # the number of a row among those with the same key, where nothing else tells them apart
RESERVED = ("city_code", "source", "known_from", "known_to", "version", AREA)
MOST_KEYS, MOST_TRIED = 4, 9
LONGEST_NAME = 48
DIMENSIONS = (Kind.CATEGORY, Kind.BOOLEAN)
HOUR_S, DAY_S = 3600, 86_400


@dataclass(frozen=True)
class Ask:
    """Something that a person decides, and where it stands: in the contract or the source, about which key."""

    place: str  # "contract" or "source"
    about: str
    text: Text


@dataclass(frozen=True)
class Proposal:
    """A dataset (new, or one that exists) and a source of it."""

    contract: Contract
    source: Source
    asks: tuple[Ask, ...]
    is_new: bool  # the contract has to be written


def propose(name: str, city: str, sample: Sample, sniffed: Sniffed, book: AreaBook) -> Proposal:
    """A new contract and its source from a sample."""
    names = _names([guess.header for guess in sniffed.guesses])
    key, asks, line = _key(sample, sniffed, names)
    columns = [made for guess in sniffed.guesses for made in _columns(guess, names[guess.header], name, key)]
    if sniffed.area:
        columns.append(_area_column(required=AREA in key))
    if line:
        columns.append(Column(LINE, Kind.INTEGER, Text("Nomor baris", "Line number"), required=True))
    contract = _contract(name, sniffed, names, _known_by(key, columns), tuple(columns))
    mapped: dict[str, Words | Cell] = {names[guess.header]: guess.header for guess in sniffed.guesses}
    mapped |= {LINE: Cell(ordinal_within=line)} if line else {}
    source = source_of(name, name, city, sample, sniffed, mapped)
    about = [Ask("contract", names[guess.header], text) for guess in sniffed.guesses for text in guess.asks]
    first, *later = _contract_asks(contract)
    general = [first, *(Ask("contract", "key", text) for text in asks), *later, *_people_ask(contract)]
    every = (*general, *about, *source_asks(sample, sniffed, source, book))
    return Proposal(contract, source, every, is_new=True)


def _names(headers: Iterable[str]) -> dict[str, str]:
    """A name for each header, no two alike and none that the warehouse gives itself."""
    taken, names = {*RESERVED, LINE}, dict[str, str]()
    for header in headers:
        base = words.column_name(header)[:LONGEST_NAME]
        tried = (base, *(f"{base}_{number}" for number in range(2, len(taken) + 3)))
        names[header] = next(name for name in tried if name not in taken)
        taken.add(names[header])
    return names


def _columns(guess: Guess, name: str, domain: str, key: tuple[str, ...]) -> list[Column]:
    """The column of a guess; beside an identifier its pseudonym."""
    rules = identifier_rules(guess)
    meaning = Text(words.spoken(guess.header), words.unwritten(words.spoken(guess.header)))
    column = Column(
        name,
        guess.kind,
        meaning,
        unit="Rp" if guess.kind is Kind.MONEY else "",
        required=name in key,
        rules=rules,
        privacy=guess.privacy,
        dimension=guess.kind in DIMENSIONS and guess.privacy <= Privacy.P1,
    )
    if not rules:
        return [column]
    of = Text(f"Nama samaran {name}", f"Pseudonym of {name}")
    return [column, Column(f"{name}_samaran", Kind.TEXT, of, derived=Pseudonym(name, domain))]


def identifier_rules(guess: Guess) -> tuple[Rule, ...]:
    """The rule of a NIK, KK or NIP; other identifiers have none."""
    if guess.kind is not Kind.IDENTIFIER:
        return ()
    said = words.words(guess.header)
    if said & {"nip"}:
        return (NIP,)
    return (KK,) if said & {"kk"} else (NIK,) if said & {"nik", "ktp"} else ()


def _area_column(required: bool) -> Column:
    meaning = Text("Kelurahan atau kecamatan menurut sumber", "Ward or district as the source names it")
    return Column(AREA, Kind.AREA, meaning, required=required, dimension=True)


def _known_by(key: tuple[str, ...], columns: list[Column]) -> tuple[str, ...]:
    """The key with the pseudonym in the place of a person's number, so that it can be read."""
    instead = {c.derived.of: c.name for c in columns if isinstance(c.derived, Pseudonym)}
    return tuple(instead.get(name, name) for name in key)


def _contract(
    name: str, sniffed: Sniffed, names: dict[str, str], key: tuple[str, ...], columns: tuple[Column, ...]
) -> Contract:
    moments = [
        guess for guess in sniffed.guesses if guess.kind in (Kind.DATE, Kind.TIMESTAMP) and guess.privacy <= Privacy.P1
    ]
    changed = [names[guess.header] for guess in moments if words.words(guess.header) & words.CHANGED]
    happened = [names[guess.header] for guess in moments if names[guess.header] not in changed]
    title = words.spoken(name)
    what = "apa isi daftar ini, satu kalimat"
    return Contract(
        name=name,
        title=Text(title, words.unwritten(title)),
        meaning=Text(f"{MARK}{what}›", words.unwritten(what)),
        grain=Text(f"satu {', '.join(key)}", f"one {', '.join(key)}"),
        key=key,
        columns=columns,
        privacy=max(column.privacy for column in columns),
        time=happened[0] if happened else None,
        area=AREA if sniffed.area else None,
        revision=changed[0] if changed else None,
    )


def _contract_asks(contract: Contract) -> list[Ask]:
    said = Text(
        f"tulis yang bertanda {MARK}…›: judul, arti, dan sisi Inggrisnya",
        f"write what is marked {MARK}…›: title, meaning, and the English side",
    )
    asks = [Ask("contract", "title", said)]
    if contract.time is None:
        asks.append(Ask("contract", "key", Text("tidak ada kolom waktu kejadian", "no column says when it happened")))
    else:
        said = Text(f"waktu kejadian: {contract.time}?", f"when it happened: {contract.time}?")
        asks.append(Ask("contract", "time", said))
    if contract.revision is None:
        latest = Text(
            "tidak ada kolom waktu perubahan: kiriman yang lebih baru menang",
            "no column says when a row changed: the later delivery wins",
        )
        asks.append(Ask("contract", "key", latest))
    return asks


def _people_ask(contract: Contract) -> list[Ask]:
    """Which columns name people, and which may: only a person can be sure."""
    personal = [c.name for c in contract.delivered if c.privacy > Privacy.P1]
    others = [c.name for c in contract.delivered if c.kind is Kind.TEXT and c.privacy <= Privacy.P1]
    asks = []
    if personal:
        listed = ", ".join(personal)
        said = Text(
            f"tampak menyangkut orang ({contract.privacy.name}): {listed}; hapus yang tidak diperlukan",
            f"seem to be about people ({contract.privacy.name}): {listed}; take out what is not needed",
        )
        asks.append(Ask("contract", "columns", said))
    if others:
        listed = ", ".join(others)
        said = Text(
            f"dapatkah salah satu ini menunjuk orang? bila ya, P2: {listed}",
            f"can one of these point to a person? if so, P2: {listed}",
        )
        asks.append(Ask("contract", "columns", said))
    return asks


def _key(
    sample: Sample, sniffed: Sniffed, names: dict[str, str]
) -> tuple[tuple[str, ...], list[Text], tuple[str, ...]]:
    """The columns that tell rows apart, what to ask of them, and the headers within which rows are counted."""
    rows = sample.rows.drop(ROW).unique(maintain_order=True)
    parts = _parts(rows, sniffed, names)
    for size in range(1, MOST_KEYS + 1):
        for chosen in combinations(list(parts)[:MOST_TRIED], size):
            headers = [header for name in chosen for header in parts[name]]
            if rows.select(headers).n_unique() == rows.height:
                return chosen, [_key_ask(chosen, rows.height)], ()
    fullest = min(sniffed.guesses, key=lambda guess: rows[guess.header].null_count()).header
    first = next(iter(parts), names[fullest])
    if isinstance(sample.reader, Folder):
        within = parts.get(first, (fullest,))
        return (first, LINE), [_no_key(f"{first} + {LINE}")], within
    return tuple(parts) or (first,), [_no_key(", ".join(parts) or first)], ()


def _parts(rows: pl.DataFrame, sniffed: Sniffed, names: dict[str, str]) -> dict[str, tuple[str, ...]]:
    """What may be part of a key, likeliest first: numbers and codes, days, areas, words; never a quantity or a name."""
    filled = {header for header in rows.columns if not rows[header].is_null().any()}
    ranks: dict[str, tuple[int, tuple[str, ...]]] = {}
    for guess in sniffed.guesses:
        rank = _rank(guess)
        if rank is not None and guess.header in filled:
            ranks[names[guess.header]] = (rank, (guess.header,))
    if sniffed.area_headers and filled.issuperset(sniffed.area_headers):
        ranks[AREA] = (2, sniffed.area_headers)
    return {name: headers for name, (_, headers) in sorted(ranks.items(), key=lambda item: item[1][0])}


def _rank(guess: Guess) -> int | None:
    said = words.words(guess.header)
    if guess.kind is Kind.IDENTIFIER or (said & words.CODE and guess.privacy <= Privacy.P1):
        return 0
    if guess.privacy > Privacy.P1 or said & words.CHANGED:
        return None
    order = {Kind.DATE: 1, Kind.TIMESTAMP: 1, Kind.CATEGORY: 3, Kind.TEXT: 4}
    return order.get(guess.kind)


def _key_ask(chosen: tuple[str, ...], rows: int) -> Text:
    listed = " + ".join(chosen)
    return Text(
        f"kunci {listed}: unik pada {rows} baris contoh; apakah selalu?",
        f"key {listed}: unique in the {rows} sample rows; is it always?",
    )


def _no_key(taken: str) -> Text:
    return Text(
        f"tidak ada gabungan kolom yang unik; sementara dipakai {taken}: tanyakan nomor barisnya kepada pengirim",
        f"no combination of columns is unique; {taken} is used for now: ask the sender for a number of the row",
    )


def source_of(
    name: str, dataset: str, city: str, sample: Sample, sniffed: Sniffed, columns: dict[str, Words | Cell]
) -> Source:
    """The source file-to-be; what only the city knows is marked."""
    owner = f"{MARK}OPD pemilik data | the agency that owns the data›"
    licence = f"{MARK}izin pemakaian | terms of use›"
    title = words.spoken(name)
    return Source(
        dataset=dataset,
        app=f"{MARK}nama aplikasi | name of the application›",
        title=Text(title, words.unwritten(title)),
        owner=owner,
        licence=licence,
        cadence_s=HOUR_S,
        promise_s=2 * DAY_S,
        reader=sample.reader,
        columns=columns,
        area=sniffed.area,
        format=sniffed.format,
        skip_exact_duplicates=isinstance(sample.reader, Folder) and _has_duplicates(sample),
        city=city,
        name=name,
    )


def _has_duplicates(sample: Sample) -> bool:
    cells = sample.rows.drop(ROW)
    return cells.n_unique() < cells.height


def source_asks(sample: Sample, sniffed: Sniffed, source: Source, book: AreaBook) -> list[Ask]:
    """What only the city knows of this source, and what the sample leaves in doubt of its writing."""
    asks = [
        Ask("source", "app", Text("isi nama aplikasi, pemilik dan izin", "fill in application, owner and licence")),
        Ask(
            "source",
            "cadence_s",
            Text(
                "seberapa sering dibaca (cadence_s), dan sesudah berapa detik dinyatakan basi (promise_s)?",
                "how often is it read (cadence_s), and after how many seconds is it called stale (promise_s)?",
            ),
        ),
        Ask("source", "reader", _setting_ask(source.reader, source.name)),
        *(Ask("source", "format", text) for text in sniffed.asks),
    ]
    if source.skip_exact_duplicates:
        twice = Text(
            "contoh memuat baris kembar: memang dilewati?", "the sample has rows twice: are they to be skipped?"
        )
        asks.append(Ask("source", "skip_exact_duplicates", twice))
    if sniffed.row_number:
        said = Text(f"{sniffed.row_number} hanya nomor urut: tidak dipetakan", f"{sniffed.row_number} only counts rows")
        asks.append(Ask("source", "columns", said))
    if sniffed.area:
        asks += [Ask("source", "area", why) for why in unmatched(sample, sniffed.area, book)]
    return asks


def setting(reader: Reader, name: str) -> str:
    """The name of the setting that says where this source is."""
    return f"{name.upper()}_{'FILES' if isinstance(reader, Folder) else 'URL'}"


def placed(reader: Reader, name: str) -> Reader:
    """The reader with a setting in the place of the sample's own address, which may hold a password."""
    where = f"${{{setting(reader, name)}}}"
    if isinstance(reader, Rest | Sql):
        return msgspec.structs.replace(reader, url=where)
    return msgspec.structs.replace(reader, path=where)


def _setting_ask(reader: Reader, name: str) -> Text:
    said = setting(reader, name)
    if isinstance(reader, Folder):
        return Text(f"isi {said} dengan folder kirimannya", f"set {said} to the folder of its deliveries")
    return Text(
        f"isi {said} dengan alamatnya; bila ada kolom waktu perubahan, tambahkan [reader.since]",
        f"set {said} to its address; where a column says when a row changed, add [reader.since]",
    )
