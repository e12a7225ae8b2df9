"""Text as it really comes: declared encodings, files that were cut, all of it read in bounded memory."""

import codecs
from collections.abc import Iterator
from typing import IO

from etl.errors import UnreadableFile, Where
from etl.readers import spool
from etl.text import Text

CUT_AT = (65_536, 1_048_576)  # the rows of a spreadsheet: a file of exactly so many was cut
PART = 1 << 20
BOM = "\ufeff"


def decoded(content: IO[bytes], encoding: str, where: Where) -> IO[bytes]:
    """The file as UTF-8 without a byte-order mark; another temporary file.

    Raises UnreadableFile naming the row: not in this encoding, or NUL bytes (damaged, or copied in part).
    """
    utf8, row = spool.temporary(), 1
    for number, text in enumerate(_texts(content, encoding, where)):
        clean = text.removeprefix(BOM) if number == 0 else text
        if (nul := clean.find("\0")) >= 0:
            raise _holds_nul(where, row + clean.count("\n", 0, nul))
        row += clean.count("\n")
        utf8.write(clean.encode(errors="surrogatepass"))
    utf8.seek(0)
    return utf8


def _texts(content: IO[bytes], encoding: str, where: Where) -> Iterator[str]:
    """Never empty at first: a byte-order mark stands whole in the first text."""
    decoder, row, part = _decoder(encoding, where), 1, b"-"
    while part:
        part = content.read(PART)
        try:
            text = decoder.decode(part, final=not part)
        except UnicodeDecodeError as error:
            raise _not_in(encoding, error, where, row) from error
        row += text.count("\n")
        if text:
            yield text


def _decoder(encoding: str, where: Where) -> codecs.IncrementalDecoder:
    try:
        return codecs.getincrementaldecoder(encoding)()
    except LookupError as error:
        raise unreadable(
            Text(f"encoding {encoding!r} tidak dikenal", f"the encoding {encoding!r} is unknown"),
            Text("nyatakan encoding yang benar pada sumber ini", "declare the right encoding in this source"),
            where,
        ) from error


def _not_in(encoding: str, error: UnicodeDecodeError, where: Where, row: int) -> UnreadableFile:
    said = bytes(error.object[error.start : error.start + 8]).hex(" ")
    return unreadable(
        Text(f"bukan {encoding} (bita {said})", f"is not {encoding} (bytes {said})"),
        Text(
            "simpan ulang dengan encoding itu, atau nyatakan encoding berkas pada sumber ini",
            "save it again in that encoding, or declare the file's encoding in this source",
        ),
        where,
        row + bytes(error.object[: error.start]).count(b"\n"),
    )


def _holds_nul(where: Where, row: int) -> UnreadableFile:
    return unreadable(
        Text("berisi bita NUL: berkas rusak atau belum selesai disalin", "holds NUL bytes: damaged or copied in part"),
        Text("kirim ulang berkasnya", "send the file again"),
        where,
        row,
    )


def unreadable(what: Text, action: Text, where: Where, row: int | None = None) -> UnreadableFile:
    """The refusal of a whole file, at a row where one is to blame."""
    return UnreadableFile(what, action, Where(where.city, where.source, where.file, row))


def refuse_cut_file(data_rows: int, all_rows: int, where: Where) -> None:
    """Raises UnreadableFile when a file has exactly as many rows as a spreadsheet can hold."""
    for limit in CUT_AT:
        if limit in (data_rows, all_rows):
            raise UnreadableFile(
                Text(
                    f"berisi tepat {limit} baris: terpotong oleh spreadsheet",
                    f"has exactly {limit} rows: a spreadsheet cut it",
                ),
                Text(
                    "ekspor ulang sebagai CSV langsung dari aplikasinya, atau per bulan",
                    "export it again as CSV from the application itself, or month by month",
                ),
                where,
            )
