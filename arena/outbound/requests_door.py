"""The door for a library that can only speak `requests` (allauth, to the identity provider): the same guard, limits and rules."""

import io
from collections.abc import Mapping
from typing import Any

import requests
from asgiref.sync import async_to_sync
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers

from arena.outbound import client
from arena.outbound.errors import OutboundError

Failure = requests.RequestException
TIMEOUTS = client.Timeouts(first_byte=10.0, idle=10.0, whole=20.0)
MAX_BYTES = 1024 * 1024


def session() -> requests.Session:
    """A session whose every request, each redirect too, leaves by `outbound`: not for event loops. Reads nothing from the environment.

    What the door refuses or cannot reach is raised as `requests.ConnectionError`, which such libraries expect.
    """
    made = requests.Session()
    made.trust_env = False
    made.adapters.clear()
    for scheme in ("https://", "http://"):
        made.mount(scheme, _Door())
    return made


class _Door(BaseAdapter):
    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        """One request; time-outs and verification are the door's own, whatever the library asks for."""
        content = request.body.encode() if isinstance(request.body, str) else request.body
        # A connection is kept by an event loop, and this one may be gone when the call is over.
        headers = {name: _text(value) for name, value in request.headers.items()} | {"Connection": "close"}
        try:
            status, received, body = async_to_sync(_fetch)(request.method or "GET", request.url or "", headers, content)
        except OutboundError as error:
            raise requests.ConnectionError(str(error), request=request) from error
        response = requests.Response()
        response.status_code, response.headers, response.raw = status, CaseInsensitiveDict(received), io.BytesIO(body)
        response.encoding = get_encoding_from_headers(response.headers)
        response.url, response.request = request.url or "", request
        return response

    def close(self) -> None:
        """Nothing is kept open."""


async def _fetch(method: str, url: str, headers: Mapping[str, str], content: Any) -> tuple[int, dict[str, str], bytes]:
    async with client.stream(method, url, headers=headers, content=content, timeouts=TIMEOUTS, max_bytes=MAX_BYTES) as response:
        return response.status, dict(response.headers), await response.read(MAX_BYTES)


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value
