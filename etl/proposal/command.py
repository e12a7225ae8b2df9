"""``python -m etl new-source``: propose, write, and list what a person decides, each with its file and line."""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

from etl import sources
from etl.areas import AreaBook, area_book
from etl.catalogue import contracts
from etl.cities import SLUG, City, all_cities, load_city
from etl.errors import PantauError
from etl.proposal import notation, render
from etl.proposal.fixture import fixture
from etl.proposal.mapping import onto
from etl.proposal.propose import Proposal, propose
from etl.proposal.sample import Sample, read
from etl.proposal.sniff import sniff
from etl.sift import sift


class ProposalError(PantauError):
    """A source cannot be proposed as it was asked for."""

    exit_code = 2


@dataclass(frozen=True)
class Files:
    """What is written: path and text, in the order in which a person reads them."""

    texts: dict[str, tuple[Path, str]]  # by place: "contract", "source", "fixture"

    def write(self) -> None:
        """Write all or nothing. Raises ProposalError when one of them is there."""
        if there := [path for path, _ in self.texts.values() if path.exists()]:
            listed = ", ".join(map(shown, there))
            raise ProposalError(
                f"sudah ada, tidak ditimpa: {listed} → pakai nama lain, atau hapus dulu"
                " | is there already and is not overwritten → choose another name, or delete it first"
            )
        for path, text in self.texts.values():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``new-source``."""
    parser.add_argument("name", help="nama sumber: huruf kecil, angka, _ | name: small letters, digits, _")
    parser.add_argument(
        "--sample", required=True, help="berkas, alamat http(s), atau alamat basis data | file, URL or DSN"
    )
    parser.add_argument("--city", help="kota pemilik sumber (slug) | the city it belongs to")
    parser.add_argument("--dataset", help="dataset yang sudah ada: hanya peta kolomnya | an existing dataset")
    parser.add_argument("--table", default="", help="tabel basis data | table of the database")
    parser.add_argument("--items", default="", help="tempat daftar dalam JSON (data.rows) | place of the list")
    parser.add_argument(
        "--numbers", choices=list(notation.NOTATIONS), help="cara menulis 1234.5 | how 1234.5 is written"
    )
    parser.add_argument("--dry-run", action="store_true", help="tampilkan saja, jangan tulis | print only")


def run(said: argparse.Namespace) -> int:
    """Propose as the arguments say, write the files and print what is to be decided."""
    city = _city(said.city)
    _check_name(said)
    book = area_book(city)
    sample = read(said.sample, said.table, said.items)
    sniffed = sniff(sample, book, said.name, notation.NOTATIONS.get(said.numbers))
    if said.dataset:
        proposal = onto(contracts()[said.dataset], said.name, city.slug, sample, sniffed, book)
    else:
        proposal = propose(said.name, city.slug, sample, sniffed, book)
    files = _files(proposal, sample, city, book)
    if said.dry_run:
        for path, text in files.texts.values():
            print(f"── {shown(path)}\n{text}")
    else:
        files.write()
    _tell(proposal, sample, city, book, files)
    return 0


def _city(slug: str | None) -> City:
    if slug:
        return load_city(slug)
    cities = all_cities()
    if len(cities) > 1:
        there = ", ".join(city.slug for city in cities)
        raise ProposalError(f"sebutkan kotanya dengan --city; yang ada: {there} | name the city; there are: {there}")
    return cities[0]


def _check_name(said: argparse.Namespace) -> None:
    if not SLUG.fullmatch(said.name):
        raise ProposalError(
            f"nama {said.name!r}: huruf kecil, angka dan _ saja | name: small letters, digits and _ only"
        )
    there = ", ".join(contracts())
    if said.dataset and said.dataset not in contracts():
        raise ProposalError(
            f"dataset {said.dataset!r} tidak ada; yang ada: {there} | no such dataset; there are: {there}"
        )
    if not said.dataset and said.name in contracts():
        raise ProposalError(
            f"dataset {said.name!r} sudah ada → --dataset {said.name}, atau nama lain"
            f" | the dataset exists → --dataset {said.name}, or another name"
        )


def shown(path: Path) -> str:
    """A path as a person types it: from here when it lies below."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def _files(proposal: Proposal, sample: Sample, city: City, book: AreaBook) -> Files:
    name = proposal.source.name
    texts = {}
    if proposal.is_new:
        texts["contract"] = (Path(sources.__path__[-1]) / f"{name}.py", render.contract(proposal))
    texts["source"] = (city.folder / "sources" / f"{name}.toml", render.source(proposal))
    if _is_complete(proposal):
        rows = fixture(sample.rows, proposal.contract, proposal.source, book, city.zone)
        texts["fixture"] = (city.folder / "samples" / f"{name}.csv", rows)
    return Files(texts)


def _is_complete(proposal: Proposal) -> bool:
    """Whether every required column is mapped; rows can be tried only then."""
    mapped = {*proposal.source.columns, *([proposal.contract.area] if proposal.source.area else [])}
    return all(column.name in mapped for column in proposal.contract.delivered if column.required)


def _tell(proposal: Proposal, sample: Sample, city: City, book: AreaBook, files: Files) -> None:
    if _is_complete(proposal):
        bad = sift(sample.rows, proposal.contract, proposal.source, book, city.zone, proposal.source.name).bad
        print(
            f"Contoh: {sample.rows.height} baris, {len(sample.headers)} kolom; {bad.height} baris akan dikarantina"
            f" | sample: {sample.rows.height} rows, {len(sample.headers)} columns; {bad.height} would be quarantined"
        )
    for path, _ in files.texts.values():
        print(f"  {shown(path)}")
    print("Putuskan | decide:")
    for number, ask in enumerate(proposal.asks, start=1):
        path, text = files.texts[ask.place]
        about = "" if ask.about in ("title", "key", "columns") else f"{ask.about}: "
        print(f"{number:3}. {shown(path)}:{render.line_of(text, number)}: {about}{ask.text.id}\n     {ask.text.en}")
    print(f"Lalu | then: python -m etl check --city {city.slug} --source {proposal.source.name}")
    sys.stdout.flush()
