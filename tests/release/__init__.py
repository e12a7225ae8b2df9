"""Releases: what is published, and what nobody can work out of it."""
