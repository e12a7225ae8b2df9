"""Fixtures of the readers' tests."""

from tests.readers.upstream import upstream

__all__ = ["upstream"]
