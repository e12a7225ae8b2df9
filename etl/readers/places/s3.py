"""A folder of an object store that speaks S3: objects appear there whole, or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from pyarrow import fs

from etl.access import S3
from etl.errors import AccessRefused, UpstreamDown, Where
from etl.readers.places.file import File, Seen, absent, folder_of, matches
from etl.source import Source
from etl.text import Text

SILENCE_S = 30.0


@contextmanager
def opened(source: Source, known: Seen) -> Iterator["Bucket"]:
    """The bucket, or a folder in it."""
    reader = folder_of(source)
    where = Where(source.city, source.name, reader.path)
    if not isinstance(reader.access, S3):
        raise AccessRefused(
            Text("alamat s3:// memerlukan [reader.access] kind = s3", "s3:// needs [reader.access] kind = s3"),
            Text("isi access_key dan secret_key", "give access_key and secret_key"),
            where,
        )
    try:
        yield Bucket(_store(reader.access), reader.path.removeprefix("s3://").strip("/"), reader.pattern, where)
    except PermissionError as error:
        raise AccessRefused(
            Text(f"penyimpanan menolak akun kita: {error}", f"the store refuses our account: {error}"),
            Text("periksa access_key, secret_key dan hak baca", "check access_key, secret_key and the right to read"),
            where,
        ) from error
    except OSError as error:
        raise _failure(error, where) from error


def _store(access: S3) -> fs.S3FileSystem:
    scheme, _, host = access.endpoint.rpartition("://")
    return fs.S3FileSystem(
        access_key=access.access_key,
        secret_key=access.secret_key,
        endpoint_override=host or None,
        scheme=scheme or "https",
        region=access.region or "us-east-1",
        request_timeout=SILENCE_S,
        connect_timeout=SILENCE_S,
        retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=3),
    )


def _failure(error: OSError, where: Where) -> AccessRefused | UpstreamDown:
    """The store's library knows one kind of error: what the store said is in its text."""
    said = str(error)
    if any(word in said for word in ("ACCESS_DENIED", "INVALID_ACCESS_KEY", "SIGNATURE_DOES_NOT_MATCH")):
        return AccessRefused(
            Text(f"penyimpanan menolak akun kita: {said}", f"the store refuses our account: {said}"),
            Text("periksa access_key, secret_key dan hak baca", "check access_key, secret_key and the right to read"),
            where,
        )
    return UpstreamDown(
        Text(f"penyimpanan S3 tidak menjawab dengan baik: {said}", f"the S3 store gives no good answer: {said}"),
        Text(
            "periksa endpoint dan jaringan; dicoba lagi nanti", "check endpoint and network; the next run tries again"
        ),
        where,
    )


class Bucket:
    """Objects below a prefix."""

    own_clock, whole_files = False, True

    def __init__(self, store: fs.S3FileSystem, folder: str, pattern: str, where: Where) -> None:
        self._store, self._folder, self._pattern, self._where = store, folder, pattern, where

    def files(self) -> list[File]:
        """Every object that matches and is neither hidden nor temporary."""
        chosen = fs.FileSelector(self._folder, recursive="/" in self._pattern)
        try:
            found = self._store.get_file_info(chosen)
        except FileNotFoundError as error:
            raise absent(self._where, Text("bucket atau folder tidak ada", "no such bucket or folder")) from error
        files = [self._file(info) for info in found if info.type == fs.FileType.File]
        return [file for file in files if matches(file.name, self._pattern)]

    def look(self, file: File) -> File | None:
        """The object as it stands now."""
        info = self._store.get_file_info(f"{self._folder}/{file.name}")
        return self._file(info) if info.type == fs.FileType.File else None

    @contextmanager
    def open(self, file: File) -> Iterator[IO[bytes]]:
        """Its content."""
        with self._store.open_input_stream(f"{self._folder}/{file.name}") as content:
            yield content

    def _file(self, info: fs.FileInfo) -> File:
        return File(info.path.removeprefix(f"{self._folder}/"), info.size, info.mtime_ns or 0)
