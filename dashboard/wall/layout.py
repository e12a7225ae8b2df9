"""Where the panels of a scene stand on a wall: nothing smaller than its letters need, nothing across a bezel.

A rectangle is cut in two, and each half again, until every block has its place; among all ways to cut, the one whose
blocks are nearest to their weight and to the shape that they read best in is taken. Tiles stand together as one block.
Sizes are in em of the wall's text, because what fits depends on letters, not on pixels.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from dashboard.panels import Ages, Bars, Beside, Expected, Heat, Lagging, Panel, Reproduction, Series
from dashboard.wall.geometry import Geometry
from dashboard.wall.scene import Placed, Scene
from etl.text import Text

HEAD_EM = 2.2  # the scene's title, the clock
EDGE_EM = 0.45  # free at the edges: the picture moves by pixels against burn-in
GAP_EM = 0.4
TILE_WEIGHT = 0.42  # of a chart
TILE_EM = (11.0, 7.6)  # the least of one tile
LOOKS = 6_000  # at boxes; then blocks are parted by weight alone
# Beside the weight, so that letters find room: the fewer blocks are left, the finer it is cut.
PARTS = {2: (0.28, 0.34, 0.4, 0.45, 0.5, 0.55, 0.6, 0.66, 0.72), 3: (0.34, 0.45, 0.55, 0.66), 4: (0.34, 0.5, 0.66)}


@dataclass(frozen=True)
class Need:
    """The least size of a block in em, the shape it reads best in (width ÷ height), and what a line of it takes."""

    width: float
    height: float
    shape: float
    head: float = 0.0  # height without any line
    line: float = 0.0  # height of each line; 0: it has none


NEEDS = {
    "map": Need(15, 10.5, 1.3),
    "series": Need(20, 9.5, 2.2),
    "bars": Need(16, 9.9, 1.3, head=3.9, line=1.95),
    "beside": Need(18, 11.2, 1.3, head=5.2, line=2.05),
    "heat": Need(21, 13.6, 1.7),
    "ticker": Need(18, 8.5, 1.2, head=3.2, line=2.75),
    "table": Need(19, 9, 1.6, head=4.4, line=1.6),
}


class DoesNotFit(Exception):
    """A scene that cannot be read on a wall, and why."""

    def __init__(self, says: Text) -> None:
        super().__init__(says.en)
        self.says = says


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels."""

    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True)
class Cell:
    """Where one panel stands, in whole pixels, and how many lines it shows (0: as it likes)."""

    panel: str
    x: int
    y: int
    w: int
    h: int
    lines: int = 0


@dataclass(frozen=True)
class Block:
    """What is placed as one: a chart, or so many tiles."""

    kind: str
    names: tuple[str, ...]
    weight: float


@dataclass(frozen=True)
class Frame:
    """What stays the same while one scene is laid out: the text, and where bezels run."""

    em: float
    across: tuple[int, ...]
    down: tuple[int, ...]
    whole: float  # pixels that all blocks share
    weight: float  # of all blocks


def layout(scene: Scene, geometry: Geometry) -> tuple[Cell, ...]:
    """The cells of a scene. Spare panels are left out, the last first, until the rest fits.

    Raises DoesNotFit when not even the panels that it cannot do without find room.
    """
    placed = list(scene.placed)
    while True:
        found = _arranged(tuple(placed), geometry)
        if found:
            return found
        spare = next((one for one in reversed(placed) if one.spare), None)
        if spare is None:
            raise DoesNotFit(_reason(scene, placed, geometry))
        placed.remove(spare)


def _reason(scene: Scene, placed: Sequence[Placed], geometry: Geometry) -> Text:
    wide, high = (round(size / geometry.text_px) for size in (geometry.width_px, geometry.height_px))
    return Text(
        f"Adegan “{scene.title.id}” butuh paling sedikit {len(placed)} panel; pada dinding ini hanya muat "
        f"{wide} × {high} huruf setinggi {geometry.text_px} piksel. Dekatkan pembaca, atau pakai layar lebih besar.",
        f"The scene “{scene.title.en}” needs at least {len(placed)} panels; this wall holds only {wide} × {high} "
        f"letters of {geometry.text_px} pixels. Bring its readers nearer, or take a larger screen.",
    )


