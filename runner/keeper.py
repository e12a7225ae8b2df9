"""``python -m runner.keeper DIRECTORY``: stops the embedded PostgreSQL when nobody uses it any more.

Every process that uses the server holds a shared lock; the keeper waits until it can have it alone.
So the server goes also when its last user was killed. It imports no library, to stay small.
"""

import sys
import time
from pathlib import Path

from runner.locks import FileLock
from runner.postmaster import Postmaster

LOOK_EVERY_S = 1.0


def main(directory: Path, name: str) -> None:
    """Wait until nobody uses the server of ``directory``, then stop it; the only keeper stays, others leave."""
    keepers, users = FileLock(directory / "keeper.lock"), FileLock(directory / "users.lock")
    if not keepers.try_own():
        return
    while not users.try_own():
        time.sleep(LOOK_EVERY_S)
    Postmaster(directory / "data", name).stop()
    # In this order: who comes now finds no keeper and starts another.
    keepers.close()
    users.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
