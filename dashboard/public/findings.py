"""The findings that figures state: each takes what a figure shows of a place, and says it in a title and sentences."""

from collections.abc import Callable

from dashboard.public.numbers import percent, plain
from dashboard.public.periods import on
from dashboard.public.reading import NOTHING, Cell
from dashboard.public.sentences import SPANS, beside, both, course, highest, joined, listed, told, top, why
from dashboard.public.sight import ALL, Finding, Sight
from etl.bundle import Kind
from etl.text import Text

CITYS = Text("angka kota", "the city's figure")
RELATIVE = (Kind.COUNT, Kind.RUPIAH, Kind.RATE)  # of these a change is told in per cent
NAMED = 3  # categories in a sentence
ONE, WITH_BEFORE = (
    Text("{when}: {now}.", "{when}: {now}."),
    Text("{when}: {now}; {span}: {before}.", "{when}: {now}; {span}: {before}."),
)
PARTS = {"kecamatan": Text("kecamatan", "districts"), "kelurahan": Text("kelurahan", "wards")}


def over_time(sight: Sight) -> Finding:
    """How it went since the period before; where it is highest, or how a part of the city stands beside it."""
    before, now = sight.cell(back=1), sight.cell()
    relative = sight.reading.column.kind in RELATIVE
    first = course(named(sight), before, now, sight.about.step, sight.number, relative)
    return Finding(joined(first, _second(sight)), (*_plainly(sight, before, now), *why((now,))))


def where(sight: Sight) -> Finding:
    """Where in the city it is highest, and of how many areas nothing can be said."""
    cells, now = parts(sight), sight.cell()
    if sight.in_city:
        place = highest(cells, sight.figure.most) or Text("tidak ada yang jelas tertinggi", "none clearly the highest")
        title = both(Text("{name}: {place}", "{name}: {place}"), name=named(sight), place=place)
    else:
        found = per_people(sight)
        title = both(Text("{name}: {now}", "{name}: {now}"), name=named(sight), now=sight.says(now))
        title = joined(title, found) if now.shown else title
    return Finding(title, (both(ONE, when=sight.when(), now=_counted(sight, cells)), *why((now,))))


def largest(sight: Sight) -> Finding:
    """Which category has most."""
    cells = {category: sight.cell(category=category) for category in sight.parts}
    found = top(cells)
    shown = sorted((name for name in cells if cells[name].shown), key=lambda name: -(cells[name].value or 0))
    if found is None:
        name = both(Text("{name}: tidak ada yang dapat ditampilkan", "{name}: nothing can be shown"), name=named(sight))
        return Finding(name, tuple(why(cells.values())))
    names = listed([sight.word(name) for name in found.names[:NAMED]])
    pattern = Text("{name} {most}: {names}", "{name}, {most}: {names}")
    title = both(pattern, name=named(sight), most=sight.figure.most, names=names)
    numbers = listed([_word_and_number(sight, name) for name in shown[:NAMED]])
    return Finding(title, (both(ONE, when=sight.when(), now=numbers),))


def share_of(*categories: str, says: Text) -> Callable[[Sight], Finding]:
    """Which part of all some categories are: ``{share}`` of the title. Where one is hidden, which has most."""

    def find(sight: Sight) -> Finding:
        cells, whole = [sight.cell(category=one) for one in categories], sight.cell(category=ALL)
        if not whole.value or not all(cell.shown for cell in cells):
            return largest(sight)
        share = percent(round(100 * sum(cell.value or 0 for cell in cells) / whole.value))
        numbers = listed([_word_and_number(sight, one) for one in categories])
        said = both(
            Text("{when}: {now}, dari {all}.", "{when}: {now}, of {all}."),
            when=sight.when(), now=numbers, all=sight.says(whole),
        )  # fmt: skip
        return Finding(both(says, share=share), (said,))

    return find


def together(says: Text) -> Callable[[Sight], Finding]:
    """Two measures of one place in one sentence: ``{one}`` and ``{two}`` of the title."""

    def find(sight: Sight) -> Finding:
        measures = (sight.figure.measure, *sight.figure.further)
        now, before = ([sight.cell(back=back, measure=one) for one in measures] for back in (0, 1))
        here = Text("", "") if sight.in_city else Text(f" di {sight.place.name}", f" in {sight.place.name}")
        one, two = map(sight.says, now)
        title = both(says, one=one, two=two, here=here)
        if not all(cell.shown for cell in now):
            title = both(Text("{name}: {one}", "{name}: {one}"), name=named(sight), one=one)
        former = listed([sight.says(cell) for cell in before])
        line = both(
            Text("{when}: {now}; {span}: {former}.", "{when}: {now}; {span}: {former}."),
            when=sight.when(), now=listed([one, two]), span=SPANS[sight.about.step].before, former=former,
        )  # fmt: skip
        return Finding(title, (line, *why(now)))

    return find


