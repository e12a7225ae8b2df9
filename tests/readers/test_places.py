"""The same folder on this machine, behind SFTP and in an S3 store; and one file at a web address."""

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import paramiko
import pyarrow.fs
import pytest
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

from etl.access import S3, Csv, Folder, JsonLines, Published, Sftp, Xlsx
from etl.errors import AccessRefused, SourceError, UpstreamDown
from etl.readers import extract, folder, probe
from etl.readers.delivery import Cursor, Delivery
from etl.readers.places import sftp
from etl.source import Source
from tests.readers import examples
from tests.readers.sources import drop, source
from tests.readers.upstream import Reply, Upstream

CONTENT = b"a,b\n1,2\n"


def run(of: Source, cursor: Cursor | None = None) -> list[Delivery]:
    return list(extract(of, cursor))


def names(deliveries: list[Delivery]) -> list[str]:
    return [delivery.name for delivery in deliveries]


@dataclass
class Shelf:
    """A place of files: how it is declared, and how a file gets there."""

    declared: dict[str, object]
    put: Callable[[str, bytes], object]

    def of(self, kind: type[Folder], *headers: str, **said: object) -> Source:
        return source(kind(**{**self.declared, **said}), *(headers or ("a", "b")))


# An SFTP server in this process


class Account(paramiko.ServerInterface):
    """One user with a password or a key."""

    def __init__(self, key: paramiko.PKey) -> None:
        self._key = key

    def check_auth_password(self, username: str, password: str) -> int:
        good = (username, password) == ("dinas", "sandi")
        return paramiko.AUTH_SUCCESSFUL if good else paramiko.AUTH_FAILED

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        return paramiko.AUTH_SUCCESSFUL if key == self._key else paramiko.AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.OPEN_SUCCEEDED


class Files(paramiko.SFTPServerInterface):
    """A folder of this machine as the root of the server."""

    root = Path()

    def _real(self, path: str) -> Path:
        return self.root / self.canonicalize(path).lstrip("/")

    def list_folder(self, path: str) -> object:
        try:
            return [self._seen(file) for file in self._real(path).iterdir()]
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)

    def stat(self, path: str) -> object:
        try:
            return self._seen(self._real(path))
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)

    lstat = stat

    def open(self, path: str, flags: int, attr: object) -> object:
        handle = paramiko.SFTPHandle(flags)
        handle.readfile = self._real(path).open("rb")
        return handle

    def _seen(self, file: Path) -> paramiko.SFTPAttributes:
        return paramiko.SFTPAttributes.from_stat(file.stat(), file.name)


class SftpServer:
    """Answers on a free port until it is closed."""

    def __init__(self, root: Path, key: paramiko.PKey) -> None:
        self.host_key, self._key = paramiko.ECDSAKey.generate(), key
        self._files = type("FilesHere", (Files,), {"root": root})
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._transports: list[paramiko.Transport] = []
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._socket.accept()
            except OSError:
                return
            transport = paramiko.Transport(line)
            self._transports.append(transport)
            transport.add_server_key(self.host_key)
            transport.set_subsystem_handler("sftp", paramiko.SFTPServer, self._files)
            transport.start_server(threading.Event(), Account(self._key))

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()
        for transport in self._transports:
            transport.close()


USER_KEY = paramiko.ECDSAKey.generate()


@pytest.fixture
def sftp_server(tmp_path: Path) -> Iterator[SftpServer]:
    (tmp_path / "kirim").mkdir()
    server = SftpServer(tmp_path, USER_KEY)
    yield server
    server.close()


@pytest.fixture
def sftp_shelf(sftp_server: SftpServer, tmp_path: Path) -> Shelf:
    access = Sftp("dinas", sftp.fingerprint(sftp_server.host_key), password="sandi")
    path = f"sftp://127.0.0.1:{sftp_server.port}/kirim"
    return Shelf({"path": path, "access": access}, lambda name, content: drop(tmp_path / "kirim" / name, content))


