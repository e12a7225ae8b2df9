"""A city is a folder: ``cities/<slug>/`` with ``city.toml``, areas, boundaries and sources. No city is code."""

import datetime as dt
import os
import re
import tomllib
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from etl.access import Declared
from etl.aid_letters import PROVIDERS, AidCheck
from etl.catalogue import contracts
from etl.errors import CityError
from etl.source import Source, load_source
from etl.text import Text
from runner.state import state_dir

SLUG = re.compile(r"[a-z][a-z0-9_]*")
CODE = re.compile(r"\d{2}\.\d{2}")

TARGETS = {
    "emergency_arrival_min": Text(
        "Menit dari panggilan darurat sampai unit tiba", "Minutes from an emergency call to the arrival of a unit"
    ),
    "digital_share": Text("Persen layanan yang dilayani secara digital", "Per cent of services given digitally"),
    "complaint_days": Text(
        "Hari dari pengaduan masuk sampai ditutup", "Days from a complaint to the day that it is closed"
    ),
    "asn_monthly_orders": Text(
        "Pesanan lunas per bulan yang diwajibkan kepada tiap ASN", "Paid orders a month that each civil servant owes"
    ),
    "asn_monthly_idr": Text(
        "Rupiah per bulan yang diwajibkan kepada tiap ASN", "Rupiah a month that each civil servant owes"
    ),
    "merchant_monthly_cap_idr": Text(
        "Omzet per bulan, dalam rupiah, yang mengeluarkan pedagang dari pasar daring",
        "Monthly turnover in rupiah above which a merchant drops out of the marketplace",
    ),
}
"""Every target that a city may set, with its meaning and unit: a misspelt one is refused, not ignored."""

RAW_FILES, RAW_DAYS = "raw_files", 30  # how long deliveries are kept as they came
TRAIL, TRAIL_DAYS, LEAST_TRAIL_DAYS = "access_trail", 1826, 365  # Jejak akses; no city may forget sooner
OBJECTIONS, OBJECTION_DAYS = "objections", 365  # of the public, from when they came
NOTICES, NOTICE_DAYS = "notices", 365  # what was told to whom, from when it waited to be sent


class Centre(Declared, frozen=True):
    """Where a map of the city opens, in degrees (WGS84)."""

    lat: float
    lon: float


AtLeastOne = Annotated[int, msgspec.Meta(ge=1)]


class PurchaseChecks(Declared, frozen=True):
    """From where on the cross-checks of purchases look closer; what a city does not set stands here."""

    split_idr: AtLeastOne = 10_000_000  # Rp up to which a receipt is enough (Perpres 16/2018, art. 28)
    split_days: AtLeastOne = 3  # within which smaller orders of one agency at one shop reach it together
    bulk_orders: AtLeastOne = 8  # that one account pays within
    bulk_days: AtLeastOne = 3  # the last days of a month
    account_buyers: AtLeastOne = 4  # civil servants for whom one account pays; a household seldom has so many
    cancelled_hours: AtLeastOne = 24  # from payment to cancellation; sooner it is a buyer's second thought
    circular_orders: AtLeastOne = 2  # of each of two at the other's shop
    circular_days: AtLeastOne = 31  # between one's order and the other's
    staff_shop_orders: AtLeastOne = 5  # by the owner's agency and its staff
    staff_shop_percent: AtLeastOne = 30  # of the shop's sales in rupiah


class Releases(Declared, frozen=True):
    """How a city publishes."""

    at: dt.time = dt.time(6)  # the hour of the city's day
    licence: str = "CC BY 4.0"
    custodian: str = ""  # walidata (Perpres 39/2019): who answers for what is published


class Event(Declared, frozen=True):
    """An instruction or a campaign whose effect on an indicator is asked for (``dashboard.models.interrupted``)."""

    date: dt.date  # its first day
    title: tuple[str, str]  # Indonesian, English
    indicator: str  # its key

    def says(self) -> Text:
        return Text(*self.title)


class City(Declared, frozen=True):
    """One city as its ``city.toml`` says; ``slug`` and ``root`` are filled from where the folder lies."""

    code: str  # Kemendagri PP.KK
    name: str  # in full: "Kota Samarinda"
    short_name: str
    province: str
    zone: str  # IANA name
    language: str
    centre: Centre
    apps: tuple[str, ...] = ()  # the city's own applications, as it names them
    targets: dict[str, float] = msgspec.field(default_factory=dict)  # only what the city has published; see TARGETS
    retention: dict[str, int] = msgspec.field(default_factory=dict)  # days, by limit
    exclusive_aid: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)  # programme → never beside these
    purchase_checks: PurchaseChecks = PurchaseChecks()
    events: tuple[Event, ...] = ()
    release: Releases = Releases()
    aid_check: AidCheck | None = None  # who knows the codes of Cek bantuan saya; without it there is no such page
    order: int = 100  # where it stands among the cities of one installation; screens open with the first
    slug: str = ""
    root: str = ""

    def __str__(self) -> str:
        return self.slug

    @property
    def folder(self) -> Path:
        return Path(self.root) / self.slug

    def keeps(self, limit: str, days: int) -> int:
        """For how many days the city keeps what a limit names: its own number, or the usual one."""
        return self.retention.get(limit, days)

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    def clock(self, moment: dt.datetime) -> str:
        """Day and minute as the city's clocks show them."""
        return f"{moment.astimezone(self.tz):%F %R}"


