"""Belanja di pasar daring kota (Behambinan, e-Peken …): one row per order line.

Recipient, phone and delivery address are delivered by the shops' exports and are not
wanted here: a column that no contract names never reaches the warehouse.
"""

from etl.contract import Column, Contract, District, Kind, Privacy, Pseudonym, Retention, Rollup
from etl.rules import NIP, NonZero, NotAfterNow, OneOf
from etl.text import Text

CONTRACT = Contract(
    name="marketplace_orders",
    title=Text("Belanja pasar daring", "Marketplace orders"),
    meaning=Text(
        "Baris pesanan di pasar daring UMKM milik kota", "Order lines of the city's small-merchant marketplace"
    ),
    grain=Text("satu baris pesanan", "one order line"),
    key=("order_id", "line"),
    privacy=Privacy.P2,
    time="ordered_at",
    area="area_code",
    revision="updated_at",
    sparse=("buyer", "refund_of"),
    retention=(
        Retention(
            "asn_lines",
            Text("ASN mana yang membeli; barisnya tetap terhitung", "Which civil servant bought; the line stays"),
            days=396,  # 13 months
            after="ordered_at",
            columns=("nip", "buyer", "payment_account", "payer"),
        ),
    ),
    rollups=(
        Rollup("buyers", ("status", "buyer_type"), sums=("amount",), different="order_id"),
        Rollup("hours", ("status", "buyer_type"), sums=("amount",), hourly=True, different="order_id"),
        Rollup("goods", ("status", "buyer_type", "category", "payment"), sums=("amount",), different="order_id"),
        Rollup("agencies", ("status", "buyer_type", "agency_code"), sums=("amount",), different="order_id"),
        Rollup("districts", (District("kecamatan", "area_code"), "status", "buyer_type"), sums=("amount",)),
        Rollup("wards", ("area_code", "status", "buyer_type", "category"), sums=("amount",), different="order_id"),
        Rollup("shops", ("merchant_id", "area_code", "status", "buyer_type", "category"), monthly=True),
    ),
    columns=(
        Column("order_id", Kind.TEXT, Text("Nomor pesanan", "Order number"), required=True),
        Column("line", Kind.INTEGER, Text("Nomor baris dalam pesanan", "Line within the order"), required=True),
        Column(
            "ordered_at",
            Kind.TIMESTAMP,
            Text("Waktu pesanan dibuat", "Moment of ordering"),
            required=True,
            rules=(NotAfterNow(),),
        ),
        Column("merchant_id", Kind.TEXT, Text("Nomor pedagang", "Merchant number"), required=True),
        Column("merchant", Kind.TEXT, Text("Nama toko", "Shop name")),
        Column("area_code", Kind.AREA, Text("Kelurahan toko", "Ward of the shop"), dimension=True),
        Column("product", Kind.TEXT, Text("Nama produk", "Product")),
        Column("category", Kind.CATEGORY, Text("Jenis dagangan", "Kind of goods"), dimension=True),
        Column(
            "quantity",
            Kind.DECIMAL,
            Text("Jumlah; negatif untuk pengembalian", "Quantity; negative for a return"),
            required=True,
            rules=(NonZero(),),
        ),
        Column(
            "amount",
            Kind.MONEY,
            Text(
                "Nilai baris ini (bukan total pesanan); negatif untuk pengembalian",
                "Value of this line (not the order total); negative for a refund",
            ),
            unit="Rp",
            required=True,
            rules=(NonZero(),),
        ),
        Column(
            "order_total",
            Kind.MONEY,
            Text(
                "Total pesanan yang ditulis sumber pada tiap barisnya; tidak untuk dijumlahkan",
                "Total of the order as the source repeats it on every line; never to be added up",
            ),
            unit="Rp",
        ),
        Column(
            "buyer_type",
            Kind.CATEGORY,
            Text("Pembeli: ASN, OPD atau umum", "Buyer: civil servant, agency or public"),
            required=True,
            rules=(OneOf(("asn", "opd", "public")),),
            dimension=True,
        ),
        Column(
            "nip",
            Kind.IDENTIFIER,
            Text("NIP pembeli bila ASN", "NIP of the buyer when a civil servant"),
            rules=(NIP,),
            privacy=Privacy.P2,
        ),
        Column(
            "buyer",
            Kind.TEXT,
            Text("Nama samaran pembeli ASN", "Pseudonym of the buying civil servant"),
            derived=Pseudonym("nip", "asn"),
        ),
        Column(
            "payment_account",
            Kind.IDENTIFIER,
            Text("Nomor rekening atau akun pembayaran", "Number of the account that paid"),
            privacy=Privacy.P2,
        ),
        Column(
            "payer",
            Kind.TEXT,
            Text("Nama samaran akun pembayaran; hanya untuk pemeriksaan silang", "Pseudonym of it; for cross-checks"),
            derived=Pseudonym("payment_account", "payer"),
            privacy=Privacy.P2,
        ),
        Column("agency_code", Kind.TEXT, Text("OPD pembeli", "Agency of the buyer"), dimension=True),
        Column("payment", Kind.CATEGORY, Text("Cara bayar", "Means of payment"), dimension=True),
        Column("refund_of", Kind.TEXT, Text("Nomor pesanan yang dikembalikan", "Order that this line refunds")),
        Column(
            "status",
            Kind.CATEGORY,
            Text("Keadaan pesanan", "State of the order"),
            required=True,
            rules=(OneOf(("pending", "paid", "cancelled", "refunded")),),
            dimension=True,
        ),
        Column("updated_at", Kind.TIMESTAMP, Text("Waktu perubahan terakhir", "Last change upstream")),
    ),
)
