"""``python -m etl boundaries import``: the command that brings official boundaries of a city."""

import argparse
from pathlib import Path

from etl.boundary_files import LEVELS
from etl.cities import load_city


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``boundaries import``."""
    parser.add_argument("city", help="slug kota | slug of the city")
    parser.add_argument("file", type=Path, help="GeoJSON, GPKG, SHP (juga | also .zip), TopoJSON")
    parser.add_argument("--level", choices=LEVELS, help="bila tidak: dikenali dari isinya | else told from the content")
    parser.add_argument("--layer", help="lapisan bila ada beberapa | layer when there are several")
    parser.add_argument("--crosswalk", type=Path, help="CSV code_bps,kode_kemendagri untuk kode BPS | for BPS codes")
    parser.add_argument("--attribution", default="", help="sumber dan lisensi untuk peta | source and licence for maps")
    parser.add_argument("--accept", action="store_true", help="tulis walau ada temuan | write in spite of findings")
    parser.add_argument("--language", choices=("id", "en"), default="id")


def run(args: argparse.Namespace) -> int:
    """Import as the arguments say and print what did not match; 1 when nothing was written."""
    from etl.boundary_import import import_boundaries, show  # loads geopandas, which no web worker needs

    report = import_boundaries(
        load_city(args.city),
        args.file,
        level=args.level,
        layer=args.layer,
        crosswalk=args.crosswalk,
        attribution=args.attribution,
        accept=args.accept,
    )
    show(report, args.language)
    return 0 if report.written else 1
