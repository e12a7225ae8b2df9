"""Measurements with which a claim about speed can be checked: ``make bench``, or ``python -m bench.<name>``.

Machines differ, so every script measures Pantau beside the usual way within one run; the ratio is the result.
"""
