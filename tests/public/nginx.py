"""The documented nginx, started by whoever tests, on a port and in folders of its own."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.world import ROOT, until

CONFIGURATION = ROOT / "deploy" / "nginx" / "pantau-public.conf"
NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")  # where Debian keeps servers
AROUND = """
{user}
worker_processes 2;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 2048; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


def rendered(folder: Path, releases: Path, port: int, application: int) -> str:
    """The configuration with what a city changes. Raises when a line to change is not there exactly once."""
    text = CONFIGURATION.read_text()
    for line, instead in {
        "listen 80;": f"listen 127.0.0.1:{port};",
        "root /var/lib/pantau/releases;": f"root {releases};",
        "server 127.0.0.1:8051 ": f"server 127.0.0.1:{application} ",
        "/var/cache/nginx/pantau ": f"{folder}/kept ",
        "/var/log/nginx/pantau.log ": f"{folder}/access.log ",
    }.items():
        assert text.count(line) == 1, line
        text = text.replace(line, instead)
    return text


@contextmanager
def nginx(folder: Path, releases: Path, port: int, application: int) -> Iterator["subprocess.Popen[bytes]"]:
    """It runs before an application on another port; its files lie in ``folder``."""
    with started(folder, rendered(folder, releases, port, application)) as program:
        yield program


@contextmanager
def started(folder: Path, configuration: str) -> Iterator["subprocess.Popen[bytes]"]:
    """nginx with what stands within ``http { }``; its files lie in ``folder``."""
    assert NGINX
    folder.mkdir(exist_ok=True)
    (folder / "site.conf").write_text(configuration)
    user = "user root;" if os.geteuid() == 0 else ""  # who reads the folders of a test
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder, user=user))
    line = [NGINX, "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log"), "-g", "daemon off;"]
    program = subprocess.Popen(line)
    try:
        until((folder / "nginx.pid").exists, lambda: program.poll() is None, folder / "error.log")
        yield program
    finally:
        program.terminate()
        program.wait()
