"""The command ``warehouse``: bring the tables to the nodes of a cluster, or say what would be done."""

import argparse
from itertools import groupby

import sqlalchemy as sa
from rich.console import Console

from etl import distribution
from etl.citus import Place
from etl.distribution import Placing
from etl.progress import Advance
from etl.text import Text
from etl.warehouse import Role, engine

TITLES = {
    Place.SHARDED: Text("tersebar menurut kota", "distributed by city"),
    Place.COPIED: Text("salinan di setiap simpul", "a copy on every node"),
    Place.KEPT: Text("koordinator", "coordinator"),
}
RESTART = "Mulai ulang semua proses Pantau: sambungan lama belum tahu | restart every process of Pantau"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What can be said to it."""
    parser.add_argument("action", choices=("distribute",), help="sebarkan fakta menurut kota | spread facts by city")
    parser.add_argument("--dry-run", action="store_true", help="hanya katakan apa yang akan dilakukan | only say")


def run(said: argparse.Namespace) -> int:
    """Distribute, or only say. Raises NotACluster."""
    console = Console()
    try:
        return _say(console) if said.dry_run else _distribute(console)
    except sa.exc.DBAPIError as error:
        raise distribution.refused(error) from error


def _say(console: Console) -> int:
    with engine(Role.OWNER).connect() as connection:
        nodes, wanted = distribution.check(connection), distribution.placings(connection)
        for (place, why), placings in groupby(wanted, lambda one: (one.place, one.why)):
            console.print(f"{TITLES[place].id} | {TITLES[place].en}: {why.id} | {why.en}", soft_wrap=True)
            for one in placings:
                rows, does = (
                    distribution.counted(connection, one.table),
                    "pindah | move" if one.waits else "tetap | stays",
                )
                console.print(f"  {one.table.fullname:32} {rows:>12,}  {does}", soft_wrap=True, highlight=False)
    waits = sum(one.waits for one in wanted)
    console.print(f"{waits} tabel akan dipindah ke {nodes} simpul | tables would be moved to {nodes} nodes")
    return 0


def _distribute(console: Console) -> int:
    moved: list[tuple[Placing, int]] = []
    with Advance(console, len(distribution.waiting()), "tabel") as advance:

        def heard(one: Placing, rows: int) -> None:
            moved.append((one, rows))
            advance.received(rows, one.table.fullname)
            advance.finished()
            console.print(f"✓ {one.table.fullname}: {TITLES[one.place].id} | {TITLES[one.place].en}, {rows:,} baris")

        nodes = distribution.distribute(heard)
    rows = sum(rows for _, rows in moved)
    console.print(f"{len(moved)} tabel, {rows:,} baris di {nodes} simpul | tables and rows on {nodes} nodes")
    if moved:
        console.print(RESTART)
    return 0
