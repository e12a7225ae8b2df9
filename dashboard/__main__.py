"""The command line of the dashboard: ``python -m dashboard --help``."""

import argparse
import sys

import sqlalchemy as sa

from dashboard.access import user_cli
from etl.errors import PantauError, WarehouseDown


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit code says whether everything went well."""
    parser = argparse.ArgumentParser(prog="python -m dashboard")
    commands = parser.add_subparsers(dest="command", required=True)
    user = commands.add_parser("user", help="akun dan peran | accounts and roles")
    user_cli.add_arguments(user)
    user.set_defaults(run=user_cli.run)
    said = parser.parse_args(arguments)
    try:
        return int(said.run(said))
    except PantauError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except sa.exc.OperationalError as error:
        print(
            WarehouseDown(f"gudang data tidak menjawab | the warehouse does not answer: {error.orig}"), file=sys.stderr
        )
        return WarehouseDown.exit_code


if __name__ == "__main__":
    sys.exit(main())
