"""What is shipped for servers fits the Procfile, the code and each other."""

import configparser
import json
import os
import re
import shlex
import shutil
import subprocess
import threading
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.util import find_spec
from pathlib import Path

import httpx
import pytest

from runner import web
from runner.postgres import SETTINGS
from tests.public.nginx import NGINX
from tests.public.nginx import started as started_nginx
from tests.world import ROOT, free_port

UNITS = ROOT / "deploy" / "systemd"
PROCESSES = dict(re.findall(r"^(\w+): (.+)$", (ROOT / "Procfile").read_text(), re.M))
SERVICES = {path.stem.removeprefix("pantau-"): path for path in UNITS.glob("pantau-*.service")}
BESIDE = {"doctor", "backup"}  # units that are no process of the Procfile
ANALYZE = shutil.which("systemd-analyze")
PYTHON = "/opt/pantau/.venv/bin/"
CONTAINER = (ROOT / "deploy" / "Containerfile").read_text()


class Unit(configparser.RawConfigParser):
    """A unit file; of a key that stands several times the last line counts here."""

    def __init__(self, path: Path) -> None:
        super().__init__(strict=False, interpolation=None, delimiters=("=",), comment_prefixes=("#",))
        self.optionxform = str  # type: ignore[assignment,method-assign]
        self.read_string(path.read_text())


def started(name: str) -> str:
    return Unit(SERVICES[name])["Service"]["ExecStart"]


def test_every_process_has_a_unit_and_no_unit_runs_what_is_no_process() -> None:
    assert set(SERVICES) == set(PROCESSES) | BESIDE


@pytest.mark.parametrize("name", sorted(PROCESSES))
def test_a_unit_runs_what_the_procfile_runs(name: str) -> None:
    here = started(name).removeprefix(PYTHON)
    # behind nginx on the same machine; a platform has its own network
    assert here.removesuffix(" 127.0.0.1") == PROCESSES[name]
    assert ("$PORT" in here) == (name in ("command", "public"))


def test_the_two_sites_have_their_usual_ports() -> None:
    ports = {name: Unit(SERVICES[name])["Service"]["Environment"] for name in ("command", "public")}
    assert ports == {"command": "PORT=8050", "public": "PORT=8051"}
    assert "127.0.0.1:8051" in (ROOT / "deploy/nginx/pantau-public.conf").read_text()


def test_everything_waits_for_the_warehouse_and_comes_back_by_itself() -> None:
    target = (UNITS / "pantau.target").read_text()
    for name in set(PROCESSES) - {"release"}:
        unit = Unit(SERVICES[name])
        assert (
            "pantau-release.service" in unit["Unit"]["Requires"] and "pantau-release.service" in unit["Unit"]["After"]
        )
        assert unit["Unit"]["PartOf"] == "pantau.target" and unit["Service"]["Restart"] == "always"
        assert f"pantau-{name}.service" in target
    assert "pantau-backup.timer" in target
    assert Unit(SERVICES["release"])["Unit"]["OnFailure"] == "pantau-doctor.service"


def test_the_public_site_cannot_reach_what_it_must_not() -> None:
    service = Unit(SERVICES["public"])["Service"]
    assert service["UnsetEnvironment"] == "DATABASE_URL"
    assert "/var/lib/pantau/raw" in service["InaccessiblePaths"]


def test_units_are_hardened() -> None:
    common = Unit(UNITS / "pantau-.service.d" / "common.conf")["Service"]
    for key in (
        "NoNewPrivileges",
        "PrivateTmp",
        "PrivateDevices",
        "ProtectHome",
        "RestrictSUIDSGID",
        "LockPersonality",
    ):
        assert common[key] == "yes", key
    assert common["ProtectSystem"] == "strict" and common["CapabilityBoundingSet"] == "" and common["User"] == "pantau"
    assert int(common["LimitNOFILE"]) == 2 * web.MOST_CONNECTIONS


