"""A city's identity provider as the tests need it: genuine, by Authlib's server side, over HTTP, and able to misbehave.

Authorization code with PKCE, RS256, discovery, JWKS, RP-initiated sign-out. ``spoil`` changes an identity token on its
way out, ``answers`` replaces an address's answer.
"""

import base64
import hmac
import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import AuthorizationCodeMixin, UserInfo
from authlib.oidc.core.grants import OpenIDCode
from flask import Flask, Response, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from werkzeug.serving import BaseWSGIServer, make_server

CLIENT_ID, CLIENT_SECRET = "pantau", "rahasia:%20+acak/"  # letters that have to be escaped on the way
AUTHORIZE, TOKEN, JWKS, LOGOUT = "/authorize", "/token", "/jwks", "/logout"
DISCOVERY = "/.well-known/openid-configuration"
FORM = """<!DOCTYPE html><html lang="id"><meta name="viewport" content="width=device-width"><title>SSO</title>
<link rel="icon" href="data:,"><h1>SSO</h1><form method="post"><button>{}</button></form>"""

Claims = dict[str, Any]
Spoiler = Callable[["ProviderServer", Claims], str]


@cache
def rsa_key(kid: str, which: int = 0) -> RSAKey:
    """A key of that name; another one of the same name has another number."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"})


def genuine(server: "ProviderServer", claims: Claims) -> str:
    """An identity token as it should be."""
    return signed(claims, server.key)


def signed(claims: Claims, key: RSAKey) -> str:
    return jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key, ["RS256"])


def by_hand(header: Claims, claims: Claims, secret: bytes | None = None) -> str:
    """A token that no careful library makes: unsigned, or signed with what is no secret."""
    parts = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, claims))
    body = b".".join(parts)
    mark = base64.urlsafe_b64encode(hmac.digest(secret, body, sha256)).rstrip(b"=") if secret else b""
    return (body + b"." + mark).decode()


class Client(ClientMixin):
    """Pantau, as it is registered at the provider."""

    def __init__(self, server: "ProviderServer") -> None:
        self.server = server

    def get_client_id(self) -> str:
        return CLIENT_ID

    def get_default_redirect_uri(self) -> None:
        return None

    def get_allowed_scope(self, scope: str) -> str:
        return " ".join(word for word in scope.split() if word in ("openid", "profile", "email"))

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.server.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        return hmac.compare_digest(client_secret, CLIENT_SECRET)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == self.server.auth_method

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass
class Code(AuthorizationCodeMixin):
    """An authorization code that was handed out."""

    code: str
    redirect_uri: str
    scope: str
    nonce: str
    code_challenge: str
    code_challenge_method: str
    person: Claims

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str:
        return self.nonce

    def get_auth_time(self) -> int:
        return int(time.time())

    def get_acr(self) -> str | None:
        return self.person.get("acr")

    def get_amr(self) -> list[str] | None:
        return self.person.get("amr")


@dataclass
class ProviderServer:
    """The provider. ``person`` is who sits before the browser; ``asks`` shows a page to be clicked first."""

    host: str = "127.0.0.1"
    person: Claims = field(default_factory=lambda: {"sub": "nobody"})
    asks: bool = False
    auth_method: str = "client_secret_basic"
    key: RSAKey = field(default_factory=lambda: rsa_key("satu"))
    spoil: Spoiler = genuine
    answers: dict[str, Response] = field(default_factory=dict)
    about: Claims = field(default_factory=dict)  # what else, or what other, the discovery document says
    redirect_uris: set[str] = field(default_factory=lambda: {"http://localhost/masuk/luar/kembali"})
    asked: list[str] = field(default_factory=list)
    codes: dict[str, Code] = field(default_factory=dict)
    port: int = 0
    running: BaseWSGIServer | None = None

    @property
    def issuer(self) -> str:
        return f"http://{self.host}:{self.port}"

    def start(self) -> None:
        """Serve; again at the same port where it was stopped."""
        self.running = make_server(self.host, self.port, application(self), threaded=True)
        self.port = self.running.server_port
        threading.Thread(target=self.running.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Go away: nobody listens there any more."""
        if self.running:
            self.running.shutdown()
            self.running.server_close()
            self.running = None

    def behave(self) -> None:
        """Be honest and forgetful again."""
        fresh = ProviderServer()
        for name in ("person", "asks", "auth_method", "key", "spoil", "answers", "about", "asked", "codes"):
            setattr(self, name, getattr(fresh, name))

    def metadata(self) -> Claims:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}{AUTHORIZE}",
            "token_endpoint": f"{self.issuer}{TOKEN}",
            "jwks_uri": f"{self.issuer}{JWKS}",
            "end_session_endpoint": f"{self.issuer}{LOGOUT}",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],  # whatever a provider claims
            "token_endpoint_auth_methods_supported": [self.auth_method],
        } | self.about


