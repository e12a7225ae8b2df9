"""The open-data catalogue: every dataset whose contract says public, with who provides it. It needs no warehouse.

A dataset appears by being declared P0; a source by standing in a city's folder. What can be taken home are releases.
"""

from dataclasses import dataclass

import msgspec

from etl.catalogue import contracts
from etl.cities import City, source_files
from etl.contract import Contract, Privacy
from etl.text import Text


class Provider(msgspec.Struct, frozen=True):
    """What a source's file says of who provides it; addresses and readers are nobody's business here."""

    dataset: str
    app: str
    title: Text
    owner: str
    licence: str
    promise_s: float


@dataclass(frozen=True)
class Entry:
    """A public dataset and its providers, by city."""

    contract: Contract
    providers: tuple[tuple[City, Provider], ...]


def catalogue(cities: tuple[City, ...]) -> list[Entry]:
    """Every public dataset, with the sources that bring it."""
    said = [
        (city, msgspec.toml.decode(path.read_bytes(), type=Provider)) for city in cities for path in source_files(city)
    ]
    public = [contract for contract in contracts().values() if contract.privacy is Privacy.P0]
    return [
        Entry(contract, tuple((city, one) for city, one in said if one.dataset == contract.name)) for contract in public
    ]
