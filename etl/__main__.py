"""The command line of the ETL: ``python -m etl --help``."""

import argparse
import datetime as dt
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

from etl import (
    aid_store,
    backup_cli,
    basemap,
    boundaries,
    distribution,
    findings_cli,
    logs,
    push_keys,
    quarantine_cli,
    rollups_cli,
    rotation,
    upgrade,
    warehouse_cli,
)
from etl.backfill import backfill, windows
from etl.check import check, share
from etl.cities import City, all_cities, load_city, readable_sources, source_files
from etl.crosschecks import Seen, check_changed
from etl.errors import CityError, LeaseTaken, PantauError
from etl.health import tell, wrong_with
from etl.migrate import bring_up
from etl.pipeline import Outcome, explain, is_resting, leased, retained, run
from etl.progress import Advance
from etl.proposal import command as new_source
from etl.quarantine import apply_fixes
from etl.replay import replay
from etl.source import Source
from etl.span import Span
from etl.status import SUMMED, status
from etl.warehouse import AWAY, Role, engine

REFERENCES = ("areas", "agencies", "civil_servants", "merchants")  # loaded before what refers to them
FIXES_EVERY_S = 5  # somebody waits for it in front of a page
CHECK_EVERY_S = 60  # cross-checks read whole tables: often enough, and never after each row
SIDE_BY_SIDE = 16  # sources of the worker: an upstream that does not answer holds its thread until its deadline
AT_ONCE = 2  # sources loaded side by side: the loader and the database then share two cores well

