"""The outside world running: web services, the database, life, and the addresses written for the ETL."""

import json
import secrets
import signal
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from simulator import web
from simulator.exports import EXPORTS
from simulator.exports.shape import Feed, Table
from simulator.live import Life, clock
from simulator.scenery import Options, sceneries
from simulator.world import Report, Stores, prepare

WEB_CITIES = tuple(sorted({city for (city, _), export in EXPORTS.items() if isinstance(export.channel, Feed)}))
SCHEMAS = tuple(sorted({export.channel.schema for export in EXPORTS.values() if isinstance(export.channel, Table)}))


def run(state: Path, options: Options, port_base: int, frozen: bool, report: Report) -> None:
    """Prepare if needed, serve until SIGTERM or SIGINT, then stop everything."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    made = prepare(state, options, report)
    with Outside(state, made, port_base) as world:
        report("ready")
        if frozen:
            stop.wait()
        else:
            Life(world.stores, sceneries(made), clock()).run(stop)


@dataclass
class Outside:
    """Servers of a prepared world; entering starts them and writes ``settings.env``."""

    state: Path
    options: Options
    port_base: int = 0  # 0 = free ports

    def __enter__(self) -> Self:
        self.stores = Stores(self.state)
        self._services: dict[str, web.Service] = {}
        settings = {"PANTAU_SIMULATED": "1"}
        for number, city in enumerate(WEB_CITIES):
            settings |= self._serve(city, self.port_base and self.port_base + number)
        settings |= self._databases() | self._folders()
        write_settings(self.state / "settings.env", settings)
        return self

    def __exit__(self, *_: object) -> None:
        for service in self._services.values():
            service.stop()
        self.stores.close()

    def _serve(self, city: str, port: int) -> dict[str, str]:
        tokens = web.Tokens(f"pantau-{city}", self._secret(f"{city}-client"))
        service = self._services[city] = web.serve(city, self.stores.feeds, tokens, port)
        name = city.upper()
        return {
            f"{name}_API_URL": f"{service.url}/api",
            f"{name}_TOKEN_URL": f"{service.url}/oauth/token",
            f"{name}_CLIENT_ID": tokens.client_id,
            f"{name}_CLIENT_SECRET": tokens.client_secret,
        }

    def _databases(self) -> dict[str, str]:
        address = self.stores.database.reader_url
        return {f"{city.upper()}_DATABASE_URL": address(city, self._secret(f"{city}-database")) for city in SCHEMAS}

    def _folders(self) -> dict[str, str]:
        cities = sorted({city for city, _ in EXPORTS})
        return {f"{city.upper()}_FILES": str(self.stores.home / "files" / city) for city in cities}

    def _secret(self, name: str) -> str:
        """A random secret of this state, the same at every start."""
        kept = self.stores.home / "secrets.json"
        known = json.loads(kept.read_text()) if kept.exists() else {}
        if name not in known:
            kept.touch(mode=0o600)
            kept.write_text(json.dumps(known | {name: secrets.token_urlsafe(24)}))
        return known.get(name) or self._secret(name)


def write_settings(path: Path, settings: dict[str, str]) -> None:
    """``NAME=value`` lines, at once; they hold secrets, so only the owner reads them."""
    hidden = path.with_name(f".{path.name}.tmp")
    hidden.touch(mode=0o600)
    hidden.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    hidden.replace(path)
