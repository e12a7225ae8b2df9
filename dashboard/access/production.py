"""What must hold before a command center answers a city's own address (``PANTAU_ORIGIN``)."""

from dashboard.access import accounts
from dashboard.access.site import Site
from etl import keys
from etl.errors import PantauError
from etl.warehouse import Role

# What the command center signs in to the database with; on a machine of its own it cannot make them up.
DATABASE = (Role.WEB, Role.OPD, Role.BELL, Role.STEWARD, Role.ACCESS, Role.OFFICE, Role.WALLS)
KEYS = ("codes", "vault", "aid", "objections", "webhook", *(role.value for role in DATABASE))
EXAMPLES = ("0" * 64, "0123456789abcdef" * 4, "deadbeef" * 8)


def require(site: Site) -> None:
    """Raises PantauError, with what to do, when something that a trial may do without is missing."""
    if not site.production:
        return
    if missing := [name for name in KEYS if not keys.there(name)]:
        listed = ", ".join(missing)
        raise PantauError(
            f"kunci belum ada: {listed} → jalankan: python -m dashboard keys "
            f"| keys are missing: {listed} → run: python -m dashboard keys"
        )
    if weak := [name for name in KEYS if _weak(keys.secret(name))]:
        raise PantauError(
            f"kunci contoh atau terlalu pendek: {', '.join(weak)} → ganti PANTAU_KEY_… dengan 64 angka heksa acak "
            f"| an example or too short: {', '.join(weak)} → set PANTAU_KEY_… to 64 random hexadecimal digits"
        )
    if trial := [one.login for one in accounts.every() if one.demo and not one.disabled]:
        closing = "; ".join(f"python -m dashboard user disable {login}" for login in trial)
        raise PantauError(
            f"akun contoh masih terbuka → tutup dahulu: {closing} | the accounts of a trial are open → close them"
        )


def make_keys() -> None:
    """Make the keys that are not there yet; those that are stay."""
    for name in KEYS:
        keys.secret(name)


def _weak(secret: str) -> bool:
    digits = set(secret.lower())
    return len(secret) < 64 or not digits <= set("0123456789abcdef") or len(digits) < 6 or secret.lower() in EXAMPLES
