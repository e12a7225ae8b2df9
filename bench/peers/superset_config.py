"""Superset for a small server: found by it under this name. ``MARKET_SUPERSET`` is the folder of all that it keeps.

Its documents name Redis for answers that several servers share; one server with threads keeps them in files, for the
day that is its default. It hears of no load: within that day new rows are not shown.
"""

import os

_FOLDER = os.environ["MARKET_SUPERSET"]
SECRET_KEY = os.environ["MARKET_SUPERSET_KEY"]  # the same when the page is made and when it is served
SQLALCHEMY_DATABASE_URI = f"sqlite:///{_FOLDER}/superset.db"
AUTH_ROLE_PUBLIC = PUBLIC_ROLE_LIKE = "Public"  # who is not signed in may look
CACHE_CONFIG = {"CACHE_TYPE": "FileSystemCache", "CACHE_DIR": f"{_FOLDER}/metadata"}
DATA_CACHE_CONFIG = {"CACHE_TYPE": "FileSystemCache", "CACHE_DIR": f"{_FOLDER}/answers", "CACHE_THRESHOLD": 5000}
