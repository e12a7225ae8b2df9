"""Compressed files, unpacked with an eye on their size: a few kilobytes may swell to fill a disk."""

import gzip
import zipfile
import zlib
from typing import IO

from etl.errors import UnreadableFile, Where
from etl.readers import spool
from etl.text import Text

MOST_UNPACKED = 4 * 1024**3
MOST_RATIO, RATIO_FROM = 200, 1024 * 1024  # a few unpacked kilobytes harm no one, whatever their ratio
PART = 1 << 20
DAMAGED = (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError)  # the last: a password


def unpacked(content: IO[bytes], compression: str, where: Where) -> IO[bytes]:
    """The file inside; the file itself when none is declared. Raises UnreadableFile (damaged, cut, a bomb)."""
    if not compression:
        return content
    packed_size = size_of(content)
    try:
        with _opened(content, compression, where) as packed:
            return _copied(packed, packed_size, where)
    except DAMAGED as error:
        raise UnreadableFile(
            Text(f"bukan berkas {compression} yang utuh ({error})", f"not a whole {compression} file ({error})"),
            Text(
                "kirim ulang berkasnya tanpa kata sandi, atau perbaiki compression sumber ini",
                "send it again without a password, or correct this source's compression",
            ),
            where,
        ) from error


def size_of(content: IO[bytes]) -> int:
    """The size of an open file, which is then at its beginning."""
    size = content.seek(0, 2)
    content.seek(0)
    return size


def refuse_swollen(packed: int, size: int, most: int, where: Where) -> None:
    """Raises UnreadableFile for what would unpack to more than ``most`` bytes, or to 200 times its size."""
    if size > most or (size > RATIO_FROM and size > MOST_RATIO * packed):
        raise UnreadableFile(
            Text(
                f"{packed} bita membengkak menjadi {size} bita: tidak dibuka",
                f"{packed} bytes swell to {size} bytes: not opened",
            ),
            Text(
                "hapus baris dan format kosong lalu simpan ulang, atau kirim CSV",
                "delete empty rows and formats and save again, or send CSV",
            ),
            where,
        )


def _opened(content: IO[bytes], compression: str, where: Where) -> IO[bytes] | gzip.GzipFile:
    if compression == "gz":
        return gzip.open(content, "rb")
    archive = zipfile.ZipFile(content)
    names = [name for name in archive.namelist() if not name.endswith("/")]
    if len(names) != 1:
        listed = ", ".join(names[:5]) or "–"
        raise UnreadableFile(
            Text(f"zip berisi {len(names)} berkas: {listed}", f"the zip holds {len(names)} files: {listed}"),
            Text("kirim satu berkas per zip", "send one file a zip"),
            where,
        )
    return archive.open(names[0])


def _copied(packed: IO[bytes] | gzip.GzipFile, packed_size: int, where: Where) -> IO[bytes]:
    """What is really inside counts, not what the archive says of itself."""
    if not packed_size:
        raise EOFError("kosong | empty")
    plain, size = spool.temporary(), 0
    while part := packed.read(PART):
        size += plain.write(part)
        refuse_swollen(packed_size, size, MOST_UNPACKED, where)
    plain.seek(0)
    return plain
