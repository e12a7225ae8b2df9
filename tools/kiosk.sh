#!/bin/sh
# A screen's browser, for ever: waits for the server, opens the wall, starts again when the browser ends.
# tools/kiosk.sh https://pantau.kota.go.id
set -eu
address="${1:?alamat server | the server, such as https://pantau.kota.go.id}"
profile="${PANTAU_KIOSK_PROFILE:-$HOME/.config/pantau-kiosk}"
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || {
  echo "Chromium belum terpasang | Chromium is not installed: sudo apt install chromium" >&2
  exit 1
}
while true; do
  # A browser that opens before the server answers shows an error page that nobody is there to reload.
  until curl --fail --silent --max-time 5 --output /dev/null "$address/healthz"; do sleep 2; done
  "$browser" --kiosk --noerrdialogs --disable-session-crashed-bubble --no-first-run \
    --autoplay-policy=no-user-gesture-required --user-data-dir="$profile" --force-device-scale-factor=1 \
    --disable-features=Translate --disable-component-update --disable-background-networking \
    "$address/dinding" || true
  sleep 2
done
