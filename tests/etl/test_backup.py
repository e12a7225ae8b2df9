"""Back-ups: what comes back elsewhere is what was there, and nothing is ever overwritten or half made."""

import datetime as dt
import json
import os
import shutil
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from etl import backup, keys, sealing
from etl.__main__ import main
from etl.backup import DUMP, FILES, MANIFEST
from etl.errors import PantauError
from etl.warehouse import RUNS, TABLES, Role, engine
from runner import binaries
from tests.conftest import fresh_database
from tests.etl.conftest import forget_engines

pytestmark = pytest.mark.usefixtures("warehouse")
NIK = "6472010101800001"
NOW = dt.datetime(2026, 11, 27, 4, tzinfo=dt.UTC)


@dataclass
class Places:
    """Where an installation lies, where its back-ups go, where its keys go."""

    state: Path
    into: Path
    keys: Path


def at(state: Path, patch: pytest.MonkeyPatch) -> None:
    """Be an installation with this state folder; nothing is remembered of another one's keys."""
    patch.setenv("PANTAU_STATE", str(state))
    keys.secret.cache_clear()
    sealing._cipher.cache_clear()


@pytest.fixture(scope="module")
def places(warehouse: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    """A small installation with something of everything, backed up once."""
    root, of_run = tmp_path_factory.mktemp("backup"), Path(os.environ["PANTAU_STATE"])
    made = Places(root / "here", root / "backups", root / "keys")
    shutil.copytree(of_run / "keys", made.state / "keys")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PANTAU_PG_BIN", str(binaries.find(of_run / "postgres")))
        at(made.state, patch)
        fill(made.state)
        assert main(["backup", str(made.into), "--keys", str(made.keys)]) == 0
        yield made
        keys.secret.cache_clear()
        sealing._cipher.cache_clear()


def fill(state: Path) -> None:
    grant = {"city_code": "64.72", "grant_id": "B-1", "nik": NIK, "source": "uji", "known_from": NOW}
    table = TABLES["bansos_grants"]
    needed = {c.name: plain(c) for c in table.columns if not c.nullable and c.name not in grant}
    run = {"city_code": "64.72", "source": "uji", "dataset": "bansos_grants", "delivery": "d.csv", "received": 1}
    with engine(Role.OWNER).begin() as connection:
        connection.execute(table.insert().values({k: v for k, v in (needed | grant).items() if k in table.c}))
        connection.execute(RUNS.insert().values(run | {"loaded": 1, "started_at": NOW, "finished_at": NOW}))
    release = state / "releases" / "samarinda" / "0001"
    release.mkdir(parents=True)
    (release / "release.json").write_text("{}")
    (release.parent / "current").symlink_to("0001")
    raw = state / "raw" / "samarinda"
    raw.mkdir(parents=True, mode=0o700)
    (raw / "a.sealed").write_bytes(os.urandom(2000))
    os.link(raw / "a.sealed", raw / "b.sealed")
    (state / "settings.env").write_text("SANDI=rahasia\n")


def plain(column: sa.Column[object]) -> object:
    """A value that a column takes."""
    kind = column.type.python_type
    return {str: "1", int: 1, float: 1.0, bool: True, dt.date: NOW.date(), dt.datetime: NOW}.get(kind, 1)


@pytest.fixture
def elsewhere(places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Another machine: an empty database, an empty state folder."""
    with fresh_database() as url:
        monkeypatch.setenv("DATABASE_URL", url)
        at(tmp_path / "there", monkeypatch)
        yield tmp_path / "there"
        forget_engines()
        monkeypatch.undo()
        at(places.state, monkeypatch)


def backed(places: Places) -> Path:
    return next(path.parent for path in places.into.glob(f"*/{MANIFEST}"))


def test_everything_comes_back_and_its_seals_open(places: Places, elsewhere: Path) -> None:
    assert main(["restore", str(places.into), "--keys", str(places.keys)]) == 0
    with engine(Role.ETL).connect() as connection:
        assert connection.scalars(sa.select(TABLES["bansos_grants"].c.nik)).all() == [NIK]
        assert connection.execute(sa.select(RUNS.c.delivery, RUNS.c.loaded)).all() == [("d.csv", 1)]
    raw, was = elsewhere / "raw" / "samarinda", places.state / "raw" / "samarinda"
    assert [(raw / name).read_bytes() for name in ("a.sealed", "b.sealed")] == [(was / "a.sealed").read_bytes()] * 2
    assert raw.stat().st_mode & 0o777 == 0o700
    assert (elsewhere / "releases/samarinda/current").readlink() == Path("0001")
    assert (elsewhere / "settings.env").read_text() == "SANDI=rahasia\n"
    assert (elsewhere / "keys" / "vault.json").stat().st_mode & 0o077 == 0


def test_a_second_restore_overwrites_nothing(places: Places, elsewhere: Path) -> None:
    backup.restore(places.into, places.keys)
    with pytest.raises(PantauError, match=r"releases|raw"):
        backup.restore(places.into, places.keys)
    for name in ("releases", "raw"):
        shutil.rmtree(elsewhere / name)
    with pytest.raises(PantauError, match=r"127\.0\.0\.1.*overwrites nothing"):
        backup.restore(places.into, places.keys)


def test_without_its_keys_nothing_is_touched(places: Places, elsewhere: Path) -> None:
    with pytest.raises(PantauError, match=r"vault.*nothing was changed"):
        backup.restore(places.into)
    assert not (elsewhere / "raw").exists()
    with engine(Role.OWNER).connect() as connection:
        assert "warehouse" not in sa.inspect(connection).get_schema_names()


def test_another_key_is_no_key(places: Places, elsewhere: Path) -> None:
    (elsewhere / "keys").mkdir(parents=True, mode=0o700)
    (elsewhere / "keys" / "vault.json").write_text(json.dumps("ab" * 32))
    with pytest.raises(PantauError, match=r"vault \(≠\)"):
        backup.restore(places.into, places.keys)


@pytest.mark.parametrize("name", [DUMP, FILES])
def test_a_damaged_back_up_is_named(places: Places, elsewhere: Path, tmp_path: Path, name: str) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(backed(places), copy)
    content = (copy / name).read_bytes()
    (copy / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(PantauError, match=name):
        backup.restore(copy, places.keys)


def test_no_back_up_is_said(tmp_path: Path) -> None:
    with pytest.raises(PantauError, match="no back-up"):
        backup.restore(tmp_path)
    assert backup.newest(tmp_path / "nowhere") is None


@pytest.mark.usefixtures("places")
def test_nobody_is_named_in_a_back_up_and_no_key_is_in_it(places: Places) -> None:
    secrets = {json.loads(path.read_text()) for path in (places.state / "keys").glob("*.json")}
    with tarfile.open(backed(places) / FILES) as tar:
        names = tar.getnames()
    assert not [name for name in names if name.startswith(("keys", "settings", "postgres"))]
    for path in backed(places).iterdir():
        content = path.read_bytes()
        assert NIK.encode() not in content
        assert not [secret for secret in secrets if str(secret).encode() in content]


def test_keys_beside_what_they_open_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PantauError, match="apart"):
        backup.backup(tmp_path, tmp_path / "keys")


def test_what_is_left_of_a_failure_is_no_back_up(
    places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", os.environ["DATABASE_URL"].rsplit("/", 1)[0] + "/nowhere")
    with pytest.raises((PantauError, sa.exc.OperationalError)):
        backup.backup(tmp_path / "into")
    assert list((tmp_path / "into").iterdir()) == [] and backup.newest(tmp_path / "into") is None


def test_a_folder_that_cannot_be_written_is_named(places: Places, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(PantauError, match=r"file: .*choose a FOLDER"):
        backup.backup(tmp_path / "file")


def test_a_disk_that_is_full_is_named_and_nothing_half_stays(places: Places, small_disk: Path) -> None:
    with pytest.raises(PantauError, match=r"(no room|No space left).*make room"):
        backup.backup(small_disk)
    assert list(small_disk.iterdir()) == []


def test_only_so_many_are_kept(places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup, "_write", lambda folder: [(folder / name).touch() for name in (DUMP, FILES)])
    for year in ("2020", "2021", "2022"):
        shutil.copytree(backed(places), tmp_path / f"{year}-01-01T000000Z")
    made = backup.backup(tmp_path, keep=2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2022-01-01T000000Z", made.name]


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as tar:
        member = tarfile.TarInfo("raw/x")
        member.type, member.linkname = tarfile.SYMTYPE, "../../etc/passwd"
        tar.addfile(member)
    with pytest.raises(PantauError, match="raw/x"):
        backup._unpack(tmp_path / "a.tar.gz")
