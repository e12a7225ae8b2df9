"""Fixtures for signing in through an identity provider."""

from tests.access.trips import client, made_ours, ours, theirs

__all__ = ["client", "made_ours", "ours", "theirs"]
