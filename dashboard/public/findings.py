"""The findings that figures state: each takes what a figure shows of a place, and says it in a title and sentences."""

from collections.abc import Callable

from dashboard.public.numbers import percent, plain
from dashboard.public.periods import on
from dashboard.public.reading import NOTHING, Cell, Reading
from dashboard.public.sentences import SPANS, beside, both, course, highest, joined, listed, told, top, why
from dashboard.public.sight import ALL, Finding, Sight
from etl.text import Text

CITYS = Text("angka kota", "the city's figure")
NAMED = 3  # categories in a sentence
TELL, WITH_BEFORE = (
    Text("{when}: {now}.", "{when}: {now}."),
    Text("{when}: {now}; {b}: {x}.", "{when}: {now}; {b}: {x}."),
)
NAME_AND_NUMBER = Text("{name} {number}", "{name} {number}")
SEVERAL = Text("beberapa hampir sama", "several are about the same")
TITLE, PLAIN_TITLE = Text("{name}: {now}", "{name}: {now}"), Text("{name} {now}", "{name}: {now}")
OF_LATE = Text("Puncak dari {count} hari terakhir.", "The peak of the last {count} days.")


def over_time(sight: Sight) -> Finding:
    """How it went since the period before; where it is highest, or how a part of the city stands beside it."""
    before, now = sight.cell(back=1), sight.cell()
    first = course(named(sight), before, now, sight.about.step, sight.words)
    return Finding(joined(first, _second(sight)), (*_plainly(sight, before, now), *_why(sight, now)))


def where(sight: Sight) -> Finding:
    """Where in the city it is highest, and of how many areas nothing can be said."""
    cells, now = parts(sight), sight.cell()
    if not sight.in_city:
        title = joined(
            both(TITLE, name=named(sight), now=sight.in_title(now)), per_people(sight) if now.shown else None
        )
    elif place := highest(cells, sight.figure.most):
        found = top(cells)
        title = both(PLAIN_TITLE if found and found.sure else TITLE, name=named(sight), now=place)
    elif any(cell.shown for cell in cells.values()):
        title = both(Text("{name}: beberapa {parts} hampir sama", "{name}: several {parts} are about the same"),
                     name=named(sight), parts=sight.level_name)  # fmt: skip
    else:
        title = both(Text("{name}: terlalu sedikit di setiap {parts}", "{name}: too few in each of the {parts}"),
                     name=named(sight), parts=sight.level_name)  # fmt: skip
    return Finding(title, (both(TELL, when=sight.when(), now=_counted(sight, cells)), *_why(sight, now)))


def most_in(says: Text) -> Callable[[Sight], Finding]:
    """Which category has most: ``{names}`` of the title, ``{lower}`` where the words stand within the sentence."""

    def find(sight: Sight) -> Finding:
        cells = {category: sight.cell(category=category) for category in sight.parts}
        found, shown = top(cells), [name for name in cells if cells[name].shown]
        if found is None:
            nothing = Text("terlalu sedikit untuk ditampilkan", "too few to be shown")
            return Finding(both(TITLE, name=named(sight), now=nothing), tuple(_why(sight, *cells.values())))
        shown.sort(key=lambda name: -(cells[name].value or 0))
        numbers = both(TELL, when=sight.when(), now=listed([_with_number(sight, name) for name in shown[:NAMED]]))
        if len(found.names) > NAMED or len(found.names) == len(cells) > 1:
            return Finding(both(TITLE, name=named(sight), now=SEVERAL), (numbers,))
        names = listed([sight.word(name) for name in found.names])
        title = both(says, names=names, lower=Text(*(name.lower() for name in names)))
        return Finding(_of_those_shown(_here(sight, title), found.sure), (numbers,))

    return find


def share_of(*categories: str, says: Text) -> Callable[[Sight], Finding]:
    """Which part of all some categories are: ``{share}`` of the title. Where one is hidden nothing is said of it."""

    def find(sight: Sight) -> Finding:
        cells, whole = [sight.cell(category=one) for one in categories], sight.cell(category=ALL)
        numbers = listed([_with_number(sight, one) for one in categories])
        line = both(Text("{when}: {now}, dari {all}.", "{when}: {now}, of {all}."),
                    when=sight.when(), now=numbers, all=sight.says(whole))  # fmt: skip
        if not whole.value or not all(cell.shown for cell in cells):
            return Finding(both(TITLE, name=named(sight), now=sight.says(whole)), (line, *_why(sight, *cells, whole)))
        share = percent(round(100 * sum(cell.value or 0 for cell in cells) / whole.value))
        return Finding(both(says, share=share), (line,))

    return find


