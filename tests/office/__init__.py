"""Tests of the mayor's office."""