def _arranged(placed: tuple[Placed, ...], geometry: Geometry) -> tuple[Cell, ...]:
    em = geometry.text_px
    across, down = geometry.cuts
    edge = EDGE_EM * em
    room = Box(edge, HEAD_EM * em, geometry.width_px - 2 * edge, geometry.height_px - HEAD_EM * em - edge)
    frame = Frame(em, tuple(across), tuple(down), room.w * room.h, sum(_weight(one) for one in placed))
    found = [best for blocks in _groupings(placed, geometry) if (best := Search(frame).best(blocks, room))]
    if not found:
        return ()
    best = min(found, key=lambda one: one[0])
    return tuple(cell for block, box in best[1] for cell in _cells(block, box, frame))


def _groupings(placed: Sequence[Placed], geometry: Geometry) -> Iterator[tuple[Block, ...]]:
    """Tiles first, together on one screen, in up to four groups where bezels might run between them."""
    tiles = [one for one in placed if one.panel.kind == "tile"]
    charts = tuple(Block(_kind(one), (one.panel.id,), one.weight) for one in placed if one.panel.kind != "tile")
    for groups in range(1, 1 + min(len(tiles), 4, geometry.columns * geometry.rows)):
        yield (*_grouped(tiles, math.ceil(len(tiles) / groups)), *charts)
    if not tiles:
        yield charts


def _grouped(tiles: Sequence[Placed], size: int) -> Iterator[Block]:
    for start in range(0, len(tiles), size):
        group = tiles[start : start + size]
        yield Block("tiles", tuple(one.panel.id for one in group), sum(_weight(one) for one in group))


def _weight(placed: Placed) -> float:
    return placed.weight * (TILE_WEIGHT if placed.panel.kind == "tile" else 1)


def _kind(placed: Placed) -> str:
    named: dict[type[Panel], str] = {
        Bars: "bars",
        Lagging: "bars",
        Beside: "beside",
        Ages: "beside",
        Heat: "heat",
        Series: "series",
        Reproduction: "series",
        Expected: "series",
    }
    return named.get(type(placed.panel), placed.panel.kind)


Arrangement = tuple[float, tuple[tuple[Block, Box], ...]]


@dataclass
class Search:
    """The search for the best arrangement of one scene; what was found for blocks in a box is not looked for again."""

    frame: Frame
    left: int = LOOKS
    known: dict[tuple[tuple[Block, ...], Box], Arrangement | None] = field(default_factory=dict)

    def best(self, blocks: tuple[Block, ...], box: Box) -> Arrangement | None:
        """The best arrangement of blocks within a box, with its penalty; None when they do not fit."""
        if box.w * box.h < sum(_least(block) for block in blocks) * self.frame.em**2:
            return None
        key = (blocks, box)
        if key not in self.known:
            self.left -= 1
            self.known[key] = _alone(blocks[0], box, self.frame) if len(blocks) == 1 else self._split(blocks, box)
        return self.known[key]

    def _split(self, blocks: tuple[Block, ...], box: Box) -> Arrangement | None:
        best: Arrangement | None = None
        for split, shares in self._ways(blocks):
            for one, other in _halves(box, shares, self.frame):
                found = self._both((blocks[:split], one), (blocks[split:], other), best)
                best = found if found and (best is None or found[0] < best[0]) else best
        return best

    def _ways(self, blocks: tuple[Block, ...]) -> Iterator[tuple[int, tuple[float, ...]]]:
        """Where the row of blocks is parted, and how the box; only by weight, near the middle, when time is up."""
        total = sum(block.weight for block in blocks)
        parted = [(split, sum(block.weight for block in blocks[:split]) / total) for split in range(1, len(blocks))]
        if self.left <= 0:
            split, share = min(parted, key=lambda one: abs(one[1] - 0.5))
            yield split, (share,)
            return
        for split, share in parted:
            yield split, (share, *PARTS.get(len(blocks), (0.5,)))

    def _both(
        self, one: tuple[tuple[Block, ...], Box], other: tuple[tuple[Block, ...], Box], best: Arrangement | None
    ) -> Arrangement | None:
        left = self.best(*one)
        if left is None or (best and left[0] >= best[0]):
            return None
        right = self.best(*other)
        return (left[0] + right[0], (*left[1], *right[1])) if right else None


def _least(block: Block) -> float:
    """The smallest area of a block, in em²."""
    if block.kind == "tiles":
        return len(block.names) * TILE_EM[0] * TILE_EM[1]
    return NEEDS[block.kind].width * NEEDS[block.kind].height


