"""Asking an HTTP server politely and safely: one answer, within one deadline, from the host that was declared."""

import base64
import datetime as dt
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from fnmatch import fnmatchcase
from functools import cache
from types import TracebackType
from typing import Self

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_before_delay, wait_random_exponential

from etl.errors import AccessRefused, SourceError, UnreadableFile, UpstreamDown, Where
from etl.text import Text

SILENCE_S = 15.0  # between two bytes
MOST_BYTES = 200 * 1024 * 1024  # of one answer, unzipped
MOST_REDIRECTS = 5
SAFE = ("https",)  # how another host may be asked
METADATA_HOSTS = ("metadata", "metadata.google.internal", "instance-data")
METADATA_ADDRESSES = tuple(
    map(ipaddress.ip_address, ("169.254.169.254", "fd00:ec2::254", "100.100.100.200", "192.0.0.192"))
)
BACK_OFF = wait_random_exponential(multiplier=0.25, max=15)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True)
class Answer:
    """A whole answer of the server."""

    status: int
    body: bytes
    headers: httpx.Headers

    @property
    def next_link(self) -> str | None:
        """The ``rel="next"`` of the Link header."""
        links = httpx.Response(self.status, headers=self.headers).links
        return links.get("next", {}).get("url")


class _TryAgain(Exception):
    """This try failed in a way that may pass; ``after_s`` is what the server asked us to wait."""

    def __init__(self, said: Text, after_s: float = 0.0) -> None:
        super().__init__(said)
        self.said, self.after_s = said, after_s


