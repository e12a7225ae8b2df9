"""Back-ups: the warehouse as ``pg_dump`` writes it, the state folder's files, and apart from them the keys.

A back-up is a folder named by its moment, whole or not there: it gets its name last. What it holds is sealed as it
was; without the keys, of which it knows only what tells them apart, it names nobody. A restore overwrites nothing.
"""

import contextlib
import datetime as dt
import errno
import hashlib
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import sqlalchemy as sa

from etl import declared, disk, keys, rotation
from etl.bundle import shelf
from etl.errors import PantauError, WarehouseDown
from etl.migrate import SCHEMAS, bring_up, make_roles
from etl.text import Text
from etl.warehouse import RUNS, Role, admin_url, engine
from runner import binaries
from runner.state import private, state_dir

UNFINISHED, MANIFEST, DUMP, FILES = "unfinished-", "manifest.json", "warehouse.dump", "state.tar.gz"
KEYS, SETTINGS = "keys", "settings.env"
# What moves on from the state folder into the warehouse is taken before the warehouse, else it could be in neither.
BEFORE, AFTER = ("inbox", "objections"), ("raw", "aid", "briefs", "boundaries", "releases")
OPENING = ("codes", "aid", "objections", "webhook")  # keys beside those that rotate, without which something is lost
ROOM = Text("kosongkan ruang di sana", "make room there")
HELP = Text("periksa dengan: python -m doctor", "look with: python -m doctor")
CHUNK = 1 << 20
OURS = 0o755  # others may read what they could read, and write nothing


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a back-up is."""

    made_at: dt.datetime
    schema: str  # the fingerprint of what the code declared that made it
    server: str  # the version of PostgreSQL
    runs: int  # lines of the ledger, counted before the dump: it has as many or more
    keys: dict[str, str]  # of each key that opens something what tells it apart, and nothing of itself
    files: dict[str, str]  # sha256


def backup(into: Path, keys_into: Path | None = None, keep: int = 0) -> Path:
    """Make a back-up in ``into``; the keys go to ``keys_into``, of the older ones only ``keep`` stay (0: all).

    Raises:
        WarehouseDown: the warehouse cannot be dumped.
        PantauError: the folder cannot be written.
    """
    _apart(into, keys_into)
    now = dt.datetime.now(dt.UTC)
    unfinished, done = into / f"{UNFINISHED}{os.getpid()}", into / f"{now:%Y-%m-%dT%H%M%SZ}"
    try:
        private(unfinished)
        runs, server = _ledger()
        _write(unfinished)
        files = {name: _sha256(unfinished / name) for name in (DUMP, FILES)}
        told = Manifest(
            made_at=now, schema=declared.fingerprint(), server=server, runs=runs, keys=_keys_here(), files=files
        )
        (unfinished / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(told)))
        if keys_into:
            _copy_keys(keys_into)
        unfinished.rename(done)
    except OSError as error:
        raise _cannot(into, error) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    for old in sorted(_whole(into))[:-keep] if keep else ():
        shutil.rmtree(old)
    return done


def newest(of: Path) -> Manifest | None:
    """What the newest whole back-up in a folder is; None when there is none."""
    there = sorted(_whole(of))
    return _manifest(there[-1]) if there else None


def restore(of: Path, keys_of: Path | None = None) -> Manifest:
    """Bring a back-up (or the newest in a folder of them) into an empty warehouse and an empty state folder.

    Raises:
        PantauError: the back-up is damaged, keys are missing or others, or something is there already.
        WarehouseDown: the warehouse does not take it.
    """
    chosen = of if (of / MANIFEST).exists() else max(_whole(of), default=None)
    if chosen is None:
        raise PantauError(f"tidak ada cadangan di {of} | there is no back-up in {of}")
    told = _manifest(chosen)
    if damaged := [name for name, digest in told.files.items() if _sha256(chosen / name) != digest]:
        listed = ", ".join(damaged)
        raise PantauError(f"cadangan {chosen} rusak: {listed} | the back-up {chosen} is damaged: {listed}")
    _require_keys(told, keys_of)
    _require_room()
    if keys_of:
        _bring_keys(keys_of)
    if not make_roles():
        raise _there_already(f"{admin_url().host}/{admin_url().database}")
    _run("pg_restore", "--no-owner", "--exit-on-error", f"--dbname={_address()}", str(chosen / DUMP))
    _unpack(chosen / FILES)
    bring_up()
    if _ledger()[0] < told.runs:
        raise WarehouseDown(f"buku besar tidak lengkap di {chosen} | the ledger in {chosen} is not whole")
    return told


# Writing


def _write(folder: Path) -> None:
    with tarfile.open(folder / FILES, "w:gz", compresslevel=1) as tar:
        for name in BEFORE:
            _add(tar, state_dir() / name, name)
        schemas = [f"--schema={name}" for name in SCHEMAS]
        _run("pg_dump", "--format=custom", "--no-owner", *schemas, f"--file={folder / DUMP}", f"--dbname={_address()}")
        for name in AFTER:
            _add(tar, _place(name), name)


def _place(name: str) -> Path:
    return shelf().root if name == "releases" else state_dir() / name


def _add(tar: tarfile.TarFile, path: Path, name: str) -> None:
    """Everything below a folder; what goes meanwhile was not to be kept."""
    if not path.is_dir():
        return
    for one in (path, *sorted(path.rglob("*"))):
        tar.inodes = {}  # type: ignore[attr-defined]  # each file whole, also where two names mean one
        with contextlib.suppress(FileNotFoundError):
            tar.add(one, f"{name}/{one.relative_to(path)}".removesuffix("/."), recursive=False)


def _ledger() -> tuple[int, str]:
    with engine(Role.OWNER).connect() as connection:
        version = connection.dialect.server_version_info or ()
        runs = connection.scalar(sa.select(sa.func.count()).select_from(RUNS))
    return int(runs or 0), ".".join(map(str, version))


def _run(program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs; the password goes by its environment, where no list of processes shows it."""
    folder = binaries.find(state_dir() / "postgres")
    found = folder / program if (folder / program).exists() else shutil.which(program)
    if found is None:
        raise WarehouseDown(f"{program} tidak ada; setel PANTAU_PG_BIN | no {program}; set PANTAU_PG_BIN")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    said = subprocess.run(
        [found, *arguments],
        env=clean | {"PGPASSWORD": str(admin_url().password or ""), "LC_ALL": "C"},
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if said.returncode:
        why = (said.stderr.strip().splitlines() or [f"{said.returncode}"])[0]
        does = ROOM if os.strerror(errno.ENOSPC) in said.stderr else HELP
        raise WarehouseDown(f"{program} gagal: {why} → {does.id} | {program} failed: {why} → {does.en}")


def _address() -> str:
    return admin_url().set(drivername="postgresql", password=None).render_as_string(hide_password=False)


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


# Keys


def _keys_here() -> dict[str, str]:
    """Every version of every key that opens something, as far as it is here."""
    return {name: _mark(name) for one in (*rotation.names(), *OPENING) for name in _versions(one)}


def _versions(name: str) -> Iterator[str]:
    for version in range(1, keys.newest(name) + 1):
        if keys.there(keys.versioned(name, version)):
            yield keys.versioned(name, version)


def _mark(name: str, secret: str | None = None) -> str:
    """Tells a key from another one; of 256 random bits nothing can be guessed back."""
    return hashlib.sha256(f"pantau {name} {secret or keys.secret(name)}".encode()).hexdigest()[:12]


def _apart(into: Path, keys_into: Path | None) -> None:
    if keys_into and (into.resolve() in (keys_into.resolve(), *keys_into.resolve().parents)):
        raise PantauError(
            f"kunci tidak boleh di dalam cadangannya: {keys_into} | keys lie apart from what they open: {keys_into}"
        )


def _copy_keys(into: Path) -> None:
    """Keys, and the passwords of sources; what is there of earlier stays, as older back-ups may need it."""
    for path in _of_keys(state_dir()):
        copy = into / path.relative_to(state_dir())
        private(copy.parent)
        fresh = copy.with_name(f"{copy.name}.new")
        fresh.touch(mode=0o600)
        fresh.write_bytes(path.read_bytes())
        fresh.replace(copy)


def _of_keys(folder: Path) -> list[Path]:
    return [path for path in (*folder.joinpath(KEYS).rglob("*"), folder / SETTINGS) if path.is_file()]


def _require_keys(told: Manifest, keys_of: Path | None) -> None:
    """Before anything is touched: every key that opens something of this back-up is here, and is that one."""
    missing, others = [], []
    for name, mark in told.keys.items():
        there = _mark(name) if keys.there(name) else _brought(name, keys_of)
        missing += [] if there else [name]
        others += [name] if there not in ("", mark) else []
    if missing or others:
        listed = ", ".join([*missing, *(f"{name} (≠)" for name in others)])
        raise PantauError(
            f"kunci cadangan ini tidak ada atau lain: {listed} → --keys FOLDER dengan cadangan kuncinya; tanpa itu "
            "isinya tidak dapat dibuka siapa pun, dan tidak ada yang diubah | keys of this back-up are missing or "
            f"others: {listed} → --keys FOLDER with the back-up of its keys; without them nobody can open what it "
            "holds, and nothing was changed"
        )


def _brought(name: str, keys_of: Path | None) -> str:
    path = keys_of / KEYS / f"{name}.json" if keys_of else None
    return _mark(name, str(msgspec.json.decode(path.read_bytes()))) if path and path.exists() else ""


def _bring_keys(keys_of: Path) -> None:
    for path in _of_keys(keys_of):
        copy = state_dir() / path.relative_to(keys_of)
        if not copy.exists():
            private(copy.parent)
            copy.touch(mode=0o600)
            copy.write_bytes(path.read_bytes())
    keys.secret.cache_clear()


# Bringing back


def _require_room() -> None:
    """Nothing is there that would be overwritten."""
    for name in (*BEFORE, *AFTER):
        place = _place(name)
        if place.is_dir() and any(place.iterdir()):
            raise _there_already(str(place))


def _there_already(place: str) -> PantauError:
    return PantauError(
        f"{place} sudah berisi: pemulihan tidak menimpa apa pun → pilih DATABASE_URL dan PANTAU_STATE yang kosong "
        f"| {place} holds something already: a restore overwrites nothing → choose an empty DATABASE_URL and "
        "PANTAU_STATE"
    )


def _unpack(archive: Path) -> None:
    """Folders, files and links beside them, below the places that are ours; anything else is refused."""
    with tarfile.open(archive) as tar:
        for member in tar:
            top, _, rest = member.name.partition("/")
            if top not in (*BEFORE, *AFTER) or ".." in Path(rest).parts or "/" in member.linkname:
                raise PantauError(f"{archive} memuat | holds {member.name}")
            _put(tar, member, _place(top) / rest)


def _put(tar: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if member.isdir():
        path.mkdir(exist_ok=True)
        path.chmod(member.mode & OURS)
    elif member.issym():
        path.symlink_to(member.linkname)
    elif (content := tar.extractfile(member)) is not None:
        path.touch(mode=0o600)
        with content, path.open("wb") as file:
            shutil.copyfileobj(content, file, CHUNK)
        path.chmod(member.mode & OURS)


def _manifest(folder: Path) -> Manifest:
    try:
        return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError) as error:
        raise PantauError(f"{folder / MANIFEST} tidak terbaca | cannot be read: {error}") from error


def _whole(folder: Path) -> Sequence[Path]:
    if not folder.is_dir():
        return ()
    return [path.parent for path in folder.glob(f"*/{MANIFEST}") if not path.parent.name.startswith(UNFINISHED)]


def _cannot(folder: Path, error: OSError) -> PantauError:
    full = error.errno in disk.FULL
    seen = disk.full(folder) if full else Text(f"{folder}: {error.strerror}", f"{folder}: {error.strerror}")
    does = ROOM if full else Text("pilih FOLDER yang dapat ditulis", "choose a FOLDER that can be written")
    return PantauError(f"{seen.id} → {does.id} | {seen.en} → {does.en}")