def _halves(box: Box, shares: tuple[float, ...], frame: Frame) -> Iterator[tuple[Box, Box]]:
    """Ways to cut a box in two: along a bezel where one runs through it, else by weight or at a usual part."""
    half = GAP_EM * frame.em / 2
    for at in _cut_places(box.x, box.w, shares, frame.across):
        yield Box(box.x, box.y, at - half - box.x, box.h), Box(at + half, box.y, box.x + box.w - at - half, box.h)
    for at in _cut_places(box.y, box.h, shares, frame.down):
        yield Box(box.x, box.y, box.w, at - half - box.y), Box(box.x, at + half, box.w, box.y + box.h - at - half)


def _cut_places(start: float, size: float, shares: tuple[float, ...], bezels: tuple[int, ...]) -> Iterator[float]:
    inside = [bezel for bezel in bezels if start < bezel < start + size]
    if inside:
        yield from inside
        return
    for share in shares:
        yield round(start + size * share)


def _alone(block: Block, box: Box, frame: Frame) -> Arrangement | None:
    """One block in a box: all of it, or, where a bezel would run through its words, the largest screen's part."""
    seen = box if block.kind == "map" else _on_one_screen(box, frame)
    penalty = _tiles_penalty(block, seen, frame) if block.kind == "tiles" else _chart_penalty(block, seen, frame)
    empty = math.log(box.w * box.h / (seen.w * seen.h))
    return None if penalty is None else (penalty + 2 * empty + 0.6 * _share(block, box, frame), ((block, seen),))


def _on_one_screen(box: Box, frame: Frame) -> Box:
    x, w = _longest(box.x, box.w, frame.across)
    y, h = _longest(box.y, box.h, frame.down)
    return Box(x, y, w, h)


def _longest(start: float, size: float, bezels: tuple[int, ...]) -> tuple[float, float]:
    """The longest stretch without a bezel: where it begins and how long it is."""
    ends = [start, *(bezel for bezel in bezels if start < bezel < start + size), start + size]
    first, last = max(pairwise(ends), key=lambda pair: pair[1] - pair[0])
    return first, last - first


def _tiles_penalty(block: Block, box: Box, frame: Frame) -> float | None:
    across = _tiles_across(len(block.names), box, frame.em)
    if not across:
        return None
    down = math.ceil(len(block.names) / across)
    return math.log(box.w / across / (box.h / down) / 1.6) ** 2 + 0.3 * (across * down - len(block.names))


def _chart_penalty(block: Block, box: Box, frame: Frame) -> float | None:
    need = NEEDS[block.kind]
    if box.w < need.width * frame.em or box.h < need.height * frame.em:
        return None
    return math.log(box.w / box.h / need.shape) ** 2


def _share(block: Block, box: Box, frame: Frame) -> float:
    return math.log(box.w * box.h / frame.whole * frame.weight / block.weight) ** 2


def _tiles_across(count: int, box: Box, em: float) -> int:
    """How many tiles stand side by side so that each is wide and high enough; 0 when there is no way."""
    wide, high = TILE_EM
    fitting = [
        across
        for across in range(1, count + 1)
        if _each(box.w, across, em) >= wide * em and _each(box.h, math.ceil(count / across), em) >= high * em
    ]
    shaped = {
        across: abs(math.log(_each(box.w, across, em) / _each(box.h, math.ceil(count / across), em) / 1.6))
        + 0.4 * (-count % across)
        for across in fitting
    }
    return min(shaped, key=shaped.__getitem__) if shaped else 0


def _each(size: float, count: int, em: float) -> float:
    return (size - GAP_EM * em * (count - 1)) / count


def _cells(block: Block, box: Box, frame: Frame) -> Iterator[Cell]:
    em = frame.em
    if block.kind != "tiles":
        need = NEEDS[block.kind]
        lines = int((box.h / em - need.head) / need.line) if need.line else 0
        yield Cell(block.names[0], round(box.x), round(box.y), int(box.w), int(box.h), lines)
        return
    across = _tiles_across(len(block.names), box, em)
    down = math.ceil(len(block.names) / across)
    w, h = _each(box.w, across, em), _each(box.h, down, em)
    for number, name in enumerate(block.names):
        column, row = number % across, number // across
        x, y = box.x + column * (w + GAP_EM * em), box.y + row * (h + GAP_EM * em)
        yield Cell(name, round(x), round(y), int(w), int(h))
