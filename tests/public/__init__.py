"""Tests of the public site: releases, pages, open data."""