def together(says: Text) -> Callable[[Sight], Finding]:
    """Two measures of one place in one sentence: ``{one}`` and ``{two}`` of the title."""

    def find(sight: Sight) -> Finding:
        measures = (sight.figure.measure, *sight.figure.further)
        now, before = ([sight.cell(back=back, measure=one) for one in measures] for back in (0, 1))
        one, two = map(sight.says, now)
        title = _here(sight, both(says, one=one, two=two))
        if not all(cell.shown for cell in now):
            title = both(TITLE, name=named(sight), now=one)
        former = listed([sight.says(cell) for cell in before])
        span = SPANS[sight.about.step].before
        line = both(WITH_BEFORE, when=sight.when(), now=listed([one, two]), b=span, x=former)
        return Finding(title, (line, *_why(sight, *now)))

    return find


def peak(sight: Sight) -> Finding:
    """When it was highest of late, and how much it is now."""
    days = {period: sight.reading.at(sight.place.code, period, sight.category) for period in sight.periods}
    found, now = top(days), sight.cell()
    said = [both(TELL, when=sight.when(), now=sight.says(now))]
    title = both(TITLE, name=named(sight), now=sight.says(now))
    if found and found.sure and len(found.names) == 1:
        said.append(both(OF_LATE, count=Text(str(len(days)), str(len(days)))))
        title = both(
            Text("{name} memuncak {when}: {most}", "{name} peaked {when} at {most}"),
            name=named(sight), most=sight.words.bare(days[found.names[0]].value or 0),
            when=on(found.names[0], sight.about.step),
        )  # fmt: skip
    return Finding(title, (*said, *_why(sight, now)))


def named(sight: Sight) -> Text:
    """The name of what is counted, of the category and the part of the city where it is one."""
    name = sight.figure.name
    if sight.figure.split != "categories" and sight.category not in ("", ALL):
        name = both(Text("{name} ({of})", "{name} ({of})"), name=name, of=sight.word(sight.category))
    return _here(sight, name)


def parts(sight: Sight) -> dict[str, Cell]:
    """The newest cells of the areas that are compared, by name; names that stand for two areas are told apart."""
    codes = sight.reading.areas(sight.level)
    names = [sight.name(code) for code in codes]
    return {
        f"{name} ({sight.name(code[:8])})" if names.count(name) > 1 else name: sight.cell(code)
        for code, name in zip(codes, names, strict=True)
    }


def per_people(sight: Sight) -> Text | None:
    """How the place stands beside the city, for its people."""
    reading = sight.rate or sight.reading
    if reading.unit.per_people is None:
        return None
    own, whole = (sight.cell(code, measure=reading.column.key) for code in (sight.place.code, sight.city.code))
    found = beside(own, whole, CITYS)
    if found is None or reading is sight.reading:  # the name of a rate says already for how many people it is
        return found
    return both(NAME_AND_NUMBER, name=reading.unit.value, number=found)


def _second(sight: Sight) -> Text | None:
    if sight.in_city:
        return highest(parts(sight), sight.figure.most) if sight.level != "city" else None
    return per_people(sight)


def _plainly(sight: Sight, before: Cell, now: Cell) -> list[Text]:
    """Both numbers with their periods; for its people also those of the areas around."""
    if before is NOTHING:
        said = both(TELL, when=sight.when(), now=sight.says(now))
    else:
        span = SPANS[sight.about.step].before
        said = both(WITH_BEFORE, when=sight.when(), now=sight.says(now), b=span, x=sight.says(before))
    return [said] if sight.in_city or not sight.rate else [said, _rates(sight, sight.rate)]


def _rates(sight: Sight, rate: Reading) -> Text:
    """The place beside its kecamatan and the city, for their people."""
    unit = rate.unit
    cells = [(place, sight.cell(place.code, measure=rate.column.key)) for place in sight.shown_around]
    said = [
        both(NAME_AND_NUMBER, name=Text(place.name, place.name),
             number=told(cell, lambda value: plain(value, unit), counted=False))
        for place, cell in cells
    ]  # fmt: skip
    title = Text(*(word[:1].upper() + word[1:] for word in unit.value))
    return both(Text("{title}: {said}.", "{title}: {said}."), title=title, said=listed(said))


def _counted(sight: Sight, cells: dict[str, Cell]) -> Text:
    """Of how many areas there is a number."""
    shown = sum(cell.shown for cell in cells.values())
    return both(
        Text("{shown} dari {all} {parts} dapat ditampilkan", "{shown} of {all} {parts} can be shown"),
        shown=Text(str(shown), str(shown)), all=Text(str(len(cells)), str(len(cells))), parts=sight.level_name,
    )  # fmt: skip


def _with_number(sight: Sight, category: str) -> Text:
    return both(NAME_AND_NUMBER, name=sight.word(category), number=sight.says(sight.cell(category=category)))


def _here(sight: Sight, said: Text) -> Text:
    """Of which part of the city it is said."""
    return said if sight.in_city else Text(f"{said.id} di {sight.place.name}", f"{said.en} in {sight.place.name}")


def _of_those_shown(said: Text, sure: bool) -> Text:
    return said if sure else Text(f"{said.id} (dari yang tampil)", f"{said.en} (of those shown)")


def _why(sight: Sight, *cells: Cell) -> list[Text]:
    return why(cells, sight.words.counted)
