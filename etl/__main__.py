"""The command line of the ETL: ``python -m etl --help``."""

import argparse
import json
import logging
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa
from apscheduler.schedulers.blocking import BlockingScheduler
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from etl import boundaries
from etl.check import check, share
from etl.cities import City, all_cities, load_city, readable_sources, source_files
from etl.errors import CityError, LeaseTaken, PantauError, WarehouseDown, Where
from etl.migrate import bring_up
from etl.pipeline import Outcome, explain, run
from etl.progress import Advance
from etl.proposal import command as new_source
from etl.source import Source
from etl.status import status
from etl.warehouse import COUNTS, QUARANTINE, Role, engine

REFERENCES = ("areas", "agencies", "civil_servants", "merchants")  # loaded before what refers to them
AT_ONCE = 2  # sources loaded side by side: the loader and the database then share two cores well

log = logging.getLogger("etl")
console = Console(stderr=True)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit code says whether everything went well."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    for noisy in ("apscheduler", "alembic", "httpx"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    said = _parser().parse_args(arguments)
    try:
        return int(said.run(said))
    except PantauError as error:
        return _say_error(error)
    except sa.exc.OperationalError as error:
        return _say_error(WarehouseDown(f"gudang data tidak menjawab | the warehouse does not answer: {error.orig}"))


def _say(line: str) -> None:
    """One line, never broken or coloured by what it quotes: text from outside must be escaped by the caller."""
    console.print(line, highlight=False, soft_wrap=True)


def _say_error(error: PantauError) -> int:
    _say(f"[red]✗[/] {escape(str(error))}")
    return error.exit_code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m etl", description="Pantau: dari sistem sumber ke gudang data")
    commands = parser.add_subparsers(required=True, metavar="perintah")
    _command(commands, "run", _run, "jalankan semua sumber (atau yang dipilih) satu kali", chooses=True)
    _command(commands, "work", _work, "jalankan setiap sumber menurut jadwalnya, terus-menerus", chooses=True)
    _command(commands, "check", _check, "periksa sumber terhadap kontraknya tanpa memuat apa pun", chooses=True)
    _command(commands, "status", _status, "keadaan setiap sumber dari buku besar").add_argument(
        "--json", action="store_true"
    )
    _command(commands, "quarantine", _list_quarantine, "baris yang ditolak, dengan alasannya", chooses=True)
    _command(commands, "migrate", _migrate, "sesuaikan gudang data dengan kontrak; tidak pernah menghapus")
    new_source.add_arguments(
        _command(commands, "new-source", new_source.run, "usulkan kontrak dan berkas sumber dari sebuah contoh")
    )
    official = _command(commands, "boundaries", boundaries.run, "batas wilayah resmi: import KOTA BERKAS")
    official.add_argument(
        "action", choices=("import",), help="periksa berkas batas dan pakai | check a file and use it"
    )
    boundaries.add_arguments(official)
    return parser


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    does: Callable[[argparse.Namespace], int],
    says: str,
    chooses: bool = False,
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=says, description=says)
    if chooses:
        parser.add_argument("--city", help="satu kota (slug)")
        parser.add_argument("--source", help="satu sumber (nama berkas tanpa .toml)")
    parser.set_defaults(run=does)
    return parser


def _chosen(said: argparse.Namespace) -> tuple[list[tuple[City, Source]], int]:
    """The sources asked for, references first, and the exit code of those whose file is wrong."""
    cities: Iterable[City] = [load_city(said.city)] if said.city else all_cities()
    chosen, wrong = _readable(cities, said.source)
    code = max(map(_say_error, wrong), default=0)
    if not chosen and not code:
        there = ", ".join(f"{city}/{path.stem}" for city in cities for path in source_files(city))
        raise PantauError(f"tidak ada sumber {said.source!r}; yang ada: {there} | no such source; there are: {there}")
    return sorted(chosen, key=lambda pair: pair[1].dataset not in REFERENCES), code


def _readable(cities: Iterable[City], name: str | None = None) -> tuple[list[tuple[City, Source]], list[CityError]]:
    pairs: list[tuple[City, Source]] = []
    wrong: list[CityError] = []
    for city in cities:
        good, errors = readable_sources(city, name)
        pairs += [(city, source) for source in good]
        wrong += errors
    return pairs, wrong


