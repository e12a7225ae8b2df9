"""What each upstream writes: headers, words, formats and typical mistakes, per city."""

from simulator.exports import banyumas, samarinda, surabaya
from simulator.exports.shape import Export

EXPORTS: dict[tuple[str, str], Export] = {
    (city, dataset): export
    for city, exports in (
        ("samarinda", samarinda.EXPORTS),
        ("surabaya", surabaya.EXPORTS),
        ("banyumas", banyumas.EXPORTS),
    )
    for dataset, export in exports.items()
}