class CodeGrant(AuthorizationCodeGrant):
    """Codes of one ``ProviderServer``, each taken once."""

    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post")

    def generate_authorization_code(self) -> str:
        # Keycloak's are UUIDs; this one has digits only, as some of those do.
        return f"{secrets.randbelow(10**8):08}-1234-4123-8123-{secrets.randbelow(10**12):012}"

    def save_authorization_code(self, code: str, request: Any) -> None:
        said = request.payload.data
        self.server.ours.codes[code] = Code(
            code,
            request.payload.redirect_uri,
            request.payload.scope,
            said["nonce"],
            said["code_challenge"],
            said["code_challenge_method"],
            request.user,
        )

    def query_authorization_code(self, code: str, client: Client) -> Code | None:
        return self.server.ours.codes.get(code)

    def delete_authorization_code(self, authorization_code: Code) -> None:
        del self.server.ours.codes[authorization_code.code]

    def authenticate_user(self, authorization_code: Code) -> Claims:
        return authorization_code.person


class IdToken(OpenIDCode):
    """Identity tokens, spoiled where a test says so."""

    def __init__(self, ours: ProviderServer) -> None:
        super().__init__(require_nonce=True)
        self.ours = ours

    def exists_nonce(self, nonce: str, request: Any) -> bool:
        return any(code.nonce == nonce for code in self.ours.codes.values())

    def resolve_client_private_key(self, client: Client) -> RSAKey:
        return self.ours.key

    def get_client_claims(self, client: Client) -> Claims:
        return {"iss": self.ours.issuer}

    def generate_user_info(self, user: Claims, scope: str) -> UserInfo:
        return UserInfo(user)

    def encode_id_token(self, token: Claims, request: Any) -> str:
        made = jwt.decode(super().encode_id_token(token, request), self.ours.key, ["RS256"])
        return self.ours.spoil(self.ours, made.claims)


def application(ours: ProviderServer) -> Flask:
    """The web application of a provider."""
    app = Flask("provider")
    server = AuthorizationServer(
        app, query_client=lambda client_id: Client(ours), save_token=lambda token, request: None
    )
    server.ours = ours
    server.register_grant(CodeGrant, [CodeChallenge(required=True), IdToken(ours)])

    def authorize() -> Response:
        if ours.asks and request.method == "GET":
            return Response(FORM.format("Masuk sebagai Siti"), mimetype="text/html")
        grant = server.get_consent_grant(end_user=ours.person)
        return server.create_authorization_response(grant_user=ours.person, grant=grant)

    def before() -> Response | None:
        ours.asked.append(request.path)
        return ours.answers.get(request.path)

    app.before_request(before)
    app.add_url_rule(DISCOVERY, "discovery", lambda: jsonify(ours.metadata()))
    app.add_url_rule(JWKS, "jwks", lambda: jsonify(KeySet([ours.key]).as_dict()))
    app.add_url_rule(AUTHORIZE, "authorize", authorize, methods=["GET", "POST"])
    app.add_url_rule(TOKEN, "token", server.create_token_response, methods=["POST"])
    app.add_url_rule(LOGOUT, "logout", lambda: redirect(request.args["post_logout_redirect_uri"]))
    return app
