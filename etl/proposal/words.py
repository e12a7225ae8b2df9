"""What the words of a header say about its column, in Indonesian and English."""

import re

from etl.areas import normal
from etl.text import MARK


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


NAME = _words("nama name")
PERSON = _words(
    "penerima pasien pelapor pemohon pembeli petugas pegawai warga penduduk suami istri ibu ayah anak siswa mahasiswa"
    " guru dokter driver sopir kurir pengurus pendaftar peserta korban agent agen operator customer pelanggan recipient"
    " buyer caller patient owner pemilik wali responden penanggung orang person people"
)
THING = _words(
    "toko produk barang kecamatan kec kelurahan kel desa provinsi kabupaten kabupatenkota kota opd skpd dinas unit"
    " program programme kegiatan layanan perpustakaan sekolah puskesmas rumah jalan pasar aplikasi instansi lokasi"
    " tempat usaha merchant shop store product item kategori jenis gedung taman file wilayah area city district"
    " village service agency country province state bidang posko pos loket"
)
NUMBER_OF_PERSON = _words("nik ktp kk nip nrp npwp paspor passport bpjs rekening nopol sim nisn nim")
CONTACT = _words("hp telp telepon tlp ponsel wa whatsapp phone mobile email mail surel kontak contact")
ADDRESS = _words("alamat address rt rw domisili")
ABOUT_PERSON = _words("umur usia age lahir birth birthdate dob lat latitude lintang lon long lng longitude bujur")
FREE_TEXT = _words("keterangan catatan uraian deskripsi isi kronologi note notes remark remarks comment pesan")
SENSITIVE = _words(
    "diagnosa diagnosis penyakit sakit pasien patient hamil disabilitas difabel vaksin bansos bantuan desil"
    " penghasilan gaji pendapatan hutang anak balita agama gejala sembuh meninggal"
)

DAY = _words("tanggal tgl hari date day lahir")
MOMENT = DAY | _words("waktu jam pukul time timestamp at")
CHANGED = _words("diubah ubah update updated diperbarui perbarui pembaruan modified terbit changed perubahan")
MONEY = _words(
    "harga nominal biaya pagu anggaran realisasi bayar pembayaran omzet omset tarif retribusi rp rupiah price amount"
    " cost budget gaji penghasilan"
)
CODE = _words("kode code id no nomor nomer sku uid uuid")
ROW_NUMBER = tuple(map(_words, ("no", "nomor", "no urut", "nomor urut", "#", "index")))

KELURAHAN = _words("kelurahan kel desa village ward")
KECAMATAN = _words("kecamatan kec district")


def words(header: str) -> set[str]:
    """The words of a header in lower case: ``NO. KK`` and ``noKk`` are ``{no, kk}``."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header)
    return set(re.findall(r"[a-z]+|#", parted.casefold()))


def column_name(header: str) -> str:
    """A header as the name of a column: small letters, digits and ``_``, beginning with a letter."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header)
    name = "_".join(filter(None, (normal(part) for part in re.split(r"[^\w]+|_", parted))))
    plain = re.sub(r"[^a-z0-9_]", "", name)
    return plain if plain[:1].isalpha() else f"kolom_{plain}".rstrip("_")


def spoken(header: str) -> str:
    """A header as the beginning of a meaning: ``TGL_KUNJUNGAN`` → ``Tgl kunjungan``."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header)
    plain = " ".join(parted.replace("_", " ").split())
    return plain[:1].upper() + (plain[1:].lower() if plain.isupper() or "_" in header else plain[1:])


def unwritten(said: str) -> str:
    """A text that a person has yet to write in English."""
    return f"{MARK}English: {said}›"
