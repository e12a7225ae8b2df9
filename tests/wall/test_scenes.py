"""Scene files: every one that is shipped can be shown; what is wrong in one is told by file and key."""

import shutil
from pathlib import Path

import pytest

from dashboard.wall.scene import BUILT_IN, MOST_CHARTS, SceneError, read_scene, repertoire, scene_files
from etl.cities import all_cities, load_city

CITIES = {city.slug: city for city in all_cities()}
GOOD = (BUILT_IN / "kota.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(("slug", "scene"), [(s, f) for s, c in CITIES.items() for f in scene_files(c)])
def test_every_scene_can_be_read(slug: str, scene: str) -> None:
    read = read_scene(scene_files(CITIES[slug])[scene])
    assert read.question.id.endswith("?") and read.question.en.endswith("?")
    assert 1 <= sum(panel.kind != "tile" for panel in read.panels) <= MOST_CHARTS


@pytest.mark.parametrize("slug", CITIES)
def test_a_city_shows_what_it_has_data_for_and_says_why_not_the_rest(slug: str) -> None:
    there = repertoire(CITIES[slug])
    assert there.scenes.keys() | there.left_out.keys() == scene_files(CITIES[slug]).keys()
    assert {"kota", "112", "aplikasi"} <= there.scenes.keys()
    assert all("belum punya data" in why.id for why in there.left_out.values())


def test_the_first_city_shows_all_eight() -> None:
    assert list(repertoire(CITIES["samarinda"]).scenes) == [
        "kota", "112", "pasar", "corona", "bansos", "layanan", "rencana", "aplikasi",
    ]  # fmt: skip


def test_a_city_writes_its_own_without_code(tmp_path: Path) -> None:
    shutil.copytree(CITIES["samarinda"].folder, tmp_path / "samarinda")
    own = tmp_path / "samarinda" / "scenes"
    own.mkdir()
    (own / "banjir.toml").write_text(GOOD.replace("Kota hari ini", "Banjir"), encoding="utf-8")
    (own / "kota.toml").write_text(GOOD.replace("Kota hari ini", "Kota kami"), encoding="utf-8")
    (own / "rusak.toml").write_text("title = 1", encoding="utf-8")
    there = repertoire(load_city("samarinda", tmp_path))
    assert (there.scenes["banjir"].title.id, there.scenes["kota"].title.id) == ("Banjir", "Kota kami")
    assert "rusak.toml" in there.left_out["rusak"].id and "112" in there.scenes


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            'indicator = "emergencies"',
            'indicator = "emergency"',
            "panels[1].indicator: tidak ada indikator 'emergency'",
        ),
        ('show = "tile"', 'show = "tyle"', "panels[1].show: 'tyle'"),
        ("seconds = 45", "seconds = 1", "seconds: 5–3600"),
        ("seconds = 45", 'seconds = "long"', "$.seconds"),
        ("order = 1", 'period = "selamanya"', "period: 'selamanya'"),
        ("order = 1", "colour = 1", "unknown field `colour`"),
        ("[[panels]]", "[[panels", "rusak.toml"),
        ('show = "map"', 'show = "bars"\nby = "warna"', "by: tidak ada 'warna'"),
        ('show = "map"', 'show = "beside"\nothers = ["none"]', "others: tidak ada indikator 'none'"),
        ('show = "map"', 'show = "state"\nstate = "gone"', "state: 'gone'"),
        ('indicator = "answered_20s"', 'indicator = "emergencies"', "dua bernama | two are called 'emergencies'"),
    ],
)
def test_what_is_wrong_is_told_by_file_and_key(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in GOOD
    path = tmp_path / "rusak.toml"
    path.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SceneError) as error:
        read_scene(path)
    assert "rusak.toml" in str(error.value) and told in str(error.value)


def test_more_charts_than_can_be_taken_in_at_a_glance_are_refused(tmp_path: Path) -> None:
    more = "".join(f'\n[[panels]]\nshow = "heat"\nname = "h{n}"\nindicator = "calls"\n' for n in range(MOST_CHARTS))
    path = tmp_path / "penuh.toml"
    path.write_text(GOOD + more, encoding="utf-8")
    with pytest.raises(SceneError, match="grafik"):
        read_scene(path)
