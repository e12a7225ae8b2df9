"""``python -m etl.upgrade``: what ``python -m etl migrate`` does, without loading the rest of the ETL.

``make run`` waits for it, and the rest takes longer to load than an upgrade that finds nothing to do.
"""

import sys

import sqlalchemy as sa

from etl.errors import PantauError
from etl.health import wrong_with
from etl.migrate import bring_up


def main() -> int:
    """Bring the warehouse to the contracts and say so; the exit code says whether it went well."""
    try:
        print(said(bring_up()), file=sys.stderr)
    except PantauError as error:
        return _refused(error)
    except sa.exc.DBAPIError as error:
        return _refused(wrong_with(error))
    return 0


def said(changes: list[str]) -> str:
    """What ``bring_up`` did, in words."""
    return f"Gudang data siap, {len(changes)} perubahan | the warehouse is ready, {len(changes)} changes"


def _refused(error: PantauError) -> int:
    print(f"✗ {error}", file=sys.stderr)
    return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
