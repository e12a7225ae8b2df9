"""Invented people: names, and identifiers of the right shape. None of them exists."""

import numpy as np
from numpy.typing import NDArray

from simulator.seasons import Days, Ints

Words = NDArray[np.str_]

_GIVEN = (
    "Agus Ahmad Andi Anisa Ari Ayu Bambang Budi Citra Dedi Desi Dewi Dian Dwi Eka Endang Fajar Fitri Hadi Hendra "
    "Heni Ika Indah Irfan Joko Kartika Lestari Linda Made Maya Mega Muhammad Nanda Nur Putri Rahmat Ratna Rina Rini "
    "Rizki Rudi Sari Siti Slamet Sri Sulastri Suryani Taufik Tri Wahyu Wati Yanti Yudi Yulia Yusuf Zainal"
)
_FAMILY = (
    "Abdullah Anggraini Arifin Astuti Fauzi Firmansyah Gunawan Hakim Handayani Hartono Hasan Hidayat Ismail Iskandar "
    "Kurniawan Kusuma Lubis Mahendra Maulana Nasution Nugroho Oktaviani Permata Pradana Prasetyo Pratama Purnomo "
    "Puspita Rahayu Rahman Ramadhan Saputra Setiawan Sihombing Simanjuntak Siregar Suharto Sulaiman Susanto Syahputra "
    "Utami Utomo Wibowo Widodo Wijaya Winarno Wulandari Yulianto"
)
GIVEN, FAMILY = np.array(_GIVEN.split()), np.array(_FAMILY.split())
STREETS = np.array(
    [
        "Jl. Merdeka",
        "Jl. Diponegoro",
        "Jl. Melati",
        "Jl. Kenanga",
        "Jl. Pahlawan",
        "Jl. Mawar",
        "Gg. Damai",
        "Gg. Rukun",
    ]
)


def names(rng: np.random.Generator, size: int) -> Words:
    given, family = rng.choice(GIVEN, size), rng.choice(FAMILY, size)
    return np.char.add(np.char.add(given, " "), family)


def addresses(rng: np.random.Generator, size: int) -> Words:
    numbers = rng.integers(1, 180, size).astype(str)
    return np.char.add(np.char.add(rng.choice(STREETS, size), " No. "), numbers)


def phones(rng: np.random.Generator, size: int) -> Words:
    return np.char.add("0812", digits(rng.integers(0, 10**8, size), 8))


def digits(numbers: Ints, width: int) -> Words:
    """Numbers as text of a fixed width."""
    return np.char.zfill(numbers.astype(np.int64).astype(str), width)


def birthdays(rng: np.random.Generator, size: int, youngest: str, oldest: str) -> Days:
    first, last = np.datetime64(oldest).astype(np.int64), np.datetime64(youngest).astype(np.int64)
    return rng.integers(first, last, size).astype("datetime64[D]")


def _parts(days: Days) -> tuple[Ints, Ints, Ints]:
    months = days.astype("datetime64[M]")
    year = days.astype("datetime64[Y]").astype(np.int64) + 1970
    return year, months.astype(np.int64) % 12 + 1, (days - months).astype(np.int64) + 1


def nik(area: Words, born: Days, female: NDArray[np.bool_], serial: Ints) -> Words:
    """16 digits: area, birth as DDMMYY (a woman's day + 40), serial of four."""
    year, month, day = _parts(born)
    birth = np.char.add(np.char.add(digits(day + 40 * female, 2), digits(month, 2)), digits(year % 100, 2))
    return np.char.add(np.char.add(area, birth), digits(serial % 9_999 + 1, 4))


def nip(rng: np.random.Generator, size: int) -> Words:
    """18 digits: birth, appointment 22–35 years later, sex, serial of three; all different."""
    born = birthdays(rng, size, "2001-01-01", "1967-01-01")
    year, month, day = _parts(born)
    appointed = np.minimum(year + rng.integers(22, 35, size), 2025)
    birth = np.char.add(np.char.add(digits(year, 4), digits(month, 2)), digits(day, 2))
    office = np.char.add(digits(appointed, 4), digits(rng.integers(1, 13, size), 2))
    return np.char.add(np.char.add(birth, office), np.char.add(digits(rng.integers(1, 3, size), 1), _serial(birth)))


def nik_of_servants(code: str, nips: Words) -> Words:
    """The NIK beside each NIP, with the same birth and sex; registered in a kecamatan that no city has."""
    born = np.array([f"{nip[:4]}-{nip[4:6]}-{nip[6:8]}" for nip in nips], dtype="datetime64[D]")
    female = np.array([nip[14] == "2" for nip in nips])
    return nik(np.full(len(nips), code.replace(".", "") + "90"), born, female, np.arange(len(nips)))


def nik_of_owners(rng: np.random.Generator, code: str, size: int) -> Words:
    """NIKs of shop owners, registered in another kecamatan that no city has."""
    born = birthdays(rng, size, "2000-01-01", "1960-01-01")
    return nik(np.full(size, code.replace(".", "") + "91"), born, rng.random(size) < 0.5, np.arange(size))


def _serial(birth: Words) -> Words:
    """001, 002, … among those born on the same day."""
    order = np.argsort(birth, kind="stable")
    ranked = birth[order]
    first = np.r_[True, ranked[1:] != ranked[:-1]]
    starts = np.maximum.accumulate(np.where(first, np.arange(len(birth)), 0))
    rank = np.empty(len(birth), np.int64)
    rank[order] = np.arange(len(birth)) - starts + 1
    return digits(rank, 3)
