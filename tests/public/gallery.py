"""Every kind of figure with every kind of cell, always the same.

``python -m tests.public.gallery out.html en`` writes them as a page to look at.
"""

import datetime as dt
import math
import random
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec
from markupsafe import Markup, escape

from dashboard import format as fmt
from dashboard.indicator import Unit
from dashboard.public.draw import Frame, Line, Point, Shapes, bars, choropleth, columns, lines, sparkline
from dashboard.public.draw.shapes import made
from etl.bundle import Flag
from etl.cities import load_city
from etl.text import Text

LAST = dt.date(2026, 11, 21)
SAID = {
    Flag.BELOW: Text("<10", "<10"),
    Flag.HIDDEN: Text("disembunyikan", "hidden"),
    Flag.MISSING: Text("tidak ada data", "no data"),
}
CASES, RATE, MINUTES = Text("kasus", "cases"), Text("per 100 ribu", "per 100,000"), Text("menit", "minutes")
LETTERS = {"b": Flag.BELOW, "h": Flag.HIDDEN, "m": Flag.MISSING}
STYLES = ("tokens.css", "public.css", "public-figures.css", "gallery.css")
ROOMY = "figure { margin: 2rem 0; } main { padding: 1rem; }"  # gallery.css, for who serves it
SCRIPT = "public-figures.js"
Cell = float | str


def point(label: str, cell: Cell, language: str, unit: Unit = Unit.CASES, word: Text = CASES) -> Point:
    """A cell with its words: a number, or ``b``, ``h``, ``m``."""
    if isinstance(cell, str):
        return Point(label, None, SAID[LETTERS[cell]].say(language), LETTERS[cell])
    return Point(label, cell, f"{fmt.exact(cell, unit, language)} {word.say(language)}".strip())


def weeks(cells: list[Cell], language: str, unit: Unit = Unit.CASES, word: Text = CASES) -> list[Point]:
    """A series that ends in the last week."""
    days = (LAST - dt.timedelta(7 * back) for back in range(len(cells) - 1, -1, -1))
    return [point(fmt.day(day, language), cell, language, unit, word) for day, cell in zip(days, cells, strict=True)]


@cache
def shapes(slug: str, level: str = "kelurahan") -> Shapes:
    """The shapes of a city."""
    return msgspec.json.decode(made(load_city(slug)), type=dict[str, Shapes])[level]


def frames(sheet: Shapes, count: int, language: str) -> list[Frame]:
    """A wave over the areas of a city, with a few cells of every other kind."""
    dice = random.Random(7)

    def cell(x: int, y: int, week: int) -> Cell:
        value = 60 + 50 * math.sin(x / 170 + week / 9) + 50 * math.cos(y / 140) + dice.gauss(0, 15)
        return "b" if value < 28 else dice.choices(("h", "m", round(value, 1)), (4, 2, 94))[0]

    def frame(week: int) -> Frame:
        points = {
            area.code: point(area.name, cell(area.x, area.y, week), language, Unit.PER_100K, RATE)
            for area in sheet.areas
        }
        return Frame(fmt.day(LAST - dt.timedelta(7 * (count - 1 - week)), language), points)

    return [frame(week) for week in range(count)]


Shown = tuple[str, Markup]


def gallery(language: str) -> Iterator[Shown]:
    """Titles and figures."""
    for kind in (_waves, _few, _months, _lines, _bars, _maps):
        yield from kind(language)
    yield "Tren", sparkline(weeks([10.0, 20.0, "b", 15.0, 30.0], language), name="Tren lima pekan")


def _waves(language: str) -> Iterator[Shown]:
    dice = random.Random(4)
    wave: list[Cell] = [
        round(160 * math.exp(-(((at - 60) / 12) ** 2)) + dice.uniform(4, 20)) * 5.0 for at in range(104)
    ]
    told = {"name": "Kasus per pekan", "description": "Dua tahun", "language": language}
    yield "Gelombang kedua surut", columns(weeks(wave, language), highlight=103, unit=Unit.CASES, **told)
    daily = [float(round(100 * math.exp(-(((at - 60) / 20) ** 2)) + dice.uniform(5, 40))) for at in range(120)]
    days = [point(fmt.day(LAST - dt.timedelta(119 - at), language), cell, language) for at, cell in enumerate(daily)]
    mean = [None if at < 6 else sum(daily[at - 6 : at + 1]) / 7 for at in range(120)]
    called = Text("rata-rata 7 hari", "7-day mean").say(language)
    told["name"] = "Kasus per hari"
    yield "Kasus harian turun", columns(days, mean=mean, mean_name=called, unit=Unit.CASES, **told)


def _few(language: str) -> Iterator[Shown]:
    dice = random.Random(5)
    small: list[Cell] = [dice.choice((10.0, 15.0, 20.0, "b", "b", "h")) if 12 < at < 40 else "b" for at in range(52)]
    small[30:33] = ["h", "h", "h"]
    small[3:6], small[25:27] = ["m", "m", "m"], [45.0, 60.0]
    told = {"name": "Kasus sekelurahan", "description": "Sedikit kasus", "language": language}
    yield "60 kasus pada pekan terburuk", columns(weeks(small, language), highlight=26, unit=Unit.CASES, **told)