def _run(said: argparse.Namespace) -> int:
    chosen, code = _chosen(said)
    _say(f"Memuat {len(chosen)} sumber … | loading {len(chosen)} sources")
    with Advance(console, len(chosen)) as advance, ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = list(pool.map(lambda pair: _ran(pair[0], pair[1], advance), chosen))
    if any(outcome.counts.quarantined for outcome in outcomes):
        _say("Baris yang dikarantina | rows in quarantine: python -m etl quarantine")
    return max((outcome.error.exit_code for outcome in outcomes if outcome.error), default=0) or code


def _ran(city: City, source: Source, advance: Advance) -> Outcome:
    outcome = run(source, city, lambda of, _, counts: advance.received(counts.received, str(of)))
    advance.finished()
    return _told(outcome)


def _told(outcome: Outcome) -> Outcome:
    mark = "[red]✗[/]" if outcome.error and not isinstance(outcome.error, LeaseTaken) else "[green]✓[/]"
    _say(f"{mark} {outcome.source}: {escape(explain(outcome).id)}")
    return outcome


def _work(said: argparse.Namespace) -> int:
    scheduler = BlockingScheduler(executors={"default": {"type": "threadpool", "max_workers": 6}})
    chosen, _ = _chosen(said)
    for city, source in chosen:
        options = {"max_instances": 1, "coalesce": True, "misfire_grace_time": None}
        scheduler.add_job(
            _tick,
            "interval",
            [source, city],
            seconds=source.cadence_s,
            id=str(source),
            jitter=source.cadence_s / 10,
            **options,
        )
    log.info("bekerja: %d sumber terjadwal", len(scheduler.get_jobs()))
    scheduler.start()
    return 0


def _tick(source: Source, city: City) -> None:
    outcome = run(source, city)
    if outcome.error or outcome.counts.loaded or outcome.counts.quarantined:
        log.info("%s: %s", source, explain(outcome).id)


def _check(said: argparse.Namespace) -> int:
    chosen, code = _chosen(said)
    return max([code, *(_checked(city, source) for city, source in chosen)])


def _checked(city: City, source: Source) -> int:
    try:
        found = check(city, source)
    except PantauError as error:
        return _say_error(error)
    mark = "[yellow]![/]" if found.refused else "[green]✓[/]"
    _say(f"{mark} {source}: {found.rows} baris contoh, {found.refused} ditolak ({share(found)})")
    for line in found.lines:
        _say(escape(f"    {line.id} | {line.en}"))
    return 0


def _list_quarantine(said: argparse.Namespace) -> int:
    """The refused rows of the sources asked for, oldest first, each with where it stands and why."""
    chosen, code = _chosen(said)
    with engine(Role.ETL).connect() as connection:
        for city, source in chosen:
            mine = sa.and_(QUARANTINE.c.city_code == city.code, QUARANTINE.c.source == source.name)
            for row in connection.execute(sa.select(QUARANTINE).where(mine).order_by(QUARANTINE.c.quarantine_id)):
                where = Where(city.slug, source.name, row.delivery, row.row, row.column, row.value or "")
                print(f"{where}: {row.reason_id} | {row.reason_en}")
    _say("Perbaiki pada sumbernya, lalu kirim ulang | correct it at the source, then send it again")
    return code


def _status(said: argparse.Namespace) -> int:
    cities = all_cities()
    code = max(map(_say_error, _readable(cities)[1]), default=0)
    with engine(Role.ETL).connect() as connection:
        entries = status(connection, cities)
    if said.json:
        json.dump(entries, sys.stdout, indent=1)
        return code
    names = ("city", "source", *COUNTS, "balanced", "age_s", "promise_s")
    table = Table(*names)
    for entry in entries:
        table.add_row(*(str(entry[name]) for name in names))
    Console().print(table)
    return code


def _migrate(said: argparse.Namespace) -> int:
    changes = bring_up()
    _say(f"Gudang data siap, {len(changes)} perubahan | the warehouse is ready, {len(changes)} changes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
