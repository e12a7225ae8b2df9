"""Cross-checks between datasets: one module a subject, its rules in ``RULES``. ``etl.crosschecks`` makes them."""