log = logging.getLogger("etl")
console = Console(stderr=True)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit code says whether everything went well."""
    logs.set_up()
    for noisy in ("apscheduler", "alembic", "httpx"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    said = _parser().parse_args(arguments)
    try:
        return int(said.run(said))
    except PantauError as error:
        return _say_error(error)
    except sa.exc.DBAPIError as error:
        return _say_error(wrong_with(error))


def _say(line: str) -> None:
    """One line, never broken or coloured by what it quotes: text from outside must be escaped by the caller."""
    console.print(line, highlight=False, soft_wrap=True)


def _say_error(error: PantauError) -> int:
    _say(f"[red]✗[/] {escape(str(error))}")
    return error.exit_code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m etl", description="Pantau: dari sistem sumber ke gudang data")
    commands = parser.add_subparsers(required=True, metavar="perintah")
    _command(commands, "run", _run, "jalankan semua sumber (atau yang dipilih) satu kali", chooses=True).add_argument(
        "--accept-shrink", action="store_true", help="daftar yang jauh lebih pendek memang benar | it is really shorter"
    )
    _command(commands, "work", _work, "jalankan setiap sumber menurut jadwalnya, terus-menerus", chooses=True)
    _command(commands, "check", _check, "periksa sumber terhadap kontraknya tanpa memuat apa pun", chooses=True)
    _command(commands, "status", _status, "keadaan setiap sumber dari buku besar").add_argument(
        "--json", action="store_true"
    )
    _with_range(_command(commands, "replay", _replay, "muat ulang kiriman yang tersimpan", chooses=True), "terima")
    _with_range(_command(commands, "backfill", _backfill, "isi masa lalu satu sumber", chooses=True), "data", True)
    _command(commands, "retain", _retain, "hapus yang sudah lewat batas simpannya").add_argument("--city")
    _command(commands, "aid", _aid, "perbarui jawaban tersegel Cek bantuan saya").add_argument("--city")
    quarantine_cli.add_arguments(
        _command(commands, "quarantine", _quarantine, "baris yang ditolak: lihat, perbaiki, putar ulang", chooses=True)
    )
    findings_cli.add_arguments(
        _command(commands, "findings", findings_cli.run, "pemeriksaan silang antarsumber dan temuannya")
    )
    rollups_cli.add_arguments(
        _command(commands, "rollups", rollups_cli.run, "jumlah per hari yang dibaca halaman: samakah dengan barisnya?")
    )
    _command(commands, "migrate", _migrate, "sesuaikan gudang data dengan kontrak; tidak pernah menghapus")
    warehouse_cli.add_arguments(_command(commands, "warehouse", warehouse_cli.run, "cluster: distribute [--dry-run]"))
    backup_cli.add_arguments(
        _command(commands, "backup", backup_cli.backup, "cadangkan gudang data dan folder keadaan ke FOLDER"),
        _command(commands, "restore", backup_cli.restore, "pulihkan cadangan ke tempat yang kosong"),
    )
    rotated = _command(commands, "rotate-key", _rotate, "ganti kunci segel atau samaran; semua yang tersimpan ikut")
    rotated.add_argument("name", choices=rotation.names(), help="kunci | key")
    push_keys.add_arguments(_command(commands, "key", push_keys.run, "kunci untuk kiriman ke /ingest: KOTA SUMBER"))
    new_source.add_arguments(
        _command(commands, "new-source", new_source.run, "usulkan kontrak dan berkas sumber dari sebuah contoh")
    )
    official = _command(commands, "boundaries", boundaries.run, "batas wilayah resmi: import KOTA BERKAS")
    official.add_argument(
        "action", choices=("import",), help="periksa berkas batas dan pakai | check a file and use it"
    )
    boundaries.add_arguments(official)
    basemap.add_arguments(_command(commands, "basemap", basemap.run, "air, jalan, nama tempat di peta dinding"))
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


def _with_range(parser: argparse.ArgumentParser, what: str, required: bool = False) -> None:
    for name, says in (("--since", "sejak tanggal"), ("--until", "sampai sebelum tanggal")):
        parser.add_argument(name, type=dt.date.fromisoformat, required=required, help=f"{says} {what} (2026-01-31)")


def _range(said: argparse.Namespace, city: City) -> Span:
    """The days that were asked for, as moments of the city; from the beginning, up to now, where none was said."""
    ends = [dt.datetime.combine(day, dt.time(), city.tz) if day else None for day in (said.since, said.until)]
    since, until = ends[0] or dt.datetime.min.replace(tzinfo=dt.UTC), ends[1] or dt.datetime.now(dt.UTC)
    if since >= until:
        raise PantauError(f"--since {said.since} tidak sebelum | is not before --until {said.until}")
    return Span(since, until)


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
        outcomes = list(pool.map(lambda pair: _ran(pair[0], pair[1], advance, said.accept_shrink), chosen))
    if any(outcome.counts.quarantined for outcome in outcomes):
        _say("Baris yang dikarantina | rows in quarantine: python -m etl quarantine")
    return _worst(outcomes, code)


def _ran(city: City, source: Source, advance: Advance, accept_shrink: bool) -> Outcome:
    outcome = run(source, city, lambda of, _, counts: advance.received(counts.received, str(of)), accept_shrink)
    advance.finished()
    return _told(outcome)


def _told(outcome: Outcome) -> Outcome:
    mark = "[red]✗[/]" if outcome.error and not isinstance(outcome.error, LeaseTaken) else "[green]✓[/]"
    _say(f"{mark} {outcome.source}: {escape(explain(outcome).id)}")
    return outcome


def _work(said: argparse.Namespace) -> int:
    tell()
    scheduler = BlockingScheduler(executors={"default": {"type": "threadpool", "max_workers": SIDE_BY_SIDE}})
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
    scheduler.add_job(_retained_all, "interval", days=1, next_run_time=dt.datetime.now(dt.UTC), misfire_grace_time=None)
    cities = {city.slug: city for city, _ in chosen}.values()
    scheduler.add_job(_check_changed, "interval", [cities, {}], seconds=CHECK_EVERY_S, max_instances=1, coalesce=True)
    scheduler.add_job(_apply_fixes, "interval", [chosen], seconds=FIXES_EVERY_S, max_instances=1, coalesce=True)
    log.info("bekerja: %d sumber terjadwal", len(scheduler.get_jobs()))
    scheduler.start()
    return 0


def _apply_fixes(chosen: list[tuple[City, Source]]) -> None:
    """What people corrected on the page is loaded soon after, by one worker at a time."""
    for city in {city.slug: city for city, _ in chosen}.values():
        try:
            with leased(city, "fixes"):
                counts = apply_fixes(city, [source for at, source in chosen if at.slug == city.slug])
        except LeaseTaken:
            continue
        except (PantauError, *AWAY) as error:
            log.warning("%s: perbaikan ditunda | fixes are put off: %s", city, str(error).splitlines()[0])
            continue
        if counts.received:
            log.info("%s: %d baris diperiksa lagi, %d dimuat", city, counts.received, counts.loaded)


def _tick(source: Source, city: City) -> None:
    if is_resting(source, city):
        return
    outcome = run(source, city)
    if outcome.error or outcome.counts.loaded or outcome.counts.quarantined:
        log.info("%s: %s", source, explain(outcome).id)


def _replay(said: argparse.Namespace) -> int:
    chosen, code = _chosen(said)
    with Advance(console, len(chosen)) as advance:
        outcomes = [_replayed(city, source, _range(said, city), advance) for city, source in chosen]
    return _worst(outcomes, code)


def _replayed(city: City, source: Source, asked: Span, advance: Advance) -> Outcome:
    outcome = replay(source, city, asked, lambda of, delivery: advance.received(delivery.rows.height, str(of)))
    advance.finished()
    return _told(outcome)


def _backfill(said: argparse.Namespace) -> int:
    chosen, code = _chosen(said)
    return _worst([_backfilled(city, source, _range(said, city)) for city, source in chosen], code)


def _backfilled(city: City, source: Source, span: Span) -> Outcome:
    with Advance(console, len(windows(source, span)), "jendela") as advance:
        outcome = backfill(
            source, city, span, lambda of, _, counts: advance.received(counts.received, str(of)), advance.finished
        )
    return _told(outcome)


def _worst(outcomes: list[Outcome], code: int) -> int:
    return max((outcome.error.exit_code for outcome in outcomes if outcome.error), default=0) or code


def _cities(said: argparse.Namespace) -> list[City]:
    return [load_city(said.city)] if said.city else list(all_cities())


def _aid(said: argparse.Namespace) -> int:
    return max(_aided(city) for city in _cities(said))


def _aided(city: City) -> int:
    try:
        changed = aid_store.refresh(city)
    except PantauError as error:
        return _say_error(error)
    _say(f"{city}: {'diperbarui | made anew' if changed else 'masih sama | as before'}")
    return 0


def _retain(said: argparse.Namespace) -> int:
    return max(_retained(city) for city in _cities(said))


def _retained_all() -> None:
    """Once a day; what cannot be done now is done tomorrow, and said today."""
    for city in all_cities():
        _retained(city)
        _put_rollups_right(city)


def _put_rollups_right(city: City) -> None:
    """Nothing to do, unless somebody changed rows past the loads, or a worker of an older version did."""
    try:
        for line in rollups_cli.put_right(city):
            log.warning("%s", line)
    except AWAY as error:
        log.warning("rollup ditunda | rollups are put off: %s", str(error).splitlines()[0])


def _retained(city: City) -> int:
    try:
        gone = retained(city)
    except PantauError as error:
        return _say_error(error)
    for one in gone:
        _say(f"{city}: {one.name}: {one.removed} dari | from {escape(one.place)}")
    return 0


def _check_changed(cities: Iterable[City], seen: Seen) -> None:
    try:
        check_changed(cities, seen)
    except AWAY as error:
        log.warning("pemeriksaan silang ditunda | cross-checks are put off: %s", str(error).splitlines()[0])


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


def _quarantine(said: argparse.Namespace) -> int:
    chosen, code = _chosen(said)
    return max(code, quarantine_cli.run(said, chosen))


def _status(said: argparse.Namespace) -> int:
    cities = all_cities()
    code = max(map(_say_error, _readable(cities)[1]), default=0)
    with engine(Role.ETL).connect() as connection:
        entries = status(connection, cities)
    if said.json:
        json.dump(entries, sys.stdout, indent=1)
        return code
    names = ("city", "source", *SUMMED, "balanced", "age_s", "promise_s", "failures", "retry_at")
    table = Table()
    for name in names:
        table.add_column(name, no_wrap=name in ("city", "source"))
    for entry in entries:
        table.add_row(*(str(entry[name]) for name in names))
    Console().print(table)
    return code


def _rotate(said: argparse.Namespace) -> int:
    version = rotation.rotate(said.name, lambda purpose: _say(f"[green]✓[/] {escape(purpose)}"))
    _say(f"kunci {said.name} kini versi {version} | the key {said.name} is version {version} now")
    return 0


def _migrate(said: argparse.Namespace) -> int:
    _say(upgrade.said(bring_up()))
    if waiting := distribution.waiting():
        _say(f"{len(waiting)} tabel belum tersebar | tables are not distributed: python -m etl warehouse distribute")
    return 0


if __name__ == "__main__":
    sys.exit(main())
