"""A folder of an SFTP server. Its host key is pinned in the source: another key is never accepted, not even once."""

import base64
import hashlib
import hmac
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import IO
from urllib.parse import urlsplit

import paramiko

from etl.access import Sftp
from etl.errors import AccessRefused, UpstreamDown, Where
from etl.readers.places.file import File, Seen, absent, closed, folder_of, is_finished, matches
from etl.source import Source
from etl.text import Text

PORT = 22
SILENCE_S = 30.0
DEEPEST = 8  # folders within folders


@contextmanager
def opened(source: Source, known: Seen) -> Iterator["Remote"]:
    """The folder, over one connection."""
    reader = folder_of(source)
    address, where = urlsplit(reader.path), Where(source.city, source.name, reader.path)
    if not isinstance(reader.access, Sftp) or not address.hostname:
        raise _undeclared(where)
    try:
        with (
            socket.create_connection((address.hostname, address.port or PORT), SILENCE_S) as line,
            paramiko.Transport(line) as transport,
            _session(transport, reader.access, where) as session,
        ):
            yield Remote(session, address.path or ".", reader.pattern, where)
    except (OSError, EOFError, paramiko.SSHException) as error:
        raise UpstreamDown(
            Text(f"server SFTP tidak menjawab dengan baik: {error}", f"the SFTP server gives no good answer: {error}"),
            Text(
                "periksa server dan jaringan; dicoba lagi nanti", "check server and network; the next run tries again"
            ),
            where,
        ) from error


@contextmanager
def _session(transport: paramiko.Transport, access: Sftp, where: Where) -> Iterator[paramiko.SFTPClient]:
    transport.banner_timeout = transport.auth_timeout = SILENCE_S
    transport.start_client(timeout=SILENCE_S)
    shown = fingerprint(transport.get_remote_server_key())
    if not hmac.compare_digest(shown.encode(), access.host_key.encode()):
        raise AccessRefused(
            Text(
                f"kunci server {shown} bukan kunci yang dinyatakan: mungkin server lain",
                f"the server's key {shown} is not the declared one: it may be another server",
            ),
            Text(
                "tanyakan sidik jari kuncinya kepada pengelola server, lalu perbaiki host_key",
                "ask the server's owner for the fingerprint of its key, then correct host_key",
            ),
            where,
        )
    _log_in(transport, access, where)
    with paramiko.SFTPClient.from_transport(transport) as session:
        session.get_channel().settimeout(SILENCE_S)
        yield session


def fingerprint(key: paramiko.PKey) -> str:
    """As ``ssh-keygen -l`` writes it."""
    return f"SHA256:{base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip('=')}"


def _log_in(transport: paramiko.Transport, access: Sftp, where: Where) -> None:
    try:
        if access.key_file:
            transport.auth_publickey(access.user, paramiko.PKey.from_path(access.key_file))
        else:
            transport.auth_password(access.user, access.password)
    except (paramiko.AuthenticationException, paramiko.PasswordRequiredException, FileNotFoundError) as error:
        raise AccessRefused(
            Text(f"server SFTP menolak {access.user}: {error}", f"the SFTP server refuses {access.user}: {error}"),
            Text("periksa user, password atau key_file", "check user, password or key_file"),
            where,
        ) from error


class Remote:
    """Files over SFTP. The server's clock dates them, and they grow before our eyes."""

    own_clock, whole_files = False, False

    def __init__(self, session: paramiko.SFTPClient, folder: str, pattern: str, where: Where) -> None:
        self._session, self._folder = session, PurePosixPath(folder)
        self._pattern, self._where = pattern, where

    def files(self) -> list[File]:
        """Every file that matches and is neither hidden nor temporary."""
        try:
            return [file for file in self._below("", DEEPEST) if matches(file.name, self._pattern)]
        except FileNotFoundError as error:
            raise absent(self._where, Text("folder tidak ada", "the folder does not exist")) from error
        except PermissionError as error:
            raise closed(self._where) from error

    def _below(self, name: str, deeper: int) -> Iterator[File]:
        for entry in self._session.listdir_attr(str(self._folder / name)):
            below = f"{name}/{entry.filename}".lstrip("/")
            if stat.S_ISREG(entry.st_mode or 0):
                yield _file(below, entry)
            elif stat.S_ISDIR(entry.st_mode or 0) and "/" in self._pattern and deeper and is_finished(below):
                yield from self._below(below, deeper - 1)

    def look(self, file: File) -> File | None:
        """The file as it stands now."""
        try:
            return _file(file.name, self._session.stat(str(self._folder / file.name)))
        except FileNotFoundError:
            return None

    @contextmanager
    def open(self, file: File) -> Iterator[IO[bytes]]:
        """Its content."""
        try:
            with self._session.open(str(self._folder / file.name), "rb") as content:
                content.prefetch(file.size)
                yield content
        except PermissionError as error:
            raise closed(Where(self._where.city, self._where.source, file.name)) from error


def _file(name: str, seen: paramiko.SFTPAttributes) -> File:
    return File(name, seen.st_size or 0, (seen.st_mtime or 0) * 1_000_000_000)


def _undeclared(where: Where) -> AccessRefused:
    return AccessRefused(
        Text("alamat sftp:// memerlukan [reader.access] kind = sftp", "sftp:// needs [reader.access] kind = sftp"),
        Text("isi user, password atau key_file, dan host_key", "give user, password or key_file, and host_key"),
        where,
    )
