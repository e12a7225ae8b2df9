"""How far a long load is: a bar that moves in a terminal, a line now and then where output goes into a log."""

import time
from threading import Lock
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

PAUSE_S = 5.0  # between two lines in a log
BAR = 24  # characters


class Advance:
    """Counts parts done (sources, unless said otherwise) and rows received; enter it for the time of the load."""

    def __init__(self, console: Console, parts: int, unit: str = "sumber") -> None:
        self.console, self.parts, self.unit = console, max(parts, 1), unit
        self._done, self._rows, self._said_at = 0, 0, time.monotonic()
        self._began, self._lock = time.monotonic(), Lock()
        columns = (
            TextColumn("  {task.description}"),
            BarColumn(),
            TextColumn("{task.fields[rows]} baris"),
            TimeElapsedColumn(),
        )
        self._live = Progress(*columns, console=console, disable=not console.is_terminal, transient=True)
        self._task = self._live.add_task("memuat", total=parts, rows="0")

    def __enter__(self) -> "Advance":
        self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._live.stop()

    def received(self, rows: int, of: str) -> None:
        """More rows have been loaded."""
        with self._lock:
            self._rows += rows
            self._live.update(self._task, rows=f"{self._rows:,}".replace(",", "."), description=of)
            self._say()

    def finished(self) -> None:
        """One part is done."""
        with self._lock:
            self._done += 1
            self._live.update(self._task, completed=self._done)

    def _say(self) -> None:
        if self.console.is_terminal or time.monotonic() - self._said_at < PAUSE_S:
            return
        self._said_at = time.monotonic()
        filled = BAR * min(self._done, self.parts) // self.parts
        rows = f"{self._rows:,}".replace(",", ".")
        seconds = int(self._said_at - self._began)
        bar = "█" * filled + "░" * (BAR - filled)
        self.console.print(
            f"  {bar} {self._done}/{self.parts} {self.unit} · {rows} baris · {seconds} dtk", highlight=False
        )
