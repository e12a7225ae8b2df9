"""How large a wall is and from how far it is read: the size of its letters follows, and nothing else chooses it.

A capital letter must be at least distance ÷ 200 high; in our font it is 0.71 em.
"""

import math

import msgspec

from etl.text import Text

READ_FROM = 200  # a letter is legible from so many times its height
CAPITAL_EM = 0.71  # height of a capital of the font
FEWEST_LINES = 12  # fewer lines of text than this hold no scene at all
LINE_EM = 1.25
SQUARE = 0.06  # how far pixels may be from square


class BadGeometry(Exception):
    """A geometry that makes no sense: the field that is wrong, and what would be right."""

    def __init__(self, field: str, says: Text) -> None:
        super().__init__(says.en)
        self.field, self.says = field, says


class Geometry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A wall: centimetres and pixels of the whole picture, screens across and down, metres to the reader."""

    width_cm: float
    height_cm: float
    width_px: int
    height_px: int
    distance_m: float
    columns: int = 1
    rows: int = 1

    @property
    def mm_per_px(self) -> float:
        return self.height_cm * 10 / self.height_px

    @property
    def text_px(self) -> int:
        """The font size of the smallest text, in pixels."""
        return math.ceil(self.distance_m * 1000 / READ_FROM / CAPITAL_EM / self.mm_per_px)

    @property
    def cuts(self) -> tuple[list[int], list[int]]:
        """Where bezels run: pixels from the left, and from the top."""
        across = [round(self.width_px * n / self.columns) for n in range(1, self.columns)]
        down = [round(self.height_px * n / self.rows) for n in range(1, self.rows)]
        return across, down


LIMITS: dict[str, tuple[float, float, Text]] = {
    "width_cm": (30, 3000, Text("Lebar 30–3000 cm", "A width is 30 to 3000 cm")),
    "height_cm": (20, 1500, Text("Tinggi 20–1500 cm", "A height is 20 to 1500 cm")),
    "width_px": (800, 16384, Text("Lebar 800–16384 piksel", "A width is 800 to 16384 pixels")),
    "height_px": (600, 16384, Text("Tinggi 600–16384 piksel", "A height is 600 to 16384 pixels")),
    "distance_m": (0.5, 50, Text("Jarak baca 0,5–50 m", "It is read from 0.5 to 50 m")),
    "columns": (1, 12, Text("1–12 layar mendatar", "1 to 12 screens across")),
    "rows": (1, 8, Text("1–8 layar menurun", "1 to 8 screens down")),
}


def checked(geometry: Geometry) -> Geometry:
    """The geometry, when it can be one. Raises BadGeometry naming the field."""
    for name, (least, most, says) in LIMITS.items():
        if not least <= getattr(geometry, name) <= most:
            raise BadGeometry(name, says)
    across = geometry.width_cm * 10 / geometry.width_px
    if abs(across / geometry.mm_per_px - 1) > SQUARE:
        fitting = round(geometry.width_px * geometry.mm_per_px / 10)
        raise BadGeometry(
            "width_cm",
            Text(
                f"Piksel tidak persegi: untuk tinggi ini lebarnya sekitar {fitting} cm.",
                f"Pixels are not square: with this height the width is about {fitting} cm.",
            ),
        )
    lines = int(geometry.height_px / geometry.rows / (geometry.text_px * LINE_EM))
    if lines < FEWEST_LINES / min(geometry.rows, 2):
        raise BadGeometry("distance_m", _too_far(geometry, lines))
    return geometry


def _too_far(geometry: Geometry, lines: int) -> Text:
    nearer = f"{geometry.distance_m * lines / FEWEST_LINES:.1f}"
    return Text(
        f"Dari jarak ini huruf harus {geometry.text_px} piksel, dan hanya {lines} baris muat. "
        f"Pasang layar paling jauh {nearer.replace('.', ',')} m dari pembaca, atau pakai layar lebih besar.",
        f"From there letters must have {geometry.text_px} pixels, and only {lines} lines fit. "
        f"Put the screen at most {nearer} m from its readers, or take a larger one.",
    )


# Diagonals as they are sold; the picture of a 55" screen is 121 × 68 cm.
PRESETS: dict[str, tuple[Text, Geometry]] = {
    "tv32": (Text("TV 32″", "32″ TV"), Geometry(70.8, 39.8, 1920, 1080, 2)),
    "tv43": (Text("TV 43″ 4K", "43″ 4K TV"), Geometry(95.2, 53.5, 3840, 2160, 2.5)),
    "tv55": (Text("TV 55″", "55″ TV"), Geometry(121, 68.1, 1920, 1080, 4)),
    "tv75": (Text("TV 75″ 4K", "75″ 4K TV"), Geometry(166, 93.4, 3840, 2160, 4)),
    "2x2": (Text("2×2 layar 55″", "2×2 of 55″"), Geometry(242, 136.2, 3840, 2160, 6, 2, 2)),
    "4x3": (Text("4×3 layar 55″", "4×3 of 55″"), Geometry(484, 204.3, 7680, 3240, 8, 4, 3)),
}
USUAL = "tv55"
