"""Cross-checks between datasets: one module a subject, its rules in ``RULES``. ``etl.checks`` makes them."""
