"""What people set and cannot be kept: refused with the field named, and nothing changes."""

from etl.text import Text


class Wrong(Exception):
    """Something that people set and that cannot be: the field, and what would be right."""

    def __init__(self, field: str, says: Text) -> None:
        super().__init__(says.en)
        self.field, self.says = field, says
