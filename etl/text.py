"""A text in the two languages of Pantau: Indonesian first, English by a switch."""

from typing import NamedTuple

MARK = "‹"  # stands where a person still has to write: ``etl check`` tells it, a test refuses it in what is shipped


class Text(NamedTuple):
    """The same sentence twice. ``str()`` gives Indonesian, the default language."""

    id: str
    en: str

    def __str__(self) -> str:
        return self.id

    def say(self, language: str) -> str:
        return self.en if language == "en" else self.id
