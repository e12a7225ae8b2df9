"""What may be asked: each parameter declared once. What reads it says its schema: the OpenAPI cannot say otherwise."""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Protocol

from werkzeug.datastructures import MultiDict

from dashboard.public.api.problems import LANGUAGES, Problem
from dashboard.public.package import AREA_CODE
from etl.text import Text

MOST_ROWS, USUAL_ROWS, FURTHEST = 5000, 1000, 100_000_000
Schema = dict[str, Any]
NAME = Text("harus nama yang ada di sini", "must be a name that is known here")


class Unfit(Exception):
    """A value is not of the form that it must have."""

    def __init__(self, says: Text, possible: tuple[str, ...] = ()) -> None:
        super().__init__(says.en)
        self.says, self.possible = says, possible


class Form(Protocol):
    """What a value looks like."""

    @property
    def schema(self) -> Schema: ...
    def read(self, said: str) -> Any: ...


@dataclass(frozen=True)
class Whole:
    """A whole number."""

    least: int
    most: int

    @property
    def schema(self) -> Schema:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}

    def read(self, said: str) -> int:
        value = int(said) if re.fullmatch(r"[0-9]{1,12}", said) else -1
        if not self.least <= value <= self.most:
            raise Unfit(
                Text(
                    f"harus bilangan bulat dari {self.least} sampai {self.most}",
                    f"must be a whole number from {self.least} to {self.most}",
                )
            )
        return value


@dataclass(frozen=True)
class OneOf:
    """One of a few words."""

    words: tuple[str, ...]

    @property
    def schema(self) -> Schema:
        return {"type": "string", "enum": list(self.words)}

    def read(self, said: str) -> str:
        if said not in self.words:
            raise Unfit(Text("harus salah satu dari yang mungkin", "must be one of what is possible"), self.words)
        return said


@dataclass(frozen=True)
class Shaped:
    """A text of some shape; what it names is looked for later."""

    pattern: str
    says: Text

    @property
    def schema(self) -> Schema:
        return {"type": "string", "pattern": f"^(?:{self.pattern})$"}

    def read(self, said: str) -> str:
        if not re.fullmatch(self.pattern, said):
            raise Unfit(self.says)
        return said


@dataclass(frozen=True)
class Anything:
    """A text that is looked for among what there is."""

    most: int = 100

    @property
    def schema(self) -> Schema:
        return {"type": "string", "minLength": 1, "maxLength": self.most}

    def read(self, said: str) -> str:
        if not 1 <= len(said) <= self.most:
            raise Unfit(Text(f"harus 1 sampai {self.most} huruf", f"must have 1 to {self.most} characters"))
        return said


MONTH = r"(?:19|20|21)[0-9]{2}-(?:0[1-9]|1[0-2])"
DAY = MONTH + r"-(?:0[1-9]|[12][0-9]|3[01])"
CLOCK = r"T(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,6})?)?(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])?"


@dataclass(frozen=True)
class Day:
    """A day or a month; ``last`` takes the last day of a month, else the first."""

    last: bool = False

    @property
    def schema(self) -> Schema:
        return {"type": "string", "pattern": f"^(?:{MONTH}|{DAY})$"}

    def read(self, said: str) -> dt.date:
        if re.fullmatch(MONTH, said):
            first = _day(f"{said}-01")
            return (first + dt.timedelta(31)).replace(day=1) - dt.timedelta(1) if self.last else first
        return _day(said)


def _day(said: str) -> dt.date:
    try:
        if re.fullmatch(DAY, said):
            return dt.date.fromisoformat(said)
    except ValueError:
        pass
    raise Unfit(Text("harus hari yang ada, misalnya 2026-11-20", "must be a day that exists, such as 2026-11-20"))


@dataclass(frozen=True)
class Moment:
    """A day, or a moment of ISO 8601; one without a zone is of the city's."""

    @property
    def schema(self) -> Schema:
        return {"type": "string", "pattern": f"^{DAY}(?:{CLOCK})?$"}

    def read(self, said: str) -> dt.date | dt.datetime:
        repaired = said.replace(" ", "+")  # an address in which the plus was not written as %2B
        try:
            if re.fullmatch(DAY + CLOCK, repaired):
                return dt.datetime.fromisoformat(repaired)
        except ValueError:
            pass
        return _day(said)


