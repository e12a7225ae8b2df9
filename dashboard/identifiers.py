"""Numbers of people in addresses: a NIK, a NIP, a card or a phone number would end in logs and histories."""

import re
from urllib.parse import unquote_plus

from etl.text import Text

IDENTIFIER = re.compile(r"(?<!\d)(?:\d[ .-]?){15,17}\d(?!\d)|(?<![\w.])(?:62|0)[ .-]?8(?:[ .-]?\d){8,11}(?!\d)")
REFUSED = Text(
    "Alamat tidak boleh memuat NIK, NIP atau nomor lain milik seseorang.",
    "An address must not hold a NIK, a NIP or another number of a person.",
)


def holds_identifier(address: str) -> bool:
    """Whether an address, written in any usual way, holds what may be a person's number."""
    return bool(IDENTIFIER.search(unquote_plus(address)))