def peak(sight: Sight) -> Finding:
    """When it was highest, and how much it is now."""
    days = {period: sight.reading.at(sight.place.code, period, sight.category) for period in sight.periods}
    found, now = top(days), sight.cell()
    line = both(ONE, when=sight.when(), now=sight.says(now))
    if found is None or not found.sure or len(found.names) > 1:
        title = both(Text("{name}: {now}", "{name}: {now}"), name=named(sight), now=sight.says(now))
        return Finding(title, (line, *why((now,))))
    title = both(
        Text("{name} tertinggi {most}, {when}", "{name}: at most {most}, {when}"),
        name=named(sight), most=sight.says(days[found.names[0]]), when=on(found.names[0], sight.about.step),
    )  # fmt: skip
    return Finding(title, (line, *why((now,))))


def named(sight: Sight) -> Text:
    """The name of what is counted, of the category and the part of the city where it is one."""
    name = sight.figure.name
    if sight.figure.split != "categories" and sight.category not in ("", ALL):
        name = both(Text("{name} ({of})", "{name} ({of})"), name=name, of=sight.word(sight.category))
    return name if sight.in_city else Text(f"{name.id} di {sight.place.name}", f"{name.en} in {sight.place.name}")


def parts(sight: Sight) -> dict[str, Cell]:
    """The newest cells of the smallest areas, by name; names that stand for two areas are told apart."""
    codes = sight.reading.areas(sight.level)
    names = [sight.name(code) for code in codes]
    return {
        f"{name} ({sight.name(code[:8])})" if names.count(name) > 1 else name: sight.cell(code)
        for code, name in zip(codes, names, strict=True)
    }


def per_people(sight: Sight) -> Text | None:
    """How the place stands beside the city, for its people."""
    reading = sight.of(sight.figure.rate or sight.figure.measure)
    if reading.unit.per_people is None:
        return None
    own, whole = (sight.cell(code, measure=reading.column.key) for code in (sight.place.code, sight.city.code))
    found = beside(own, whole, CITYS)
    return both(Text("{unit} {found}", "{unit} {found}"), unit=reading.unit.value, found=found) if found else None


def _second(sight: Sight) -> Text | None:
    if sight.in_city:
        return highest(parts(sight), sight.figure.most) if sight.level != "city" else None
    return per_people(sight)


def _plainly(sight: Sight, before: Cell, now: Cell) -> list[Text]:
    """Both numbers with their periods; for its people also those of the areas around."""
    if before is NOTHING:
        said = both(ONE, when=sight.when(), now=sight.says(now))
    else:
        span = SPANS[sight.about.step].before
        said = both(WITH_BEFORE, when=sight.when(), now=sight.says(now), span=span, before=sight.says(before))
    return [said] if sight.in_city or not sight.figure.rate else [said, _rates(sight)]


def _rates(sight: Sight) -> Text:
    """The place beside its kecamatan and the city, for their people."""
    reading = sight.of(sight.figure.rate)
    unit = reading.unit
    cells = [(place, sight.cell(place.code, measure=sight.figure.rate)) for place in sight.shown_around]
    said = [
        both(Text("{place} {rate}", "{place} {rate}"), place=Text(place.name, place.name),
             rate=told(cell, lambda value: plain(value, unit), counted=False))
        for place, cell in cells
    ]  # fmt: skip
    return both(Text("{unit}: {said}.", "{unit}: {said}."), unit=_upper(unit.value), said=listed(said))


def _counted(sight: Sight, cells: dict[str, Cell]) -> Text:
    """Of how many areas there is a number."""
    shown = sum(cell.shown for cell in cells.values())
    return both(
        Text("{shown} dari {all} {parts} dapat ditampilkan", "{shown} of {all} {parts} can be shown"),
        shown=Text(str(shown), str(shown)), all=Text(str(len(cells)), str(len(cells))), parts=PARTS[sight.level],
    )  # fmt: skip


def _word_and_number(sight: Sight, category: str) -> Text:
    number = sight.says(sight.cell(category=category))
    return both(Text("{word} {number}", "{word} {number}"), word=sight.word(category), number=number)


def _upper(text: Text) -> Text:
    return Text(*(said[:1].upper() + said[1:] for said in text))