@dataclass(frozen=True)
class Parameter:
    """One thing that may be asked. ``many`` may be said several times; ``joined``, also with commas between."""

    name: str
    says: Text
    form: Form
    many: bool = False
    joined: bool = False
    usual: Any = None

    def read(self, said: list[str]) -> Any:
        """The value, or the usual one; of many, a tuple. Raises Problem."""
        if not said:
            return () if self.many else self.usual
        if len(said) > 1 and not self.many:
            raise Problem(400, Text("hanya boleh disebut sekali", "may be said only once"), self.name)
        each = [part for one in said for part in one.split(",")] if self.joined else said
        try:
            values = [self.form.read(one) for one in each]
        except Unfit as unfit:
            raise Problem(400, unfit.says, self.name, unfit.possible) from unfit
        return tuple(dict.fromkeys(values)) if self.many else values[0]


def read(parameters: Sequence[Parameter], args: MultiDict[str, str]) -> dict[str, Any]:
    """Every parameter by its name. Raises Problem for one that is wrong, and for whatever is none of them."""
    known = tuple(one.name for one in parameters)
    for name in args:
        if name not in known:
            raise Problem(400, _unknown(name, known), "", known)
    return {one.name: one.read(args.getlist(one.name)) for one in parameters}


def _unknown(name: str, known: tuple[str, ...]) -> Text:
    """A misspelt name is answered by the one that was meant, never by itself: it may be anything."""
    meant = get_close_matches(name[:40].lower(), known, 1, 0.6)
    if not meant:
        return Text("Ada parameter yang tidak dikenal di sini", "There is a parameter that is not known here")
    return Text(f"Mungkin maksudnya: {meant[0]}", f"Perhaps you meant: {meant[0]}")


def page() -> tuple[Parameter, Parameter]:
    """How many, and from where on."""
    return (
        Parameter(
            "limit", Text("Paling banyak sekian baris", "At most so many rows"), Whole(1, MOST_ROWS), usual=USUAL_ROWS
        ),
        Parameter("offset", Text("Lewati sekian baris", "Skip so many rows"), Whole(0, FURTHEST), usual=0),
    )


LANGUAGE = Parameter(
    "bahasa",
    Text("Bahasa kalimat kesalahan dan uraian", "Language of errors and descriptions"),
    OneOf(LANGUAGES),
)
RELEASE = Parameter("release", Text("Nomor rilis", "Number of a release"), Whole(1, 999_999))
AS_OF = Parameter(
    "as_of",
    Text(
        "Hari atau saat: rilis yang berlaku waktu itu. Hari berarti akhir hari itu di kota.",
        "A day or a moment: the release that was in force then. A day means its end in the city.",
    ),
    Moment(),
)
CITY = Parameter("city", Text("Kota", "City"), Shaped(r"[a-z][a-z0-9_]{0,63}", NAME))
NUMBER = Parameter("number", Text("Nomor rilis", "Number of a release"), Whole(1, 999_999))
TABLE = Parameter("table", Text("Nama tabel", "Name of a table"), Shaped(r"[a-z][a-z0-9_]{0,63}", NAME))
OF_TABLE = Parameter("table", Text("Hanya tabel ini", "This table only"), TABLE.form)
AREA = Parameter(
    "area",
    Text("Kode Kemendagri wilayah", "Kemendagri codes of areas"),
    Shaped(
        AREA_CODE,
        Text(
            "harus kode Kemendagri: 64.72, 64.72.05, 64.72.05.1004",
            "must be a Kemendagri code: 64.72, 64.72.05, 64.72.05.1004",
        ),
    ),
    many=True,
    joined=True,
)
LEVEL = Parameter(
    "level",
    Text("Tingkat wilayah; kelurahan termasuk desa", "Level of areas; kelurahan includes desa"),
    OneOf(("city", "kecamatan", "kelurahan")),
)
SINCE = Parameter(
    "since", Text("Periode yang mulai pada hari ini atau sesudahnya", "Periods that begin on this day or later"), Day()
)
UNTIL = Parameter(
    "until",
    Text("Periode yang mulai pada hari ini atau sebelumnya", "Periods that begin on this day or earlier"),
    Day(last=True),
)
COLUMNS = Parameter(
    "columns",
    Text(
        "Kolom yang diminta; tanda sebuah angka selalu ikut", "Columns to tell; the flag of a number always comes along"
    ),
    Shaped(r"[a-z][a-z0-9_]{0,63}", NAME),
    many=True,
    joined=True,
)
FORMAT = Parameter(
    "format",
    Text("Bentuk jawaban; tanpa ini menurut Accept", "Form of the answer; else by Accept"),
    OneOf(("json", "csv")),
)
