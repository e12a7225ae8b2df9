"""Making the next one while the present one is used: never more than one ahead, and all of them in one thread."""

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def ahead(made: Generator[T]) -> Generator[T]:
    """What ``made`` yields, in its order. To be closed by who stops early.

    An error comes after everything that was made before it has been handed out. At the end, whatever it was,
    ``made`` is closed in its own thread: what it holds open (files, connections) may belong to that thread.
    """
    with ThreadPoolExecutor(1, "ahead") as thread:
        try:
            coming = thread.submit(next, made, None)
            while (one := coming.result()) is not None:
                coming = thread.submit(next, made, None)
                yield one
        finally:
            thread.submit(made.close).result()
