"""A table of a release as Parquet: its columns typed, and what they mean in the file itself."""

import io
from collections.abc import Sequence

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from dashboard.public import described
from dashboard.public.columns import Field, Sheet
from dashboard.public.package import both
from etl.bundle import Value

ARROW = {"string": pa.string(), "integer": pa.int64(), "number": pa.float64(), "date": pa.date32()}


def parquet(sheet: Sheet) -> bytes:
    """The file."""
    schema = pa.schema([_arrow_field(sheet, field) for field in sheet.fields], metadata=_arrow_metadata(sheet))
    cells = list(zip(*sheet.lines, strict=True)) or [()] * len(sheet.fields)
    arrays = [_array(column, field.type) for column, field in zip(cells, schema, strict=True)]
    out = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(arrays, schema=schema), out, compression="zstd")
    return out.getvalue()


def _array(cells: Sequence[Value], of: pa.DataType) -> pa.Array:
    return pa.array(cells, pa.string()).cast(of) if of == pa.date32() else pa.array(cells, of)


def _arrow_field(sheet: Sheet, field: Field) -> pa.Field:
    metadata = {
        **both("title", field.title),
        **both("description", field.meaning),
        **both("unit", field.unit),
    }
    nullable = not described.is_required(sheet.about, field)
    return pa.field(field.name, ARROW[described.type_of(field)], nullable=nullable, metadata=metadata)


def _arrow_metadata(sheet: Sheet) -> dict[str, str | bytes]:
    manifest, about = sheet.bundle.manifest, sheet.about
    return {
        "city": manifest.city,
        "release": str(manifest.number),
        "licence": manifest.licence,
        "citation": described.citation(manifest, about).id,
        "table": msgspec.json.encode(described.table_told(manifest, about)),
    }
