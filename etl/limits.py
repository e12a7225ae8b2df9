"""When a delivery is so wrong that nothing of it is loaded."""

from collections import Counter

from etl.errors import TooManyRefused, Where
from etl.readers.delivery import Delivery
from etl.sift import Sifted
from etl.source import Source
from etl.text import Text

FEW = 20  # refused rows that stop no delivery, however small it is
TOLD = 3  # reasons in the message


def refuse_too_many(source: Source, delivery: Delivery, sifted: Sifted, received: int, refused: int) -> None:
    """Raises TooManyRefused when more rows are refused, for the first time, than the source may have."""
    if refused <= FEW or refused * 100 <= received * source.most_refused_percent:
        return
    share, most = 100 * refused / received, source.most_refused_percent
    id, en = _reasons(delivery, sifted)
    raise TooManyRefused(
        Text(
            f"{refused} dari {received} baris ditolak ({share:.1f}%, paling banyak {most:g}%),"
            f" tidak ada yang dimuat: {id}",
            f"{refused} of {received} rows are refused ({share:.1f}%, at most {most:g}%), nothing was loaded: {en}",
        ),
        Text(
            "perbaiki berkas atau peta kolom sumber ini; bila memang begitu datanya, isi most_refused_percent",
            "correct the file or this source's column map; if its data are so, set most_refused_percent",
        ),
        Where(source.city, source.name, delivery.name),
    )


def _reasons(delivery: Delivery, sifted: Sifted) -> Text:
    """The commonest reasons with their counts."""
    of_sieve = zip(sifted.bad["column"], sifted.bad["reason_id"], sifted.bad["reason_en"], strict=True)
    of_reader = zip(delivery.refused["_reason_id"], delivery.refused["_reason_en"], strict=True)
    said = Counter([*of_sieve, *(("", id, en) for id, en in of_reader)]).most_common(TOLD)
    named = [(number, f"{column}: " if column else "", id, en) for (column, id, en), number in said]
    return Text(
        "; ".join(f"{number} × {column}{id}" for number, column, id, _ in named),
        "; ".join(f"{number} × {column}{en}" for number, column, _, en in named),
    )
