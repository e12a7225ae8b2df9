#!/bin/sh
# Makes sure that there are the programs that tests need: a Chromium, a MariaDB, a reader of PDF, nginx.
set -eu

# The first of the names that is on the PATH, or where Debian keeps servers.
there() {
    for name in "$@"; do
        PATH="$PATH:/usr/sbin" command -v "$name" >/dev/null 2>&1 && return
    done
    return 1
}

# A package of Debian, where we may install one.
install() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || return 1
    echo "▶ Memasang $1 untuk pengujian | installing $1 for the tests …"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$1" >/dev/null
}

if ! there mariadbd && ! install mariadb-server; then
    echo "• Tanpa MariaDB, pengujian pembacanya dilewati (Debian: sudo apt-get install mariadb-server)." >&2
    echo "  Without MariaDB on the PATH, the tests of its reader are skipped." >&2
fi

if ! there pdftotext && ! install poppler-utils; then
    echo "• Tanpa pdftotext, angka ringkasan PDF tidak dibaca kembali (Debian: sudo apt-get install poppler-utils)." >&2
    echo "  Without pdftotext, the figures of the PDF brief are not read back." >&2
fi

if ! there nginx && ! install nginx-light; then
    echo "• Tanpa nginx, konfigurasinya untuk situs publik tidak diuji (Debian: sudo apt-get install nginx-light)." >&2
    echo "  Without nginx on the PATH, its configuration for the public site is not tested." >&2
fi

if ! there chromium chromium-browser google-chrome google-chrome-stable && ! install chromium; then
    echo "✗ Uji peramban memerlukan Chromium atau Chrome di PATH (Debian: sudo apt-get install chromium)." >&2
    echo "  The browser tests need Chromium or Chrome on the PATH." >&2
    exit 1
fi
