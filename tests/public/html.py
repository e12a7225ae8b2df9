"""A page as a tree, to read back what it says."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "img", "input", "br", "option", "path", "hr"}


@dataclass
class Node:
    """An element: its attributes, and what stands in it."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    inside: list["Node | str"] = field(default_factory=list)

    def all(self, tag: str = "", **attributes: str) -> Iterator["Node"]:
        """Every element below with this tag and these attributes; ``class_`` is one of its classes."""
        for one in self.inside:
            if isinstance(one, Node):
                if one._is(tag, attributes):
                    yield one
                yield from one.all(tag, **attributes)

    def first(self, tag: str = "", **attributes: str) -> "Node":
        """The first of them. Raises AssertionError where there is none."""
        found = next(self.all(tag, **attributes), None)
        assert found is not None, (tag, attributes)
        return found

    @property
    def text(self) -> str:
        """What is read, with single spaces; drawings and scripts are not read."""
        parts = (one if isinstance(one, str) else one.text for one in self.inside if not _drawn(one))
        return " ".join(" ".join(parts).split())

    def _is(self, tag: str, attributes: dict[str, str]) -> bool:
        wanted = dict(attributes)
        named = wanted.pop("class_", "")
        classes = self.attributes.get("class", "").split()
        same = all(self.attributes.get(name) == value for name, value in wanted.items())
        return same and (not tag or self.tag == tag) and (not named or named in classes)


def _drawn(one: "Node | str") -> bool:
    return isinstance(one, Node) and one.tag in ("svg", "script", "style", "datalist")


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Node("")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].inside.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].inside.append(Node(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].inside.append(data)


def tree(page: str) -> Node:
    """The tree of a page. Raises AssertionError where elements are not closed in order."""
    builder = _Builder()
    builder.feed(page)
    assert len(builder.open) == 1, [node.tag for node in builder.open]
    return builder.open[0]