# A server that speaks S3


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3_shelf(s3_endpoint: str, request: pytest.FixtureRequest) -> Shelf:
    access = S3("uji", "rahasia", s3_endpoint)
    store = pyarrow.fs.S3FileSystem(
        access_key="uji", secret_key="rahasia", endpoint_override=s3_endpoint, scheme="http", allow_bucket_creation=True
    )
    bucket = f"kota-{abs(hash(request.node.name))}"
    store.create_dir(bucket)

    def put(name: str, content: bytes) -> None:
        with store.open_output_stream(f"{bucket}/kirim/{name}") as out:
            out.write(content)

    return Shelf({"path": f"s3://{bucket}/kirim", "access": access}, put)


@pytest.fixture
def local_shelf(tmp_path: Path) -> Shelf:
    return Shelf({"path": str(tmp_path)}, lambda name, content: drop(tmp_path / name, content))


@pytest.fixture(params=["local", "sftp", "s3"])
def shelf(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """Each place in turn; nobody waits for a second look."""
    monkeypatch.setattr(folder, "SETTLED_S", 0)
    return request.getfixturevalue(f"{request.param}_shelf")


@pytest.mark.parametrize("kind", [Csv, Xlsx, JsonLines])
def test_every_place_holds_every_format(shelf: Shelf, kind: type[Folder]) -> None:
    said, content = examples.FILES[kind]
    shelf.put("tabel", content())
    of = shelf.of(kind, *examples.NAMES, **said)
    (delivery,) = run(of)
    assert delivery.rows.select(examples.NAMES).rows() == list(examples.ROWS)
    assert run(of, delivery.cursor) == []
    assert probe(of).height == 2


def test_what_is_new_changed_unfinished_or_gone(shelf: Shelf) -> None:
    of = shelf.of(Csv, pattern="*.csv")
    for name in ("a.csv", ".b.csv", "~$c.csv", "d.csv.part", "e.txt"):
        shelf.put(name, CONTENT)
    (first,) = run(of)
    assert first.name == "a.csv"
    shelf.put("a.csv", CONTENT + b"3,4\n")
    shelf.put("f.csv", CONTENT)
    deliveries = run(of, first.cursor)
    assert sorted(names(deliveries)) == ["a.csv", "f.csv"]
    assert run(of, deliveries[-1].cursor) == []


def test_a_damaged_file_holds_up_no_other(shelf: Shelf) -> None:
    shelf.put("a.csv", b"\xff\xfe\xff")
    shelf.put("b.csv", CONTENT)
    deliveries = extract(shelf.of(Csv), None)
    assert next(deliveries).name == "b.csv"
    with pytest.raises(SourceError) as caught:
        next(deliveries)
    assert caught.value.where.file == "a.csv"


def test_a_folder_that_is_not_there_is_down(shelf: Shelf) -> None:
    path = str(shelf.declared["path"])
    with pytest.raises(UpstreamDown, match="tidak ada"):
        run(shelf.of(Csv, path=f"{path}/tidak-ada"))


def test_folders_within_folders_are_read_when_the_pattern_says_so(sftp_shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "kirim" / "2026").mkdir()
    sftp_shelf.put("2026/a.csv", CONTENT)
    assert names(run(sftp_shelf.of(Csv, pattern="*.csv"))) == []
    assert names(run(sftp_shelf.of(Csv, pattern="*/*.csv"))) == ["2026/a.csv"]


def test_two_looks_lie_apart_and_a_file_that_grows_between_them_is_left_for_the_next_run(
    sftp_shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    def waited(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 1:  # written again it would be another file as soon as a second is over
            sftp_shelf.put("a.csv", CONTENT + b"3,4\n")

    sftp_shelf.put("a.csv", CONTENT)
    sftp_shelf.put("b.csv", CONTENT)
    monkeypatch.setattr("etl.readers.folder.time.sleep", waited)
    (first,) = run(sftp_shelf.of(Csv))
    assert (first.name, waits) == ("b.csv", [folder.SETTLED_S])
    last = run(sftp_shelf.of(Csv), first.cursor)[-1]
    assert last.name == "a.csv"
    assert run(sftp_shelf.of(Csv), last.cursor) == [] and len(waits) == 2


@pytest.mark.parametrize("key", ["SHA256:" + "A" * 43, ""])
def test_another_host_key_is_never_accepted(sftp_shelf: Shelf, key: str) -> None:
    sftp_shelf.put("a.csv", CONTENT)
    with pytest.raises(AccessRefused, match="mungkin server lain"):
        run(sftp_shelf.of(Csv, access=Sftp("dinas", key, password="sandi")))


def test_a_key_file_opens_too_and_a_wrong_password_does_not(sftp_shelf: Shelf, tmp_path: Path) -> None:
    sftp_shelf.put("a.csv", CONTENT)
    host_key = sftp_shelf.declared["access"].host_key
    USER_KEY.write_private_key_file(str(tmp_path / "kunci"))
    assert names(run(sftp_shelf.of(Csv, access=Sftp("dinas", host_key, key_file=str(tmp_path / "kunci"))))) == ["a.csv"]
    with pytest.raises(AccessRefused, match="menolak dinas") as caught:
        run(sftp_shelf.of(Csv, access=Sftp("dinas", host_key, password="bukan-ini")))
    assert "bukan-ini" not in str(caught.value)


@pytest.mark.parametrize("path", ["sftp://127.0.0.1:1/x", "s3://kota/x"])
def test_a_place_without_an_account_or_a_server_says_so(path: str) -> None:
    with pytest.raises(AccessRefused, match=r"reader\.access"):
        run(source(Csv(path=path), "a"))
    access = Sftp("a", "SHA256:x") if path.startswith("sftp") else S3("a", "b", "http://127.0.0.1:1")
    with pytest.raises(UpstreamDown):
        run(source(Csv(path=path, access=access), "a"))


def test_an_unknown_place_is_named() -> None:
    with pytest.raises(SourceError, match="ftp://"):
        run(source(Csv(path="ftp://kota/x"), "a"))


# A published file


def published(upstream: Upstream, *redirects: str) -> Source:
    return source(Csv(path=f"{upstream.url}/pub?output=csv", access=Published(redirects, deadline_s=1)), "a", "b")


@pytest.mark.parametrize(
    ("given", "asked"),
    [({"ETag": '"v1"'}, "If-None-Match"), ({"Last-Modified": "Tue, 25 Aug 2020 06:05:00 GMT"}, "If-Modified-Since")],
)
def test_what_has_not_changed_is_not_sent_again(upstream: Upstream, given: dict[str, str], asked: str) -> None:
    upstream.answer = lambda request: Reply(b"", 304) if asked in request.headers else Reply(CONTENT, headers=given)
    (delivery,) = run(published(upstream))
    assert (delivery.name, delivery.rows.height) == ("pub", 1)
    assert run(published(upstream), delivery.cursor) == []
    assert upstream.asked[-1].headers[asked] == next(iter(given.values()))


def test_without_an_etag_the_content_decides(upstream: Upstream) -> None:
    upstream.answer = lambda _: Reply(CONTENT)
    cursor = run(published(upstream))[0].cursor
    assert run(published(upstream), cursor) == []
    upstream.answer = lambda _: Reply(CONTENT + b"3,4\n")
    assert run(published(upstream), cursor)[0].rows.height == 2


def test_only_declared_hosts_are_followed_and_only_by_https(upstream: Upstream) -> None:
    there = f"http://localhost:{upstream.server.server_port}/isi"
    upstream.answer = lambda asked: (
        Reply(status=307, headers={"Location": there}) if asked.path == "/pub" else Reply(CONTENT)
    )
    for redirects in ((), ("localhost",)):
        with pytest.raises(SourceError, match="localhost"):
            run(published(upstream, *redirects))


def test_a_declared_host_is_followed(upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two hosts with TLS would need certificates that this machine trusts: the scheme alone is made light of."""
    there = f"http://localhost:{upstream.server.server_port}/isi"
    upstream.answer = lambda asked: (
        Reply(status=307, headers={"Location": there}) if asked.path == "/pub" else Reply(CONTENT)
    )
    monkeypatch.setattr("etl.readers.http.SAFE", ("http", "https"))
    assert run(published(upstream, "*.example.id", "local*"))[0].rows.height == 1


def test_a_page_that_asks_to_log_in_is_refused(upstream: Upstream) -> None:
    upstream.answer = lambda _: Reply(b"<html>Masuk</html>")
    with pytest.raises(SourceError) as caught:
        run(published(upstream))
    assert caught.value.where.file == "pub"
    upstream.answer = lambda _: Reply(b"", 403)
    with pytest.raises(AccessRefused):
        run(published(upstream))