@pytest.mark.skipif(not ANALYZE, reason="systemd-analyze is not there")
def test_systemd_reads_every_unit(tmp_path: Path) -> None:
    """Against stand-ins for the programs, which lie elsewhere here."""
    shutil.copytree(UNITS, tmp_path, dirs_exist_ok=True)
    for path in tmp_path.glob("*.service"):
        path.write_text(path.read_text().replace(PYTHON + "python", "/bin/true"))
    names = [str(path) for path in sorted(tmp_path.iterdir()) if path.is_file()]
    done = subprocess.run(
        [str(ANALYZE), "verify", *names], env=os.environ | {"SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, [line for line in done.stderr.splitlines() if "pantau" in line]) == (0, [])


@pytest.mark.parametrize("name", sorted({*PROCESSES, *BESIDE}))
def test_what_is_started_exists(name: str) -> None:
    words = shlex.split(started(name))
    assert words[:2] == [f"{PYTHON}python", "-m"]
    assert find_spec(words[2])


def test_the_container_holds_what_it_names() -> None:
    copied = [words.split()[1] for words in re.findall(r"^(COPY .+)$", CONTAINER, re.M)]
    assert [name for name in copied if not (ROOT / name).exists()] == []
    version = re.search(r"python:(\d+)\.(\d+)-slim", CONTAINER)
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    assert version and tuple(map(int, version.groups())) >= tuple(map(int, wanted.removeprefix(">=").split(".")))
    command = re.search(r"^CMD \[(.+)\]$", CONTAINER, re.M)
    assert command and find_spec(command[1].replace('"', "").split(", ")[2])
    assert re.search(r"^USER pantau$", CONTAINER, re.M) and CONTAINER.index("USER pantau") < CONTAINER.index("CMD")
    assert ".venv" in (ROOT / ".containerignore").read_text().split()


def test_what_the_sizing_table_says_of_connections_is_what_is_set() -> None:
    assert f"{SETTINGS['max_connections']} connections" in (ROOT / "docs" / "operations.md").read_text()


class Echo(BaseHTTPRequestHandler):
    """A command center that says with which headers it was asked."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({name.lower(): value for name, value in self.headers.items()}).encode())

    def log_message(self, *said: object) -> None:
        """Say nothing."""


@pytest.fixture
def proxied(tmp_path: Path) -> Iterator[str]:
    """The documented nginx before two command centers, of which the first has died."""
    gone, port, behind = free_port(), free_port(), HTTPServer(("127.0.0.1", 0), Echo)
    text = (ROOT / "deploy" / "nginx" / "pantau-command.conf").read_text()
    for line, instead in {
        "listen 80;": f"listen 127.0.0.1:{port};",
        "server 127.0.0.1:8050 ": f"server 127.0.0.1:{gone} ",
        "# server 127.0.0.1:8060 ": f"server 127.0.0.1:{behind.server_address[1]} ",
    }.items():
        assert text.count(line) == 1, line
        text = text.replace(line, instead)
    thread = threading.Thread(target=behind.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    with started_nginx(tmp_path / "nginx", text):
        yield f"http://127.0.0.1:{port}"
    behind.shutdown()
    thread.join()
    behind.server_close()


@pytest.mark.skipif(not NGINX, reason="nginx is not there")
def test_nginx_tells_the_browsers_own_address_and_goes_on_without_the_first(proxied: str) -> None:
    lies = {"X-Forwarded-For": "10.9.9.9", "Forwarded": "for=10.9.9.9", "X-Forwarded-Host": "evil.example"}
    asked = httpx.get(f"{proxied}/masuk", headers=lies | {"Host": "pantau.kota.go.id"}).json()
    assert (asked["x-forwarded-for"], asked["host"]) == ("127.0.0.1", "pantau.kota.go.id")
    assert asked["x-forwarded-proto"] == "http" and "10.9.9.9" not in str(asked) and "evil" not in str(asked)
    assert httpx.get(f"{proxied}/metrics").status_code == 404
    assert httpx.get(f"{proxied}/").status_code == 200
