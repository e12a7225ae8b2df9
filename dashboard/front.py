"""The command center as it is served: an event loop waits for whole requests, threads answer them (ASGI before WSGI).

Where a thread waits for its request, as many half-sent ones as there are threads keep everybody waiting; and granian's
WSGI body cannot be given up: two that were left unread at a time stopped the whole process. So no thread sees a request
before it is whole, and there are many threads, because those that wait for something, news or the warehouse, are cheap.
"""

import asyncio
import io
import sys
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes

from werkzeug.exceptions import ClientDisconnected, HTTPException

from dashboard.access.bodies import REFUSED, Bodies, Limit, Receive

THREADS = 128  # 64 screens that wait for news, and as many for everybody else

Environ = dict[str, Any]
Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
Headers = list[tuple[bytes, bytes]]


@dataclass
class Front:
    """One application, served; ``limit_of`` says for a path how large and how slow a body may be."""

    app: Application
    limit_of: Callable[[str], Limit]
    bodies: Bodies = field(default_factory=Bodies)
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(THREADS, "answer"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        environ = environ_of(scope)
        try:
            await self._wait_for_body(environ, receive)
        except ClientDisconnected:
            return
        except HTTPException as refused:
            environ[REFUSED] = refused
        loop = asyncio.get_running_loop()
        status, headers, content = await loop.run_in_executor(self.threads, self._answer, environ)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    async def _wait_for_body(self, environ: Environ, receive: Receive) -> None:
        chunked, said = environ.pop("HTTP_TRANSFER_ENCODING", ""), environ.pop("CONTENT_LENGTH", "")
        if not chunked and said in ("", "0"):
            return
        length = int(said) if said.isdecimal() else None
        body = await self.bodies.read(receive, length, self.limit_of(environ["PATH_INFO"]))
        environ |= {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}

    def _answer(self, environ: Environ) -> tuple[int, Headers, bytes]:
        began: list[tuple[str, list[tuple[str, str]]]] = []

        def start(status: str, headers: list[tuple[str, str]], error: object = None) -> Callable[[bytes], object]:
            began.append((status, headers))
            return lambda data: None

        answer = self.app(environ, start)
        try:
            content = b"".join(answer)
        finally:
            getattr(answer, "close", lambda: None)()
        status, headers = began[-1]
        return int(status[:3]), [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers], content


def environ_of(scope: Scope) -> Environ:
    """What an ASGI server says of a request, as WSGI says it; without a body yet."""
    host, port = scope.get("server") or ("", 0)
    environ: Environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": (scope.get("client") or ("", 0))[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        _add_header(environ, name.decode("latin-1"), value.decode("latin-1"))
    return environ


def _add_header(environ: Environ, name: str, value: str) -> None:
    if "_" in name:  # X_Forwarded_For would be taken for X-Forwarded-For, which only the proxy may say
        return
    key = name.upper().replace("-", "_")
    key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
    between = "; " if key == "HTTP_COOKIE" else ","
    environ[key] = f"{environ[key]}{between}{value}" if key in environ else value
