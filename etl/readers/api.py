"""A JSON API: who we say that we are, and how a question is put to it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

import httpx

from etl.access import OAuth2, Rest
from etl.errors import UnreadableFile, Where
from etl.readers.http import Answer, Client, basic, parsed, require_same_host
from etl.source import Source
from etl.text import Text

Parameters = Mapping[str, str | int]


@dataclass(frozen=True)
class _Token:
    value: str
    good_until: float  # time.monotonic()


_TOKENS: dict[OAuth2, _Token] = {}


class Api(Client):
    """A session with the server of one REST source."""

    def __init__(self, source: Source) -> None:
        if not isinstance(source.reader, Rest):
            raise TypeError(source.reader)
        self.reader = source.reader
        super().__init__(self.reader.url, Where(source.city, source.name), self.reader.deadline_s)

    def ask(self, parameters: Parameters, absent: bool = False) -> Answer:
        """One page: the parameters in the address, or in the body of a POST search.

        ``absent``: a 404 is an answer too (beyond the last page).
        """
        if self.reader.body is None:
            return self._asked("GET", self.addressed(parameters), None, absent)
        return self._asked("POST", self.home, _placed(self.reader.body, parameters), absent)

    def get(self, url: httpx.URL) -> Answer:
        """One page at an address that the server gave."""
        require_same_host(self.home, url, self.where)
        return self._asked("GET", url, None, absent=False)

    def addressed(self, parameters: Parameters) -> httpx.URL:
        """The home address with these parameters."""
        return self.home.copy_merge_params(dict(parameters))

    def _asked(self, method: str, url: httpx.URL, body: dict[str, Any] | None, absent: bool) -> Answer:
        answer = self.patiently(lambda until: self.send(self._request(method, url, body, until), until))
        if answer.status == httpx.codes.UNAUTHORIZED and self.reader.auth:
            _TOKENS.pop(self.reader.auth, None)
            answer = self.patiently(lambda until: self.send(self._request(method, url, body, until), until))
        return answer if absent and answer.status == httpx.codes.NOT_FOUND else self.good(answer)

    def _request(self, method: str, url: httpx.URL, body: dict[str, Any] | None, until: float) -> httpx.Request:
        key = self.reader.api_key
        if key and key.parameter:
            url = url.copy_merge_params({key.parameter: key.key})
        headers = {"Accept": "application/json"} | self.reader.headers | self._credentials(until)
        return httpx.Request(method, url, headers=headers, json=body)

    def _credentials(self, until: float) -> dict[str, str]:
        reader = self.reader
        if reader.auth:
            return {"Authorization": f"Bearer {self._token(reader.auth, until)}"}
        if reader.bearer:
            return {"Authorization": f"Bearer {reader.bearer}"}
        if reader.basic:
            return basic(reader.basic.user, reader.basic.password)
        return {reader.api_key.header: reader.api_key.key} if reader.api_key and reader.api_key.header else {}

    def _token(self, auth: OAuth2, until: float) -> str:
        kept = _TOKENS.get(auth)
        if kept is None or kept.good_until < time.monotonic():
            kept = _TOKENS[auth] = self._new_token(auth, until)
        return kept.value

    def _new_token(self, auth: OAuth2, until: float) -> _Token:
        """With the id and secret as HTTP Basic; for servers that know no Basic, in the form."""
        form = {"grant_type": "client_credentials"} | ({"scope": auth.scope} if auth.scope else {})
        answer = self._post(auth, form, basic(quote_plus(auth.client_id), quote_plus(auth.client_secret)), until)
        if answer.status in (httpx.codes.BAD_REQUEST, httpx.codes.UNAUTHORIZED):
            answer = self._post(
                auth, form | {"client_id": auth.client_id, "client_secret": auth.client_secret}, {}, until
            )
        if answer.status == httpx.codes.BAD_REQUEST:
            raise self.refused(answer)
        return _read_token(self.good(answer), self.where)

    def _post(self, auth: OAuth2, form: dict[str, str], headers: dict[str, str], until: float) -> Answer:
        home = parsed(auth.token_url, self.where)
        headers = {"Accept": "application/json"} | headers
        return self.send(httpx.Request("POST", home, data=form, headers=headers), until, home)


def _placed(body: dict[str, Any], parameters: Parameters) -> dict[str, Any]:
    """The body with each parameter at its dotted place; what was declared stays as it is."""
    placed = dict(body)
    for name, value in parameters.items():
        first, dot, rest = name.partition(".")
        inner = placed.get(first)
        placed[first] = _placed(inner if isinstance(inner, dict) else {}, {rest: value}) if dot else value
    return placed


def _read_token(answer: Answer, where: Where) -> _Token:
    """A token is renewed a little before it ends."""
    try:
        said = httpx.Response(answer.status, content=answer.body).json()
        lasts = float(said.get("expires_in", 60))
        return _Token(said["access_token"], time.monotonic() + lasts * 0.9)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableFile(
            Text("jawaban alamat token bukan token", "the token address gave no token"),
            Text("periksa token_url sumber ini", "check this source's token_url"),
            where,
        ) from error
