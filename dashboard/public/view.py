"""What a page is printed from: one release, the place in it that is looked at, and the releases around it."""

from collections.abc import Iterator
from dataclasses import dataclass

from dashboard.public.address import Address
from dashboard.public.sight import Figure, Sight, around
from etl.bundle import Bundle, Manifest, Place, Shelf
from etl.text import Text


@dataclass(frozen=True)
class View:
    """One page of one release for one place."""

    bundle: Bundle
    address: Address
    shelf: Shelf

    @property
    def manifest(self) -> Manifest:
        return self.bundle.manifest

    @property
    def place(self) -> Place:
        """The place that is looked at: the city where none is named."""
        return self.bundle.places[self.address.area or self.manifest.city_code]

    @property
    def around(self) -> list[Place]:
        return around(self.bundle, self.place)

    @property
    def permanent(self) -> Address:
        """The same place in this very release: it never changes."""
        return self.address.at(self.manifest.number)

    def say(self, text: Text) -> str:
        return text.say(self.address.language)

    def sights(self, figures: tuple[Figure, ...]) -> Iterator[Sight]:
        """The figures that this release has."""
        sights = (Sight(self.bundle, figure, self.place) for figure in figures)
        return (sight for sight in sights if sight.there)

    def former(self) -> Iterator[Bundle]:
        """This release and those before it, newest first."""
        numbers = self.shelf.numbers(self.manifest.city)
        yield self.bundle
        yield from (
            self.shelf.bundle(self.manifest.city, number)
            for number in reversed(numbers)
            if number < self.manifest.number
        )
