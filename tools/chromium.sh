#!/bin/sh
# Makes sure that there is a Chromium for the browser tests.
set -eu

for name in chromium chromium-browser google-chrome google-chrome-stable; do
    command -v "$name" >/dev/null 2>&1 && exit 0
done

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "▶ Memasang Chromium untuk uji peramban | installing Chromium for the browser tests …"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium >/dev/null && exit 0
fi

echo "✗ Uji peramban memerlukan Chromium atau Chrome di PATH (Debian: sudo apt-get install chromium)." >&2
echo "  The browser tests need Chromium or Chrome on the PATH." >&2
exit 1
