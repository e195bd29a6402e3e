"""JSON-RPC to one node (EIP-1474) through web3's HTTPProvider: one session, one deadline a call, nothing asked twice by itself.

web3 takes a second to load, so it is imported with the first question.
"""

import contextlib
import functools
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from http.cookiejar import DefaultCookiePolicy
from io import BytesIO
from typing import TYPE_CHECKING, Any

import requests
import urllib3

from arena import metrics, transactions
from arena.errors import ChainUnavailable

if TYPE_CHECKING:
    from web3 import HTTPProvider

LONGEST_REPLY = 64 * 1024 * 1024
_PIECE = 64 * 1024


class Refused(ChainUnavailable):
    """The node answered with an error. `reason` and `data` are its own words: for the operator and for decoding, never for people."""

    def __init__(self, method: str, code: int, reason: str, data: Any = None):
        super().__init__(f"The chain's node refused {method} (error {code}).")
        self.number, self.reason, self.data = code, reason, data


class Node:
    """The node at `url`; a call takes `seconds`, connecting included. `check` looks at it before its first answer is used, and after each fault.

    A reply that comes in drips is cut off at the first piece after `seconds`, so at twice that at most.
    """

    def __init__(self, url: str, seconds: float, *, check: Callable[["Node"], None]):
        self._url, self._seconds, self._check = url, seconds, check
        self._session = _session()
        self._lock = threading.RLock()
        self._checked = False

    def ask(self, method: str, *params: Any) -> Any:
        """The result of one call. Raises ChainUnavailable, Refused (the node's own error), or InTransaction."""
        transactions.refuse_if_open()
        begun, outcome = time.monotonic(), "failed"
        try:
            with self._lock:
                self.connect()
                result = _result_of(method, self._exchange(method, params))
            outcome = "answered"
            return result
        except Refused:
            outcome = "refused"
            raise
        finally:
            metrics.CHAIN_CALLS.labels(method, outcome).inc()
            metrics.CHAIN_SECONDS.labels(method).observe(time.monotonic() - begun)

    def connect(self) -> None:
        """Look whether the node answers and is the one that is meant, unless that was done. Raises ChainUnavailable or InTransaction."""
        transactions.refuse_if_open()
        with self._lock:
            if not self._checked:
                self._checked = True
                try:
                    self._check(self)
                except ChainUnavailable:
                    self.close()
                    raise

    def close(self) -> None:
        """Let go of the connection; the next call makes a new one, and looks who answers."""
        self._session.close()
        self._checked = False

    @functools.cached_property
    def _provider(self) -> "HTTPProvider":
        from web3 import HTTPProvider

        how = {
            "timeout": urllib3.Timeout(total=self._seconds),
            "headers": {"Content-Type": "application/json"},
            "allow_redirects": False,
        }
        return HTTPProvider(self._url, how, session=self._session, exception_retry_configuration=None)

    def _exchange(self, method: str, params: tuple[Any, ...]) -> Any:
        with self._told_plainly(method):
            try:
                return self._provider.make_request(method, params)
            except requests.HTTPError as error:
                return _words_of(error)

    @contextlib.contextmanager
    def _told_plainly(self, method: str) -> Iterator[None]:
        try:
            yield
        except ChainUnavailable:
            self.close()
            raise
        except (requests.Timeout, urllib3.exceptions.TimeoutError):
            told = f"The chain's node did not answer {method} within {self._seconds:g} s."
        except (requests.exceptions.SSLError, urllib3.exceptions.SSLError):
            told = "The chain's node has no certificate that is trusted here."
        except (OSError, urllib3.exceptions.HTTPError):
            told = "The chain's node cannot be reached. Nothing is lost; it is tried again."
        except (ValueError, RecursionError):
            told = "The chain's node answers with what is not JSON-RPC."
        else:
            return
        self.close()
        raise ChainUnavailable(told)


def _session() -> requests.Session:
    """What speaks HTTP: to the address of the settings alone, past any proxy, with no memory but its connection."""
    made = requests.Session()
    made.trust_env = False
    # The machine's own list where it has one: an operator's node may have a certificate that nobody else signs.
    made.verify = ssl.get_default_verify_paths().cafile or True
    made.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    made.hooks["response"] = [_read]
    return made


def _read(response: requests.Response, **how: Any) -> None:
    """Read the whole reply, within bounds: a time-out of `requests` bounds each piece, not the sum, and no size."""
    until = time.monotonic() + how["timeout"].total - response.elapsed.total_seconds()
    content = bytearray()
    with contextlib.closing(response):
        while piece := response.raw.read1(_PIECE, decode_content=True):
            content += piece
            if len(content) > LONGEST_REPLY:
                raise ChainUnavailable(f"The chain's node answers with more than {LONGEST_REPLY >> 20} MB.")
            if time.monotonic() > until:
                raise requests.Timeout
    response.raw = BytesIO(content)
    if 300 <= response.status_code < 400:
        raise requests.HTTPError(response=response)


def _words_of(error: requests.HTTPError) -> Any:
    """What an HTTP error says. Some nodes send their own errors with status 400 or 500: those count for more than the status."""
    response = error.response
    assert response is not None
    status = response.status_code
    if status == 429:
        raise ChainUnavailable("The chain's node says that too much is asked of it (HTTP 429).", retry_after=10)
    if status in (401, 403):
        raise ChainUnavailable(f"The chain's node does not let us in (HTTP {status}): its address needs a valid key.")
    with contextlib.suppress(ValueError, RecursionError):
        reply = response.json()
        if isinstance(reply, dict) and isinstance(reply.get("error"), dict):
            return reply
    raise ChainUnavailable(f"The chain's node is in trouble (HTTP {status}).")


def _result_of(method: str, reply: Any) -> Any:
    error = reply.get("error") if isinstance(reply, dict) else None
    if isinstance(error, dict):
        code = error.get("code")
        raise Refused(method, code if isinstance(code, int) else 0, str(error.get("message", ""))[:500], error.get("data"))
    if not isinstance(reply, dict) or error is not None or "result" not in reply:
        raise ChainUnavailable("The chain's node answers with what is not JSON-RPC.")
    return reply["result"]
