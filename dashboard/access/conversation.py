"""The conversation with a city's identity provider: authorization code with PKCE, and whether to believe the answer.

Loaded only where a provider is set up: its libraries take as long to load as a third of the command center.
"""

import time
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.oauth2 import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from dashboard.access.openid import NotBelieved, Person, ProviderAway, Settings, Trip, protected

SCOPE = "openid profile email"
PATIENCE_S = 5.0  # with each question to the provider: somebody waits before a white page
FRESH_S = 3600.0  # after that its addresses and keys are read again: a key that it withdrew is worth nothing then
LEEWAY_S = 60  # its clock and ours
# Signed with a key that the provider alone has. Never what it says it supports: "none" needs no key, and HS256 would
# take the public one.
SIGNED = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
SEVERAL = ("mfa", "otp", "hwk")  # of RFC 8176: more than a password was asked for
NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class Provider:
    """The provider of these settings. What it says about itself is read when it is first needed."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._trusted = httpx.create_ssl_context()  # reads every certificate of the machine: once is enough
        self._about: dict[str, Any] = {}
        self._keys: KeySet | None = None
        self._read_at = 0.0

    def way(self, back: str, trip: Trip) -> str:
        """Where to lead the browser, which is to come back to ``back``."""
        about = self._known()
        address, _ = self._client(None, back).create_authorization_url(
            about["authorization_endpoint"], state=trip.state, nonce=trip.nonce, code_verifier=trip.verifier
        )
        return str(address)

    def person(self, back: str, trip: Trip, code: str) -> Person:
        """Who came back with this code. Raises NotBelieved, or ProviderAway."""
        about = self._known()
        with self._http() as http:
            try:
                said = self._client(http, back).fetch_token(
                    about["token_endpoint"], code=code, code_verifier=trip.verifier, **self._proof(about)
                )
            except AuthlibBaseError as error:
                raise NotBelieved(f"token: {error.error!r:.60}") from error
            except (httpx.HTTPError, ValueError) as error:
                raise ProviderAway(f"token: {type(error).__name__}") from error
        return self._person(self._claims(said, trip))

    def goodbye(self, back: str) -> str | None:
        """Where this provider ends its own session, if it does; ``back`` is our page after that."""
        address = self._known().get("end_session_endpoint")
        if not isinstance(address, str) or not protected(address):
            return None
        told = {"client_id": self.settings.client_id, "post_logout_redirect_uri": back}
        return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(told)}"

    def _client(self, http: httpx.Client | None, back: str) -> OAuth2Client:
        client_id = self.settings.client_id
        return OAuth2Client(http, client_id, scope=SCOPE, redirect_uri=back, code_challenge_method="S256")

    def _proof(self, about: dict[str, Any]) -> dict[str, Any]:
        """The client's secret in the way that the provider takes it: Basic, unless it says otherwise."""
        ours = {"client_id": self.settings.client_id, "client_secret": self.settings.client_secret}
        ways = about.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        if "client_secret_basic" in ways:
            return {"auth": tuple(quote(word, safe="") for word in ours.values())}  # RFC 6749, 2.3.1
        return ours | {"auth": httpx.Auth()}  # in the body, and no header

    def _claims(self, said: dict[str, Any], trip: Trip) -> CodeIDToken:
        """What the identity token says, once everything about it was checked."""
        try:
            token = self._decoded(said["id_token"])
            claims = CodeIDToken(
                token.claims,
                token.header,
                # Authlib by itself would take a token made for another client that names us as its presenter.
                {
                    "iss": {"essential": True, "values": [self.settings.issuer]},
                    "aud": {"essential": True, "values": [self.settings.client_id]},
                    "sub": {"essential": True},
                },
                {"nonce": trip.nonce, "client_id": self.settings.client_id, "access_token": said.get("access_token")},
            )
            claims.validate(leeway=LEEWAY_S)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise NotBelieved(f"id_token: {error!r:.80}") from error
        return claims

    def _decoded(self, token: str) -> jwt.Token:
        """The token by the provider's keys; by its new ones where it names one that we do not know."""
        signed = JWSRegistry(algorithms=SIGNED, strict_check_header=False)
        try:
            return jwt.decode(token, self._keyset(), registry=signed)
        except InvalidKeyIdError:
            self._keys = None
            return jwt.decode(token, self._keyset(), registry=signed)

    def _person(self, claims: CodeIDToken) -> Person:
        email, called = claims.get("email"), claims.get("preferred_username")
        logins = [email] if isinstance(email, str) and claims.get("email_verified") is True else []
        # In many providers people choose this name themselves: an address in it would be somebody's unproven one.
        if isinstance(called, str) and "@" not in called:
            logins.append(called)
        several = any(way in SEVERAL for way in claims.get("amr") or ())
        return Person(claims["sub"], tuple(logins), several or str(claims.get("acr")) in self.settings.acr)

    def _known(self) -> dict[str, Any]:
        """What the provider says about itself, kept for a while. Raises ProviderAway, and asks again the next time."""
        if self._about and time.monotonic() - self._read_at < FRESH_S:
            return self._about
        about = self._asked(f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration")
        if about.get("issuer") != self.settings.issuer:
            raise ProviderAway(f"issuer: {about.get('issuer')!r:.80}, PANTAU_OIDC_ISSUER: {self.settings.issuer}")
        if unsafe := [name for name in NEEDED if not protected(str(about.get(name, "")))]:
            raise ProviderAway(f"no https: {', '.join(unsafe)}")
        self._about, self._keys, self._read_at = about, None, time.monotonic()
        return about

    def _keyset(self) -> KeySet:
        keys = self._keys
        if keys is None:  # another thread may forget them meanwhile: ours are the ones that we return
            # What came over the network is whatever it is; a set of keys that is none is refused in there.
            keys = self._keys = KeySet.import_key_set(self._asked(self._known()["jwks_uri"]))  # type: ignore[arg-type]
        return keys

    def _asked(self, address: str) -> dict[str, Any]:
        try:
            with self._http() as http:
                said = http.get(address).raise_for_status().json()
        except (httpx.HTTPError, ValueError) as error:
            raise ProviderAway(f"{address}: {type(error).__name__}") from error
        if not isinstance(said, dict):
            raise ProviderAway(f"{address}: {type(said).__name__}")
        return said

    def _http(self) -> httpx.Client:
        """One for each conversation: nothing that the provider sets for one person stays for the next."""
        return httpx.Client(timeout=PATIENCE_S, verify=self._trusted)
