"""One-time codes (TOTP, RFC 6238): six digits every 30 seconds from an app on the phone, each taken once."""

import base64
import time
from functools import cache

import pyotp
from cryptography.fernet import Fernet, InvalidToken

from etl import keys

STEP_S = 30
DRIFT_STEPS = 1  # a phone's clock may be half a minute off


def fresh_secret() -> str:
    """A new secret, sealed with a key that is not in the database."""
    return _box().encrypt(pyotp.random_base32().encode()).decode()


def plain(sealed: str) -> str:
    """The secret as a person types it into an app. Raises ValueError for what was not sealed here."""
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise ValueError("not sealed here") from error


def picture(sealed: str, login: str) -> str:
    """The secret as a QR code (SVG) for an app's camera."""
    import segno

    address = pyotp.TOTP(plain(sealed)).provisioning_uri(name=login, issuer_name="Pantau")
    return str(segno.make(address, error="m").svg_inline(scale=5, border=3, light="white", omitsize=True))


def step_of(sealed: str, code: str, last: int | None, now: float | None = None) -> int | None:
    """The time step whose code this is; None when it is none of now, or was taken before."""
    digits = "".join(code.split())
    present = int((now or time.time()) // STEP_S)
    totp = pyotp.TOTP(plain(sealed))
    steps = range(max(present - DRIFT_STEPS, (last or 0) + 1), present + DRIFT_STEPS + 1)
    return next((step for step in steps if pyotp.utils.strings_equal(totp.generate_otp(step), digits)), None)


@cache
def _box() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(bytes.fromhex(keys.secret("codes"))))
