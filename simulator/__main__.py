"""``python -m simulator prepare`` makes the world once; ``serve`` keeps it running."""

import argparse
import datetime as dt
from pathlib import Path

from simulator.scenery import Options
from simulator.serve import run
from simulator.world import prepare


def main() -> None:
    asked = _parser().parse_args()
    options = Options(asked.seed, asked.days, asked.scale, dt.datetime.now(dt.UTC).replace(microsecond=0))
    if asked.command == "prepare":
        prepare(asked.state, options, _say)
    else:
        run(asked.state, options, asked.port_base, asked.frozen, _say)


def _say(words: str) -> None:
    print(words, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m simulator", description="SIMULASI: dunia luar Pantau | the outside world"
    )
    commands = parser.add_subparsers(dest="command", required=True)
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--state", type=Path, required=True, help="folder keadaan | state folder")
    shared.add_argument("--seed", type=int, default=2026, help="benih | seed (2026)")
    shared.add_argument("--days", type=int, help="sejarah paling panjang, hari | longest history, days")
    shared.add_argument("--scale", type=float, default=1.0, help="bagian dari volume penuh | share of the full volume")
    commands.add_parser("prepare", parents=[shared], help="buat dunia sekali | make the world once")
    serving = commands.add_parser("serve", parents=[shared], help="jalankan server | run the servers")
    serving.add_argument("--frozen", action="store_true", help="tanpa kejadian baru | nothing new happens")
    serving.add_argument("--port-base", type=int, default=0, help="port pertama; 0 = bebas | first port; 0 = free ones")
    return parser


if __name__ == "__main__":
    main()
