"""A city is a folder; what is wrong in it is refused by file and key."""

import shutil
from pathlib import Path

import pytest

from etl.areas import Level, area_book
from etl.cities import TARGETS, City, all_cities, cities_root, load_city, read_settings, settings, sources
from etl.errors import CityError

SHIPPED = {
    "banyumas": ("33.02", "Asia/Jakarta", 27, 30, 301, 1_868_446),
    "samarinda": ("64.72", "Asia/Makassar", 10, 59, 0, 881_225),
    "surabaya": ("35.78", "Asia/Jakarta", 31, 153, 0, 3_018_022),
}


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """A root of cities of our own, with one copied city in it."""
    shutil.copytree(cities_root() / "samarinda", tmp_path / "samarinda")
    return tmp_path


def edit(folders: Path, name: str, old: str, new: str) -> None:
    path = folders / "samarinda" / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_three_cities_are_there():
    found = {city.slug: (city.code, city.zone) for city in all_cities()}
    assert found.items() >= {slug: known[:2] for slug, known in SHIPPED.items()}.items()


@pytest.mark.parametrize("slug", SHIPPED)
def test_the_areas_of_a_city_are_complete(slug: str):
    book = area_book(load_city(slug))
    _, _, kecamatan, kelurahan, desa, population = SHIPPED[slug]
    counts = {level: sum(area.level is level for area in book) for level in Level}
    assert counts == {"city": 1, "kecamatan": kecamatan, "kelurahan": kelurahan, "desa": desa}
    assert book[book.city.code].population == population
    assert all(area.population for area in book.at("kecamatan"))


def test_the_population_of_samarinda_adds_up():
    book = area_book(load_city("samarinda"))
    for parent in (book["64.72"], *book.at("kecamatan")):
        assert parent.population == sum(area.population for area in book.children(parent.code))


@pytest.mark.parametrize("slug", SHIPPED)
def test_every_figure_of_population_has_year_and_source(slug: str):
    for area in area_book(load_city(slug)):
        known = area.population is not None
        assert known == (area.population_year is not None) == bool(area.population_source)


@pytest.mark.parametrize("slug", SHIPPED)
def test_a_village_code_tells_kelurahan_from_desa(slug: str):
    for area in area_book(load_city(slug)).at("kelurahan"):
        assert area.code[9] == {Level.KELURAHAN: "1", Level.DESA: "2"}[area.level]


def test_sources_bring_the_areas_of_their_own_folder(folders: Path):
    for path in (folders / "samarinda" / "sources").glob("*.toml"):
        if path.stem != "areas":
            path.unlink()
    (source,) = sources(load_city("samarinda", folders), {})
    assert (source.city, source.name, source.dataset) == ("samarinda", "areas", "areas")
    assert source.reader.path == str(folders / "samarinda")


def test_another_root_is_taken_from_the_environment(folders: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PANTAU_CITIES", str(folders))
    (city,) = all_cities()
    assert isinstance(city, City) and city.folder == folders / "samarinda"


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('zone = "Asia/Makassar"', 'zone = "Asia/Mekasar"', "Asia/Mekasar"),
        ('zone = "Asia/Makassar"', 'zon = "Asia/Makassar"', "zon"),
        ('code = "64.72"', "code = 64.72", "code"),
        ('code = "64.72"', 'code = "6472"', "6472"),
        ("digital_share", "digital_shares", "digital_shares"),
        ("lat = ", "latitude = ", "centre"),
        ('provider = "letters"', 'provider = "leters"', "leters"),
        ('provider = "letters"', "", "provider"),
        ("[centre]", "[centre", "line"),
    ],
)
def test_a_wrong_key_or_value_is_named(folders: Path, old: str, new: str, named: str):
    edit(folders, "city.toml", old, new)
    with pytest.raises(CityError, match=r"city\.toml") as refused:
        load_city("samarinda", folders)
    assert named in str(refused.value)


@pytest.mark.parametrize("slug", ["atlantis", "../samarinda", "", "Samarinda"])
def test_an_unknown_city_is_refused_with_those_that_exist(folders: Path, slug: str):
    with pytest.raises(CityError, match="samarinda"):
        load_city(slug, folders)


def test_two_folders_cannot_be_one_city(folders: Path):
    shutil.copytree(folders / "samarinda", folders / "twin")
    with pytest.raises(CityError, match=r"64\.72"):
        all_cities(folders)


def test_no_city_at_all_is_refused(tmp_path: Path):
    with pytest.raises(CityError, match=r"city\.toml"):
        all_cities(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("64.72.01.1002", "64.72.01.1001", r"twice: 64\.72\.01\.1001"),
        ("64.72.01.1001,kelurahan", "64.72.99.1001,kelurahan", r"64\.72\.99\.1001"),
        ("64.72.01.1001,kelurahan", "64.72.01.1001,dusun", "dusun"),
        (",24825,", ",24.825,", "24.825"),
        ("Handil Bakti", "RAWA MAKMUR", "RAWA MAKMUR"),
        ("parent_code", "parent", "parent_code"),
    ],
)
def test_a_list_of_areas_that_contradicts_itself_is_refused(folders: Path, old: str, new: str, named: str):
    edit(folders, "areas.csv", old, new)
    with pytest.raises(CityError, match=named):
        area_book(load_city("samarinda", folders))


def test_an_alias_of_an_unknown_area_is_refused(folders: Path):
    edit(folders, "aliases.csv", "64.72.02.1001", "64.72.02.1999")
    with pytest.raises(CityError, match=r"Sei Keledang.*64\.72\.02\.1999"):
        area_book(load_city("samarinda", folders))


def test_settings_come_from_the_state_and_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "settings.env").write_text("# simulator\n\nSHOP_URL = http://a/?x=1\nSHOP_KEY=old\n", encoding="utf-8")
    monkeypatch.setenv("PANTAU_STATE", str(tmp_path))
    monkeypatch.setenv("SHOP_KEY", "new")
    found = settings()
    assert (found["SHOP_URL"], found["SHOP_KEY"]) == ("http://a/?x=1", "new")


def test_a_settings_file_with_a_stray_line_is_refused(tmp_path: Path):
    path = tmp_path / "settings.env"
    path.write_text("A=1\nnonsense\n", encoding="utf-8")
    with pytest.raises(CityError, match="2"):
        read_settings(path)


def test_every_target_is_documented():
    documented = (Path(__file__).parents[1] / "docs" / "cities.md").read_text(encoding="utf-8")
    assert [name for name in TARGETS if f"| `{name}` |" not in documented] == []


@pytest.mark.parametrize("slug", SHIPPED)
def test_a_city_sets_only_targets_that_are_above_nothing(slug: str):
    assert all(value > 0 for value in load_city(slug).targets.values())
