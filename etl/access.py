"""The ways in which rows are got at: one frozen struct per access shape, as a source file declares it.

``[reader]`` of a source file is one of these, told by its ``kind``. A word that is not declared
here is refused by name.
"""

from typing import Any, Literal

import msgspec


class Declared(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The base of everything that a city file may say."""


class Sftp(Declared, frozen=True, tag_field="kind", tag="sftp"):
    """How to log in to an SFTP server. Its host key is pinned: a server with another one is not spoken to."""

    user: str
    host_key: str  # "SHA256:…", as ``ssh-keyscan HOST | ssh-keygen -lf -`` prints it
    password: str = ""
    key_file: str = ""  # a private key, instead of a password


class S3(Declared, frozen=True, tag_field="kind", tag="s3"):
    """How to log in to an object store that speaks S3."""

    access_key: str
    secret_key: str
    endpoint: str = ""  # "https://s3.kota.go.id"; empty = Amazon's
    region: str = ""


class Published(Declared, frozen=True, tag_field="kind", tag="https"):
    """A file at a web address; ``redirects_to`` names the other hosts that it may lead to (``*.example.id``)."""

    redirects_to: tuple[str, ...] = ()
    deadline_s: float = 120.0


class Folder(Declared, frozen=True):
    """Files in a folder; each new or changed file is one delivery.

    ``path`` is a folder of this machine, ``sftp://host/folder``, ``s3://bucket/folder``, or the
    ``https://`` address of one file.
    """

    path: str
    pattern: str = "*"
    compression: Literal["", "gz", "zip"] = ""  # of every file; a zip holds one file
    access: Sftp | S3 | Published | None = None


class Csv(Folder, frozen=True, tag_field="kind", tag="csv"):
    """Delimited text. The header row is found by the columns that the source names."""

    delimiter: str = ","
    encoding: str = "utf-8"  # "utf-8" also takes a BOM


class Fixed(Folder, frozen=True, tag_field="kind", tag="fixed"):
    """Text whose columns stand at fixed places, counted in characters.

    Either ``widths`` (header → characters, one column after another) or ``positions``
    (header → first and last character, from 1). ``skip`` lines stand above the first row.
    """

    widths: dict[str, int] = {}
    positions: dict[str, tuple[int, int]] = {}
    skip: int = 0
    encoding: str = "utf-8"

    def __post_init__(self) -> None:
        if bool(self.widths) == bool(self.positions):
            raise ValueError("isi salah satu: widths atau positions | give either widths or positions")
        if any(first < 1 or last < first for first, last in self.places.values()):
            raise ValueError("widths dan positions mulai dari 1 | widths and positions begin with 1")

    @property
    def places(self) -> dict[str, tuple[int, int]]:
        """The first and last character of each column, from 1."""
        if self.positions:
            return self.positions
        ends = [sum(list(self.widths.values())[: count + 1]) for count in range(len(self.widths))]
        return {name: (end - width + 1, end) for (name, width), end in zip(self.widths.items(), ends, strict=True)}


class Workbook(Folder, frozen=True):
    """A workbook. Title rows above the header are skipped; the first sheet unless named.

    A header over ``header_rows`` rows is read as one: ALAMAT merged over KEL and KEC gives
    ``ALAMAT KEL`` and ``ALAMAT KEC``.
    """

    sheet: str | None = None
    header_rows: int = 1

    def __post_init__(self) -> None:
        if self.header_rows < 1:
            raise ValueError("header_rows mulai dari 1 | header_rows begins with 1")


class Xlsx(Workbook, frozen=True, tag_field="kind", tag="xlsx"):
    """Excel since 2007 (.xlsx, .xlsm)."""


class Xls(Workbook, frozen=True, tag_field="kind", tag="xls"):
    """Excel before 2007 (.xls)."""


class Ods(Workbook, frozen=True, tag_field="kind", tag="ods"):
    """LibreOffice (.ods)."""


class Json(Folder, frozen=True, tag_field="kind", tag="json"):
    """A JSON document; ``items`` is the dotted place of the list in it."""

    items: str = ""


class JsonLines(Folder, frozen=True, tag_field="kind", tag="jsonl"):
    """One JSON object a line."""


class Xml(Folder, frozen=True, tag_field="kind", tag="xml"):
    """An XML document; ``items`` is the path of the row element from the root: ``laporan/kasus``."""

    items: str = ""

    def __post_init__(self) -> None:
        if not self.items.strip("/"):
            raise ValueError("isi items: jalur elemen baris | give items: the path of the row element")


class OAuth2(Declared, frozen=True):
    """OAuth2 client credentials (RFC 6749 §4.4)."""

    token_url: str
    client_id: str
    client_secret: str
    scope: str = ""


class Basic(Declared, frozen=True):
    """HTTP Basic (RFC 7617)."""

    user: str
    password: str


class ApiKey(Declared, frozen=True):
    """A key in a header or in a query parameter, whichever is named."""

    key: str
    header: str = ""
    parameter: str = ""

    def __post_init__(self) -> None:
        if bool(self.header) == bool(self.parameter):
            raise ValueError("isi salah satu: header atau parameter | give either header or parameter")


class Pages(Declared, frozen=True, tag_field="style", tag="page"):
    """``?page=1&per_page=…`` until a page is short."""

    number: str = "page"
    size: str = "per_page"


class OffsetPages(Declared, frozen=True, tag_field="style", tag="offset"):
    """``?offset=0&limit=…``: how many rows to pass over; until a page is short."""

    offset: str = "offset"
    size: str = "limit"


class CursorPages(Declared, frozen=True, tag_field="style", tag="cursor"):
    """The answer holds the cursor of the next page at ``next`` (dotted); none ends it."""

    parameter: str = "cursor"
    next: str = "next"
    size: str = "limit"


class LinkPages(Declared, frozen=True, tag_field="style", tag="link"):
    """The next page is the ``rel="next"`` of the Link header (RFC 8288)."""

    size: str = "per_page"


class Since(Declared, frozen=True):
    """How to ask only for what changed: a query parameter or a column, and the field that carries it.

    The boundary itself is asked for again (``>=``): rows that share its moment are never lost,
    and those already stored are counted as unchanged. The moment is sent as the server wrote it,
    unless ``format`` says how it wants to be asked.
    """

    field: str
    parameter: str = ""
    until: str = ""  # the parameter that ends a range, where a service has one: back-fill then goes window by window
    format: Literal["", "iso", "epoch_s", "epoch_ms"] = ""


class Rest(Declared, frozen=True, tag_field="kind", tag="rest"):
    """A JSON API; ``items`` is the dotted place of the list in the answer.

    With a ``body`` the questions are a POST search: the parameters of pages and of ``since``
    are put into that JSON body, at the (dotted) places that they name.
    """

    url: str
    items: str = ""
    auth: OAuth2 | None = None
    basic: Basic | None = None
    api_key: ApiKey | None = None
    bearer: str = ""
    pagination: Pages | OffsetPages | CursorPages | LinkPages = Pages()
    since: Since | None = None
    page_size: int = 1000
    deadline_s: float = 120.0
    headers: dict[str, str] = {}
    body: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        if sum(map(bool, (self.auth, self.basic, self.api_key, self.bearer))) > 1:
            raise ValueError("pilih satu: auth, basic, api_key atau bearer | choose one of these")
        if self.body is not None and isinstance(self.pagination, LinkPages):
            raise ValueError("body tidak dapat memakai halaman style = link | a POST search has no link pages")


class Sql(Declared, frozen=True, tag_field="kind", tag="sql"):
    """A table or view of another system's database, read with SELECT only."""

    url: str
    table: str
    schema: str | None = None
    since: Since | None = None
    chunk: int = 50_000


class Push(Declared, frozen=True, tag_field="kind", tag="push"):
    """Rows that the other system sends to ``/ingest/<city>/<source>``, with a key of its own."""

    most_bytes: int = 10_000_000  # of one delivery


Reader = Csv | Fixed | Xlsx | Xls | Ods | Json | JsonLines | Xml | Rest | Sql | Push
