#!/bin/sh
# Makes .venv with everything in requirements.txt; the stamp .venv/ready says that it is complete.
set -eu
cd "$(dirname "$0")/.."

fail() {
    echo "✗ $1" >&2
    exit 1
}

# The first one that runs and is new enough: a name on the PATH may be a shim without a Python behind it.
find_python() {
    for name in python3.11 python3.12 python3.13 python3.14 python3; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
}

make_venv() {
    python=$(find_python)
    [ -n "$python" ] || fail "Perlu Python 3.11 atau lebih baru (Debian: apt-get install python3 python3-venv). | Python 3.11 or newer is needed."
    "$python" -c 'import venv, ensurepip' 2>/dev/null ||
        fail "Modul venv tidak ada (Debian: apt-get install python3-venv). | The module venv is missing."
    echo "▶ .venv ($("$python" --version))"
    "$python" -m venv --clear .venv
}

# uv is several times faster; where it cannot be had or cannot reach what pip can, pip does the same.
install() {
    .venv/bin/python -m pip install --quiet --disable-pip-version-check uv 2>/dev/null &&
        .venv/bin/python -m uv pip install --quiet --python .venv/bin/python -r requirements.txt 2>.venv/uv.log ||
        .venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
}

started=$(date +%s)
.venv/bin/python -m pip --version >/dev/null 2>&1 || make_venv
echo "▶ Memasang pustaka, sekitar satu menit | installing libraries, about a minute …"
install || fail "Pustaka tidak dapat dipasang; periksa jaringan, lalu ulangi. | The libraries could not be installed; check the network and try again."
touch .venv/ready
echo "✓ Siap dalam $(($(date +%s) - started)) detik | ready"