def _months(language: str) -> Iterator[Shown]:
    dice = random.Random(6)
    months = [fmt.step(dt.date(2025 + (5 + at) // 12, (5 + at) % 12 + 1, 1), "month", language) for at in range(18)]
    money = [dice.uniform(8e8, 2.4e9) for _ in months]
    points = [Point(month, cell, rupiah(cell, language)) for month, cell in zip(months, money, strict=True)]
    told = {"name": "Nilai belanja", "description": "Per bulan", "language": language}
    yield "Belanja di pasar UMKM tumbuh", columns(points, highlight=17, unit=Unit.RUPIAH, **told)


def rupiah(value: float, language: str) -> str:
    """``Rp 1,25 M``."""
    return fmt.figure(value, Unit.RUPIAH, language)


def _lines(language: str) -> Iterator[Shown]:
    dice = random.Random(8)

    def rates(base: float) -> list[Cell]:
        return [max(1.0, base * (1 + 0.8 * math.sin(at / 7)) + dice.gauss(0, 2)) for at in range(52)]

    def line(name: str, cells: list[Cell], unit: Unit, word: Text) -> Line:
        return Line(name, weeks(cells, language, unit, word))

    own = rates(34)
    own[10], own[20:23], own[30], own[32] = "m", ["b", "b", "b"], "h", "b"
    pairs = (("Sungai Pinang Dalam", own), ("Kec. Sungai Pinang", rates(31)), ("Kota Samarinda", rates(29)))
    told = {"name": "Kasus per 100 ribu", "description": "Tiga garis", "language": language}
    yield "Di atas kota", lines([line(*pair, Unit.PER_100K, RATE) for pair in pairs], unit=Unit.PER_100K, **told)
    times = [line(*pair, Unit.MINUTES, MINUTES) for pair in (("Kota Samarinda, P90", rates(16)), ("Median", rates(9)))]
    target = (15, Text("sasaran 15 menit", "target 15 minutes").say(language))
    told["name"] = "Waktu tiba"
    yield "Ambulans lebih cepat daripada sasaran", lines(times, unit=Unit.MINUTES, target=target, **told)


def _bars(language: str) -> Iterator[Shown]:
    wards = ("Sungai Pinang Dalam", "Sidodadi", "Temindung Permai", "Mugirejo", "Lempake", "Bandara", "Sempaja Selatan")
    cells: tuple[Cell, ...] = (145.0, 120.0, 95.0, 35.0, "b", "h", "m")
    points = [point(name, cell, language) for name, cell in zip(wards, cells, strict=True)]
    told = {"name": "Kasus menurut kelurahan", "description": "Batang"}
    yield "Sebagian besar kasus di tiga kelurahan", bars(points, unit=Unit.CASES, current="Temindung Permai", **told)
    spent = {
        "Dinas Pendidikan dan Kebudayaan": 1.25e9,
        "Dinas Pekerjaan Umum dan Penataan Ruang": 6.2e8,
        "Badan Pengelola Keuangan dan Aset Daerah": 3.3e8,
    }
    points = [Point(name, cell, rupiah(cell, language)) for name, cell in spent.items()]
    target = (8e8, Text("sasaran Rp 800 jt", "target Rp 800 m").say(language))
    told["name"] = "Belanja per dinas"
    yield "Dinas Pendidikan belanja paling banyak", bars(points, unit=Unit.RUPIAH, target=target, **told)


def _maps(language: str) -> Iterator[Shown]:
    for slug, level in (("samarinda", "kelurahan"), ("surabaya", "kelurahan"), ("banyumas", "kecamatan")):
        sheet = shapes(slug, level)
        shown = frames(sheet, 12, language)
        links = {area.code: f"/{slug}/corona/{area.code}" for area in sheet.areas}
        chosen = sheet.areas[len(sheet.areas) // 3].code
        told = {"name": f"Kasus per 100 ribu, {slug}", "description": "Peta", "language": language}
        yield f"Peta {slug}", choropleth(sheet, shown, unit=Unit.PER_100K, selected=chosen, links=links, **told)


def page(language: str, asset: str) -> str:
    """A page with every figure; ``asset`` is where the files of ``assets/`` are."""
    styles = "".join(f'<link rel="stylesheet" href="{asset}/{name}">' for name in STYLES)
    figures = "".join(
        f"<figure><figcaption>{escape(title)}</figcaption>{figure}</figure>" for title, figure in gallery(language)
    )
    return (
        f'<!doctype html><html lang="{language}" data-theme="terang"><meta charset="utf-8"><title>Gambar</title>'
        f'<meta name="viewport" content="width=device-width">{styles}'
        f'<main><h1>Gambar</h1>{figures}</main><script src="{asset}/{SCRIPT}"></script></html>'
    )


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(sys.argv[2], str(Path("assets").resolve())), encoding="utf-8")
