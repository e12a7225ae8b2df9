"""Statistical models: numbers in, numbers with their uncertainty out. Each names its method and where it is published.

A model knows no database and no page. What it cannot tell from so few data it says by ``None``, and the page shows the
raw count instead. ``dashboard.models.model`` describes how a model is judged by days that have come since.
"""
