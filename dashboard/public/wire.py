"""How open data goes over the wire: with an ETag, compressed, and readable by the scripts of any other site."""

import gzip
from hashlib import sha256

from flask import Response, request

FOREVER, FOR_A_WHILE = "public, max-age=31536000, immutable", "public, max-age=60"
LEAST_PACKED = 1000  # bytes; less does not get smaller
TO_ALL = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Link, X-Total-Count, RateLimit, RateLimit-Policy, Retry-After",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


def open_to_all(response: Response) -> Response:
    """Let a page of any site read this; it is public, and nobody is signed in here."""
    response.headers.update(TO_ALL)
    return response


def wired(body: bytes, content_type: str, cache: str, vary: str = "Accept-Encoding") -> Response:
    """Bytes as an answer: 304 for who has them already, gzip for who can read it."""
    packed = len(body) > LEAST_PACKED and "gzip" in request.headers.get("Accept-Encoding", "")
    response = Response(gzip.compress(body, 5, mtime=0) if packed else body, content_type=content_type)
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Cache-Control"] = cache
    response.headers["Vary"] = vary
    # Packed and plain bytes are different answers, so they carry different tags.
    response.set_etag(sha256(body).hexdigest()[:24] + ("-gz" if packed else ""))
    response.make_conditional(request)
    return open_to_all(response)