class Client:
    """A session with one server; a context manager.

    Connection errors, 5xx and 429 (obeying Retry-After) are tried again with back-off until
    ``deadline_s`` has passed, which also ends an answer that trickles. ``also`` names the other
    hosts that a redirect may lead to. Raises AccessRefused, UpstreamDown, UnreadableFile, and
    SourceError for every other answer that is none.
    """

    def __init__(self, url: str, where: Where, deadline_s: float, also: tuple[str, ...] = ()) -> None:
        self.home = parsed(url, where)
        self.where = Where(where.city, where.source, f"{self.home.host}{self.home.path}")
        self.deadline_s, self._also = deadline_s, also
        # no proxy and no .netrc of the environment: the address that was checked is the one that is asked
        self._http = httpx.Client(follow_redirects=False, trust_env=False, verify=_trust())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def fetch(self, headers: dict[str, str]) -> Answer:
        """What stands at the home address; 304 is an answer too."""
        return self.good(
            self.patiently(lambda until: self.send(httpx.Request("GET", self.home, headers=headers), until))
        )

    def patiently(self, attempt: Callable[[float], Answer]) -> Answer:
        """One attempt after another, each told the moment by which all must be over."""
        until = time.monotonic() + self.deadline_s
        reasons: dict[Text, None] = {}  # the last alone may be that no time was left
        tries = Retrying(
            retry=retry_if_exception_type(_TryAgain),
            stop=stop_before_delay(self.deadline_s),
            wait=_pause,
            reraise=True,
        )
        try:
            return tries(_noting(reasons)(attempt), until)
        except _TryAgain as error:
            raise self._down(list(reasons)) from error

    def send(self, request: httpx.Request, until: float, home: httpx.URL | None = None) -> Answer:
        """One attempt, redirects included, to the home address or another that was declared."""
        home = home or self.home
        for _ in range(MOST_REDIRECTS):
            answer, moved_to = self._once(request, home, until)
            if moved_to is None:
                return answer
            if not self._is_declared(moved_to.url):
                require_same_host(home, moved_to.url, self.where)
            request = moved_to
        raise self.error(
            Text("alamat dialihkan berputar-putar", "the address redirects in circles"),
            Text("perbaiki url sumber ini", "correct this source's url"),
        )

    def _is_declared(self, url: httpx.URL) -> bool:
        return url.scheme in SAFE and any(fnmatchcase(url.host, host) for host in self._also)

    def _once(self, request: httpx.Request, home: httpx.URL, until: float) -> tuple[Answer, httpx.Request | None]:
        self._check_name(request.url, home)
        self._allow_time(request, until)
        try:
            response = self._http.send(request, stream=True)
            try:
                self._check_peer(response, home)
                _raise_if_passing(response)
                body = self._body(response, until)
            finally:
                response.close()
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise _TryAgain(_as_it_is(f"{type(error).__name__} {error}")) from error
        return Answer(response.status_code, body, response.headers), response.next_request

    def _allow_time(self, request: httpx.Request, until: float) -> None:
        left = max(until - time.monotonic(), 0.001)
        request.extensions["timeout"] = httpx.Timeout(min(SILENCE_S, left)).as_dict()

    def _body(self, response: httpx.Response, until: float) -> bytes:
        parts, size = [], 0
        for part in response.iter_bytes():
            parts.append(part)
            size += len(part)
            if time.monotonic() > until:
                raise _TryAgain(Text("jawaban menetes terlalu lambat", "the answer trickles"))
            if size > MOST_BYTES:
                raise UnreadableFile(
                    Text(f"jawaban lebih dari {MOST_BYTES} bita", f"an answer of more than {MOST_BYTES} bytes"),
                    Text("perkecil page_size sumber ini", "make this source's page_size smaller"),
                    self.where,
                )
        return b"".join(parts)

    def good(self, answer: Answer) -> Answer:
        """The answer, unless it is a refusal."""
        if answer.status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            raise self.refused(answer)
        if answer.status >= httpx.codes.BAD_REQUEST:
            raise self.error(
                Text(f"server menjawab {answer.status}", f"the server answers {answer.status}"),
                Text("periksa url dan parameter sumber ini", "check the url and the parameters of this source"),
            )
        return answer

    def refused(self, answer: Answer) -> AccessRefused:
        """The server does not know us, or does not let us."""
        return AccessRefused(
            Text(f"server menolak akses kita ({answer.status})", f"the server refuses our access ({answer.status})"),
            Text(
                "periksa kunci, kata sandi dan hak akses pada pengelola aplikasi",
                "check key, password and rights with the owner of the application",
            ),
            self.where,
        )

    def error(self, what: Text, action: Text) -> SourceError:
        """A refusal that is about this server."""
        return SourceError(what, action, self.where)

    def _down(self, reasons: Sequence[Text]) -> UpstreamDown:
        said = Text("; ".join(reason.id for reason in reasons), "; ".join(reason.en for reason in reasons))
        return UpstreamDown(
            Text(
                f"server tidak menjawab dengan baik dalam {self.deadline_s:g} detik: {said.id}",
                f"the server gave no good answer within {self.deadline_s:g} s: {said.en}",
            ),
            Text(
                "hubungi pengelola aplikasinya bila berlanjut; dicoba lagi pada putaran berikut",
                "call the owner of the application if it goes on; the next run tries again",
            ),
            self.where,
        )

    def _check_name(self, url: httpx.URL, home: httpx.URL) -> None:
        if url.scheme not in ("http", "https") or url.host.lower().rstrip(".") in METADATA_HOSTS:
            raise self._forbidden(str(url.host or url))
        try:
            found = socket.getaddrinfo(url.host, url.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise _TryAgain(_as_it_is(f"{url.host}: {error}")) from error
        for *_, address in found:
            self._check_address(str(address[0]), home)

    def _check_peer(self, response: httpx.Response, home: httpx.URL) -> None:
        """The name may have been given another address since it was looked up: look at the one that answered."""
        peer = response.extensions["network_stream"].get_extra_info("server_addr")
        self._check_address(str(peer[0]), home)

    def _check_address(self, address: str, home: httpx.URL) -> None:
        if is_forbidden(ipaddress.ip_address(address.partition("%")[0]), may_be_loopback=is_loopback(home.host)):
            raise self._forbidden(address)

    def _forbidden(self, address: str) -> SourceError:
        return self.error(
            Text(f"alamat {address} tidak boleh ditanya", f"the address {address} may not be asked"),
            Text("pakai alamat aplikasi yang sebenarnya", "use the real address of the application"),
        )


@cache
def _trust() -> ssl.SSLContext:
    """Whom we believe, read once: it costs more than a poll of a quiet upstream."""
    return httpx.create_ssl_context(trust_env=False)


def basic(user: str, password: str) -> dict[str, str]:
    """The header of HTTP Basic."""
    return {"Authorization": f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"}


def parsed(address: str, where: Where) -> httpx.URL:
    """An address as declared or as a server gave it. Raises SourceError when it is none."""
    try:
        return httpx.URL(address)
    except httpx.InvalidURL as error:
        raise SourceError(
            Text(f"bukan alamat: {error}", f"not an address: {error}"),
            Text("perbaiki url sumber ini", "correct this source's url"),
            where,
        ) from error


def is_loopback(host: str) -> bool:
    """True for a host that is written as this machine itself."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_forbidden(address: Address, may_be_loopback: bool) -> bool:
    """Link-local and cloud-metadata addresses always; this machine unless the source names it so."""
    plain = getattr(address, "ipv4_mapped", None) or address
    if plain in METADATA_ADDRESSES or plain.is_link_local or plain.is_multicast or plain.is_unspecified:
        return True
    return plain.is_loopback and not may_be_loopback


def require_same_host(home: httpx.URL, url: httpx.URL, where: Where) -> None:
    """Raises SourceError when a redirect or a next page leads away; http may become https on its host."""
    same = (url.scheme, url.host, url.port) == (home.scheme, home.host, home.port)
    safer = (home.scheme, url.scheme, url.host) == ("http", "https", home.host)
    if not (same or safer):
        raise SourceError(
            Text(
                f"server mengalihkan ke {url.scheme}://{url.netloc.decode()}",
                f"the server leads to {url.scheme}://{url.netloc.decode()}",
            ),
            Text(
                "tanyakan alamat barunya kepada pengelola aplikasi, lalu perbaiki url sumber ini",
                "ask the owner for the new address, then correct this source's url",
            ),
            where,
        )


def _raise_if_passing(response: httpx.Response) -> None:
    """Errors of the server's own, and too many requests, may pass."""
    passing = (httpx.codes.REQUEST_TIMEOUT, httpx.codes.TOO_MANY_REQUESTS)
    if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR or response.status_code in passing:
        raise _TryAgain(_as_it_is(f"HTTP {response.status_code}"), retry_after(response.headers.get("Retry-After", "")))


def retry_after(said: str) -> float:
    """Seconds to wait, from seconds or an HTTP date; 0 when nothing readable was said."""
    if said.strip().isdecimal():
        return float(said)
    try:
        return max((parsedate_to_datetime(said) - dt.datetime.now(dt.UTC)).total_seconds(), 0.0)
    except (ValueError, TypeError):
        return 0.0


def _as_it_is(said: str) -> Text:
    return Text(said, said)


@contextmanager
def _noting(reasons: dict[Text, None]) -> Iterator[None]:
    try:
        yield
    except _TryAgain as error:
        reasons[error.said] = None
        raise


def _pause(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.after_s if isinstance(error, _TryAgain) else 0.0
    return max(asked, BACK_OFF(state))
