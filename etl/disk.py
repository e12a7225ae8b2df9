"""A full disk, said so that somebody can make room."""

import errno
import shutil
from pathlib import Path

from etl.text import Text

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
MAKE_ROOM = Text(
    "kosongkan ruang di sana; kiriman ini dicoba lagi pada putaran berikut",
    "make room there; the next run tries this delivery again",
)


def full(folder: Path) -> Text:
    """Names the folder and what is left there."""
    free = shutil.disk_usage(folder).free // 1024**2
    return Text(
        f"tidak ada ruang di {folder} (tersisa {free} MB)",
        f"there is no room in {folder} ({free} MB left)",
    )
