"""``python -m etl quarantine``: what a clerk can do about refused rows."""

import argparse
import getpass
import json
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from etl.areas import Alias, area_book
from etl.cities import City
from etl.errors import FixRefused, Where
from etl.fixes import Author, add_alias, add_edit, add_word, fixes, undo
from etl.load import Counts
from etl.quarantine import dismiss, grouped, remedies, replay, row, rows
from etl.source import Source
from etl.warehouse import Role, engine

Chosen = list[tuple[City, Source]]
Does = Callable[[argparse.Namespace, Chosen], int]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What may follow ``quarantine``; nothing lists the refused rows."""
    parser.add_argument("--group", action="store_true", help="menurut sebab | by cause")
    parser.add_argument("--all", action="store_true", help="juga yang sudah ditutup | closed ones too")
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(action=_list)
    actions = parser.add_subparsers(metavar="tindakan")
    alias = _action(actions, "alias", _alias, "nama tertulis berarti wilayah ini | a name means this area")
    alias.add_argument("name", help="nama sebagaimana tertulis | as it is written")
    alias.add_argument("code", help="kode Kemendagri | Kemendagri code")
    alias.add_argument("--within", default="", help="hanya dalam kecamatan ini (kode) | only in this kecamatan (code)")
    word = _action(actions, "word", _word, "kata sumber berarti kata kontrak | a source's word means a contract's")
    for name in ("column", "written", "means"):
        word.add_argument(name)
    edit = _action(actions, "edit", _edit, "sel satu baris diperbaiki | a cell of one row is corrected")
    edit.add_argument("id", type=int)
    edit.add_argument("header", help="judul kolom pada berkas | header in the file")
    edit.add_argument("value", help="isi yang benar; kosong = tanpa isi | what is right; empty = nothing")
    closed = _action(actions, "dismiss", _dismiss, "tutup baris yang bukan data | close a row that was never data")
    closed.add_argument("id", type=int)
    again = _action(
        actions, "replay", _replay, "periksa lagi dan muat yang baik | look again, load what is good", False
    )
    again.add_argument("--id", type=int, action="append", help="hanya baris ini (boleh berulang) | only this row")
    again.add_argument(
        "--all", action="store_true", default=argparse.SUPPRESS, help="semua kota dan sumber | everywhere"
    )
    made = _action(actions, "fixes", _fixes, "daftar perbaikan | the fixes that were made", None)
    made.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
    undone = _action(actions, "undo", _undo, "batalkan satu perbaikan | take a fix out of force")
    undone.add_argument("fix", type=int)


def _action(actions: Any, name: str, does: Does, says: str, why: bool | None = True) -> argparse.ArgumentParser:
    """An action that says who and why; ``why`` is required, optional (False) or not asked for (None)."""
    parser: argparse.ArgumentParser = actions.add_parser(name, help=says, description=says)
    # what is not said here keeps what was said before the action
    parser.add_argument("--city", default=argparse.SUPPRESS, help="kota (slug)")
    parser.add_argument("--source", default=argparse.SUPPRESS, help="sumber (nama berkas tanpa .toml)")
    if why is not None:
        parser.add_argument("--why", required=why, default="diputar ulang | replayed", help="alasan | reason")
        parser.add_argument("--by", default=getpass.getuser(), help="oleh siapa; biasanya pengguna ini | who")
    parser.set_defaults(action=does)
    return parser


def run(said: argparse.Namespace, chosen: Chosen) -> int:
    """Do what was asked for with the sources that were chosen."""
    action: Does = said.action
    return action(said, chosen)


def _list(said: argparse.Namespace, chosen: Chosen) -> int:
    told = partial(grouped) if said.group else partial(rows, closed=said.all)
    with engine(Role.ETL).connect() as connection:
        found = [(city, source, one) for city, source in chosen for one in told(connection, city.code, source.name)]
    if said.json:
        json.dump([one | {"city": city.slug} for city, _, one in found], sys.stdout, indent=1, default=str)
        return 0
    for city, source, one in found:
        print(_cause(city, source, one) if said.group else _line(city, one))
    _hint("Perbaiki pada sumbernya, lalu kirim ulang | correct it at the source, then send it again")
    if not said.group:
        _hint("Menurut sebab, dengan perintah perbaikannya | by cause, with what fixes it: quarantine --group")
    return 0


def _line(city: City, one: dict[str, Any]) -> str:
    where = Where(city.slug, one["source"], one["delivery"], one["row"], one["column"], one["value"] or "")
    said = f"#{one['quarantine_id']} {where}: {one['reason_id']} | {one['reason_en']}"
    if one["state"] == "open":
        return said
    return f"{said} [{one['state']}: {one['resolved_by'] or '-'}, {city.clock(one['resolved_at'])}]"


def _cause(city: City, source: Source, one: dict[str, Any]) -> str:
    where = Where(city.slug, source.name, column=one["column"])
    value = f", {one['value']!r}" if one["value"] else ""
    first, last = city.clock(one["first_seen"]), city.clock(one["last_seen"])
    lines = [
        f"{one['rows']} × {where}: {one['reason_id']} | {one['reason_en']}",
        f"    contoh | example: #{one['example_id']}, {one['delivery']}{value}",
        f"    pertama, terakhir | first, last: {first}, {last}",
    ]
    return "\n".join([*lines, *(f"    → {command}" for command in remedies(one, city, source))])


def _alias(said: argparse.Namespace, chosen: Chosen) -> int:
    city = _one_city(chosen)
    alias, author = Alias(said.name, said.code, said.within), Author(said.by, said.why)
    with engine(Role.ETL).begin() as connection:
        number = add_alias(connection, area_book(city), alias, said.source or "", author)
    return _fix_made(number, city)


def _word(said: argparse.Namespace, chosen: Chosen) -> int:
    city, source = _one_city(chosen), _one_source(chosen)
    with engine(Role.ETL).begin() as connection:
        words = (said.written, said.means)
        number = add_word(connection, city, source, said.column, words, Author(said.by, said.why))
    return _fix_made(number, city)


def _edit(said: argparse.Namespace, chosen: Chosen) -> int:
    city = _one_city(chosen)
    with engine(Role.ETL).begin() as connection:
        refused = row(connection, city, said.id)
        source = _named(chosen, refused["source"])
        number = add_edit(connection, city, source, refused, (said.header, said.value), Author(said.by, said.why))
    return _fix_made(number, city)


def _fix_made(number: int, city: City) -> int:
    _hint(
        f"Perbaikan {number} berlaku | fix {number} is in force. "
        f"Muat yang kini baik | load what is good now: python -m etl quarantine replay --city {city.slug}"
    )
    return 0


def _dismiss(said: argparse.Namespace, chosen: Chosen) -> int:
    city = _one_city(chosen)
    with engine(Role.ETL).begin() as connection:
        dismiss(connection, city, said.id, Author(said.by, said.why))
    _hint(f"Baris #{said.id} ditutup dan tetap tersimpan | row #{said.id} is closed, and kept")
    return 0


def _replay(said: argparse.Namespace, chosen: Chosen) -> int:
    if not (said.city or said.source or said.all):
        raise FixRefused("pilih --city, --source, --id, atau --all | choose --city, --source, --id, or --all")
    if said.id:
        _one_city(chosen)
    total = Counts()
    for city, source in chosen:
        total += replay(source, city, Author(said.by, said.why), said.id)
    still = total.unchanged
    _hint(
        f"{total.received} baris diperiksa lagi, {total.loaded} dimuat, {total.superseded} sudah kalah baru,"
        f" {still} tidak berubah | {total.received} rows looked at again, {total.loaded} loaded,"
        f" {total.superseded} overtaken, {still} unchanged"
    )
    return 0


def _fixes(said: argparse.Namespace, chosen: Chosen) -> int:
    cities = {city.slug: city for city, _ in chosen}.values()
    with engine(Role.ETL).connect() as connection:
        found = [(city, one) for city in cities for one in fixes(connection, city.code)]
    if said.json:
        json.dump([one | {"city": city.slug} for city, one in found], sys.stdout, indent=1, default=str)
        return 0
    for city, one in found:
        place = ", ".join(filter(None, [city.slug, one["source"], one["column"], one["within"]]))
        about = f" #{one['quarantine_id']}" if one["quarantine_id"] else ""
        undone = f" [dibatalkan | undone: {one['undone_by']}, {one['undone_why']}]" if one["undone_at"] else ""
        means = f"{one['written']!r} → {one['means']!r}"
        print(f"{one['fix_id']} {one['kind']}{about} ({place}): {means}; {one['made_by']}, {one['why']}{undone}")
    return 0


def _undo(said: argparse.Namespace, chosen: Chosen) -> int:
    city = _one_city(chosen)
    with engine(Role.ETL).begin() as connection:
        undo(connection, city, said.fix, Author(said.by, said.why))
    _hint(
        f"Perbaikan {said.fix} dibatalkan; baris yang sudah dimuat dengannya tetap ada sampai sumbernya mengirim lagi"
        f" | fix {said.fix} is undone; rows that were loaded with it stay until their source sends others"
    )
    return 0


def _one_city(chosen: Chosen) -> City:
    """The city that is meant. Numbers and names mean something within one city only."""
    cities = list(dict.fromkeys(city.slug for city, _ in chosen))
    if len(cities) != 1:
        raise FixRefused(f"pilih satu kota | choose one city: --city {'|'.join(cities)}")
    return chosen[0][0]


def _one_source(chosen: Chosen) -> Source:
    if len(chosen) != 1:
        raise FixRefused(f"pilih satu sumber | choose one source: --source {'|'.join(one.name for _, one in chosen)}")
    return chosen[0][1]


def _named(chosen: Chosen, name: str) -> Source:
    for _, source in chosen:
        if source.name == name:
            return source
    raise FixRefused(f"sumber {name!r} tidak ada lagi pada kota ini | this city has no source {name!r} any more")


def _hint(line: str) -> None:
    print(line, file=sys.stderr)
