"""``bench.common.one_page:server``: the command center, and the page of ``bench/peers/pantau_page.py`` in it."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from dashboard import command

PATH = "/ukur"


def _with_the_page() -> Path:
    """A folder in which Dash finds every page and that one."""
    root = Path(tempfile.mkdtemp(prefix="pages-", dir=os.environ["PANTAU_STATE"]))  # gone with it
    there = root / "pages" / "command"
    shutil.copytree(command.ROOT / "pages" / "command", there)
    shutil.copy(Path(__file__).parents[1] / "peers" / "pantau_page.py", there / "ukur.py")
    return root


def __getattr__(name: str) -> Any:
    if name == "server":
        command.ROOT = _with_the_page()
        return command.server
    raise AttributeError(name)
