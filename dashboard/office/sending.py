"""Sending: one message by SMTP or to a webhook. What was not sent is said; inner addresses are never called.

``PANTAU_SMTP_URL``: ``smtps://user:password@host:465`` or ``smtp://host:25``, with ``?starttls=1`` encrypted before the
sign-in. ``PANTAU_SMTP_FROM`` is the sender. ``PANTAU_WEBHOOK_HOSTS`` names hosts (``host`` or ``host:port``) of the
city's own network that may be called besides public ones over https.
"""

import hashlib
import hmac
import ipaddress
import json
import os
import smtplib
import socket
import ssl
import time
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from etl import keys
from etl.text import Text

if TYPE_CHECKING:
    import httpx  # what calls nobody does without

WAIT_S = 10.0
GOOD = range(200, 300)
SMTP_PORTS = {"smtp": 25, "smtps": 465}


class NotSent(Exception):
    """A message that did not reach its receiver, or an address that nothing is sent to."""

    def __init__(self, says: Text) -> None:
        super().__init__(says.en)
        self.says = says


@dataclass(frozen=True)
class Message:
    """One message. ``batch`` stays the same when it is sent again, so that a receiver can tell."""

    batch: str
    subject: str
    lines: tuple[tuple[str, str], ...]  # what is said, and the address of its evidence
    causes: tuple[str, ...]
    city: str
    simulated: bool
    attached: Path | None = None


def mail_server() -> SplitResult | None:
    """Where e-mail is handed in; None when none is set up."""
    given = os.environ.get("PANTAU_SMTP_URL", "")
    parts = urlsplit(given)
    return parts if parts.scheme in SMTP_PORTS and parts.hostname else None


def by_mail(message: Message, address: str) -> None:
    """Hand an e-mail in. Raises NotSent."""
    server = mail_server()
    if server is None:
        raise NotSent(Text("Server e-mail belum diatur.", "No mail server is set up."))
    try:
        with _signed_in(server) as connection:
            connection.send_message(_mail(message, address, server.hostname or ""))
    except (smtplib.SMTPException, OSError) as error:
        raise NotSent(Text(f"e-mail: {type(error).__name__}", f"e-mail: {type(error).__name__}")) from error


def _signed_in(server: SplitResult) -> smtplib.SMTP:
    host, port = server.hostname or "", server.port or SMTP_PORTS[server.scheme]
    trust = ssl.create_default_context()
    connection: smtplib.SMTP = (
        smtplib.SMTP_SSL(host, port, timeout=WAIT_S, context=trust)
        if server.scheme == "smtps"
        else smtplib.SMTP(host, port, timeout=WAIT_S)
    )
    if parse_qs(server.query).get("starttls") == ["1"]:
        connection.starttls(context=trust)
    if server.username:
        connection.login(unquote(server.username), unquote(server.password or ""))
    return connection


def _mail(message: Message, address: str, host: str) -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"], mail["To"] = message.subject, address
    mail["From"] = os.environ.get("PANTAU_SMTP_FROM") or f"Pantau <pantau@{host}>"
    mail["Date"], mail["Message-ID"] = formatdate(localtime=False), f"<{message.batch}@pantau>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content("\n\n".join("\n".join(filter(None, line)) for line in message.lines) + "\n")
    if message.attached and message.attached.is_file():
        mail.add_attachment(
            message.attached.read_bytes(), maintype="application", subtype="pdf", filename=message.attached.name
        )
    return mail


def secret_of(subscription_id: int) -> str:
    """The key with which calls of one subscription are signed; its receiver is told it once on the page."""
    return hmac.new(keys.secret("webhook").encode(), str(subscription_id).encode(), hashlib.sha256).hexdigest()


def signature(secret: str, moment: int, body: bytes) -> str:
    """The header ``Pantau-Signature``: HMAC-SHA256 over the moment (seconds since 1970), a dot, and the body."""
    signed = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={signed}"


def by_webhook(message: Message, address: str, secret: str) -> None:
    """POST a message as JSON. Raises NotSent."""
    import httpx

    url, peer = checked(address)
    body = json.dumps(_told(message), ensure_ascii=False).encode()
    headers = {
        "Host": url.netloc.decode(),
        "Content-Type": "application/json",
        "User-Agent": "Pantau",
        "Idempotency-Key": message.batch,
        "Pantau-Signature": signature(secret, int(time.time()), body),
    }
    # The address that was looked at is the one that is called: a name may be given another one in between.
    there = url.copy_with(host=peer)
    try:
        with httpx.Client(timeout=WAIT_S, trust_env=False, follow_redirects=False) as client:
            asked = client.build_request(
                "POST", there, content=body, headers=headers, extensions={"sni_hostname": url.host}
            )
            reply = client.send(asked)
    except httpx.HTTPError as error:
        raise NotSent(Text(f"webhook: {type(error).__name__}", f"webhook: {type(error).__name__}")) from error
    if reply.status_code not in GOOD:
        raise NotSent(Text(f"webhook menjawab {reply.status_code}", f"the webhook answers {reply.status_code}"))


def _told(message: Message) -> dict[str, object]:
    return {
        "id": message.batch,
        "city": message.city,
        "subject": message.subject,
        "simulated": message.simulated,
        "notices": [
            {"cause": cause, "says": says, "link": link}
            for cause, (says, link) in zip(message.causes, message.lines, strict=True)
        ],
    }


def checked(address: str) -> "tuple[httpx.URL, str]":
    """The parsed address and the one IP address to call. Raises NotSent for what may not be called."""
    import httpx

    try:
        url = httpx.URL(address)
    except httpx.InvalidURL as error:
        raise NotSent(Text("Bukan alamat.", "This is no address.")) from error
    if not url.host or url.userinfo or url.scheme not in ("http", "https"):
        raise NotSent(Text("Tulis alamat https://… tanpa kata sandi.", "Write an https:// address without a password."))
    ours = {url.host, f"{url.host}:{url.port}"} & set(os.environ.get("PANTAU_WEBHOOK_HOSTS", "").split(","))
    if url.scheme != "https" and not ours:
        raise NotSent(Text("Hanya https://.", "Only https://."))
    try:
        found = socket.getaddrinfo(url.host, url.port or url.scheme, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotSent(Text(f"{url.host} tidak dikenal.", f"{url.host} is not known.")) from error
    peers = [str(one[4][0]) for one in found]
    if not ours and any(not ipaddress.ip_address(peer.partition("%")[0]).is_global for peer in peers):
        raise NotSent(
            Text("Alamat di jaringan dalam tidak dapat dipanggil.", "An address of an inner network is not called.")
        )
    return url, peers[0]
