"""The command line of the dashboard: ``python -m dashboard --help``."""

import argparse
import datetime as dt
import logging
import sys
import time

import sqlalchemy as sa

from dashboard.access import production, subject_cli, user_cli
from etl import logs
from etl.bundle import shelf
from etl.cities import all_cities, load_city
from etl.errors import PantauError
from etl.health import wrong_with


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit code says whether everything went well."""
    parser = argparse.ArgumentParser(prog="python -m dashboard")
    commands = parser.add_subparsers(dest="command", required=True)
    user = commands.add_parser("user", help="akun dan peran | accounts and roles")
    user_cli.add_arguments(user)
    user.set_defaults(run=user_cli.run)
    subject = commands.add_parser("subject", help="yang disimpan tentang seseorang | what is held about somebody")
    subject_cli.add_arguments(subject)
    subject.set_defaults(run=subject_cli.run)
    make = commands.add_parser("keys", help="buat kunci yang belum ada | make the keys that are missing")
    make.set_defaults(run=_make_keys)
    watch = commands.add_parser("watch", help="awasi aturan peringatan | watch the alert rules")
    watch.set_defaults(run=_watch)
    post = commands.add_parser("post", help="kirim kabar, buat ringkasan | send notices, make briefs")
    post.set_defaults(run=_post)
    brief = commands.add_parser("brief", help="ringkasan pekan sebagai PDF | the weekly brief as a PDF")
    brief.add_argument("city", help="slug kota | slug of the city")
    brief.add_argument("--week", default="", help="2026-W47; kosong: pekan lalu | empty: last week")
    brief.add_argument("--language", choices=("id", "en"), default="id")
    brief.set_defaults(run=_brief)
    once = commands.add_parser("release", help="terbitkan rilis sekarang | publish a release now")
    once.add_argument("--city", help="slug kota; kosong: semua | slug of the city; empty: all")
    once.set_defaults(run=_release)
    publish = commands.add_parser("publish", help="terbitkan rilis setiap hari | publish releases every day")
    publish.set_defaults(run=_publish)
    analyse = commands.add_parser("analyse", help="buat analisis setiap jam dan hari | make analyses hourly and daily")
    analyse.add_argument("--once", action="store_true", help="yang belum dibuat, lalu selesai | what is due, then end")
    analyse.set_defaults(run=_analyse)
    said = parser.parse_args(arguments)
    try:
        return int(said.run(said))
    except PantauError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except sa.exc.DBAPIError as error:
        print(down := wrong_with(error), file=sys.stderr)
        return down.exit_code


def _make_keys(_: argparse.Namespace) -> int:
    production.make_keys()
    return 0


def _watch(_: argparse.Namespace) -> int:
    from dashboard.wall import watch

    logs.set_up()
    watch.run()
    return 0


def _post(_: argparse.Namespace) -> int:
    from dashboard.office import post

    logs.set_up()
    logging.getLogger("httpx").setLevel(logging.WARNING)  # the address of a webhook may hold its secret
    post.run()
    return 0


def _release(said: argparse.Namespace) -> int:
    from dashboard import publish

    for city in [load_city(said.city)] if said.city else all_cities():
        began = time.monotonic()
        made = publish.release(city, shelf(), dt.datetime.now(dt.UTC))
        took = f"{time.monotonic() - began:.1f} s".replace(".", ",", 1)
        print(f"{city}: rilis | release {made.manifest.number}, {len(made.tables)} tabel | tables, {took}", flush=True)
    return 0


def _publish(_: argparse.Namespace) -> int:
    from dashboard import publish

    logs.set_up()
    publish.run()
    return 0


def _analyse(said: argparse.Namespace) -> int:
    from dashboard import analyse

    logs.set_up()
    if not said.once:
        analyse.run()
    for city in all_cities():
        for about in analyse.due(city, dt.datetime.now(dt.UTC)):
            took = f"{analyse.make(city, about, dt.datetime.now(dt.UTC)):.1f} s".replace(".", ",", 1)
            print(f"{city}: {about.key}, {took}", flush=True)
    return 0


def _brief(said: argparse.Namespace) -> int:
    from dashboard.office import brief, briefs
    from dashboard.wrong import Wrong

    city, now = load_city(said.city), dt.datetime.now(dt.UTC)
    try:
        week = said.week or brief.last_week(city, now)
        brief.monday(week, city, now)
    except Wrong as error:
        raise PantauError(f"--week: {error.says.id} | {error.says.en}") from error
    print(briefs.make(city, week, said.language))
    return 0


if __name__ == "__main__":
    sys.exit(main())