def cities_root() -> Path:
    """The folder of all cities: ``PANTAU_CITIES`` or ``cities/`` of this checkout."""
    return Path(os.environ.get("PANTAU_CITIES") or Path(__file__).parent.parent / "cities").resolve()


def load_city(slug: str, root: Path | None = None) -> City:
    """Read one city folder.

    Raises CityError naming the file and the key when the folder, a key or a value is wrong.
    """
    root = root or cities_root()
    path = root / slug / "city.toml"
    if not SLUG.fullmatch(slug) or not path.is_file():
        known = ", ".join(sorted(path.parent.name for path in root.glob("*/city.toml")))
        raise CityError(f"{path}: kota {slug!r} tidak ada; yang ada: {known} | no city {slug!r}; there are: {known}")
    try:
        city = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), City)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise CityError(f"{path}: {error} → perbaiki berkas ini | correct this file") from error
    _check(city, path)
    return msgspec.structs.replace(city, slug=slug, root=str(root))


def _check(city: City, path: Path) -> None:
    if not CODE.fullmatch(city.code):
        raise CityError(f"{path}: code {city.code!r} bukan kode Kemendagri PP.KK | is not a Kemendagri code PP.KK")
    try:
        ZoneInfo(city.zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise CityError(f"{path}: zone {city.zone!r} tidak dikenal | is not a known zone → Asia/Jakarta") from error
    _refuse_unknown(path, "targets", city.targets, TARGETS)
    if city.aid_check:
        _refuse_unknown(path, "aid_check.provider", {city.aid_check.provider}, PROVIDERS)
    if short := sorted(name for name, days in city.retention.items() if days < 1):
        raise CityError(f"{path}: retention.{short[0]} paling sedikit 1 hari | must be at least 1 day")
    if city.keeps(TRAIL, TRAIL_DAYS) < LEAST_TRAIL_DAYS:
        least = f"{LEAST_TRAIL_DAYS} hari | must be at least {LEAST_TRAIL_DAYS} days"
        raise CityError(f"{path}: retention.{TRAIL} paling sedikit {least}")
    of_contracts = {limit.name for contract in contracts().values() for limit in contract.retention}
    _refuse_unknown(path, "retention", city.retention, of_contracts | {RAW_FILES, TRAIL, OBJECTIONS, NOTICES})


def _refuse_unknown(path: Path, where: str, said: Iterable[str], known: Iterable[str]) -> None:
    """A misspelt name is refused, not ignored."""
    if unknown := sorted(set(said) - set(known)):
        listed = ", ".join(sorted(known))
        raise CityError(
            f"{path}: {where}.{unknown[0]} tidak dikenal; yang ada: {listed} | is unknown; there are: {listed}"
        )


def all_cities(root: Path | None = None) -> tuple[City, ...]:
    """Every folder with a ``city.toml``, by its ``order`` and slug; screens open with the first.

    Raises CityError when one of them is wrong.
    """
    root = root or cities_root()
    found = (load_city(path.parent.name, root) for path in sorted(root.glob("*/city.toml")))
    cities = tuple(sorted(found, key=lambda city: city.order))
    if not cities:
        raise CityError(f"{root}: tidak ada kota | no city → cities/<slug>/city.toml")
    owners: dict[str, str] = {}
    for city in cities:
        if (other := owners.setdefault(city.code, city.slug)) != city.slug:
            raise CityError(f"{city.folder / 'city.toml'}: code {city.code} juga milik | is also of {other}")
    return cities


def source_files(city: City) -> tuple[Path, ...]:
    """The source files of a city, by name."""
    return tuple(sorted((city.folder / "sources").glob("*.toml")))


def datasets(city: City) -> set[str]:
    """What a city declares to have, whether or not its sources can be reached from here."""
    found = set()
    for path in source_files(city):
        with suppress(tomllib.TOMLDecodeError, UnicodeDecodeError):  # told by who loads it
            found.add(str(tomllib.loads(path.read_text(encoding="utf-8")).get("dataset")))
    return found


def sources(city: City, settings: dict[str, str] | None = None) -> tuple[Source, ...]:
    """Every source of a city, with ``${NAME}`` filled from the settings (by default ``settings()``).

    Raises CityError naming the file and the key of the first that is wrong.
    """
    filled = _settings() if settings is None else settings
    return tuple(load_source(path, city.slug, filled) for path in source_files(city))


def readable_sources(city: City, name: str | None = None) -> tuple[list[Source], list[CityError]]:
    """The sources of a city (or the one of this name) that can be read, and why the others cannot.

    One wrong file stops no other.
    """
    filled, good, wrong = _settings(), [], []
    for path in source_files(city):
        if name not in (None, path.stem):
            continue
        try:
            good.append(load_source(path, city.slug, filled))
        except CityError as error:
            wrong.append(error)
    return good, wrong


def settings() -> dict[str, str]:
    """What ``${NAME}`` in a source file is filled from: the environment over ``<state>/settings.env``."""
    return read_settings(state_dir() / "settings.env") | dict(os.environ)


_settings = settings  # ``sources`` has a parameter of that name


def read_settings(path: Path) -> dict[str, str]:
    """``NAME=value`` lines; empty lines and ``#`` comments are skipped; no file is no settings.

    Raises CityError naming the line that is none of these.
    """
    if not path.is_file():
        return {}
    found = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals:
            raise CityError(f"{path}: baris | line {number}: NAMA=nilai | NAME=value")
        found[name.strip()] = value.strip()
    return found
