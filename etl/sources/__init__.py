"""One module per dataset, each with one ``CONTRACT``.

``PANTAU_DATASETS`` names one further folder of such modules, for cities that keep theirs outside the checkout. A
contract is code: name only a folder that nobody else can write to. A city folder holds data only, and is never run.
"""

import os

if _further := os.environ.get("PANTAU_DATASETS"):
    __path__.append(_further)
