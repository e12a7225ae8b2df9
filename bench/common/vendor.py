"""The vendor's words and what they mean, for the loaders that stand beside ours."""

CITY_CODE = "64.72"
NAMES = {
    "No Pesanan": "order_id",
    "Kode Toko": "merchant_id",
    "Nama Toko": "merchant",
    "Produk": "product",
    "Kategori": "category",
    "Pembayaran": "payment",
}
BUYERS = {"asn": "asn", "perangkat daerah": "opd", "masyarakat": "public"}
STATES = {"belum bayar": "pending", "lunas": "paid", "batal": "cancelled", "retur": "refunded"}
