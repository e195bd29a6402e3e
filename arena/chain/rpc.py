"""JSON-RPC over HTTP to one node (EIP-1474): one connection, one deadline a call, nothing tried twice behind the caller's back.

`http.client` and not a library: this is all that is needed, a web process pays nothing for it, and every fault is told apart here.
"""

import base64
import contextlib
import http.client
import io
import json
import socket
import ssl
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

from arena import metrics, transactions
from arena.errors import ChainUnavailable

LONGEST_REPLY = 64 * 1024 * 1024
_GONE = (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError)


class Refused(ChainUnavailable):
    """The node answered with an error. `reason` and `data` are its own words: for the operator and for decoding, never for people."""

    def __init__(self, method: str, code: int, reason: str, data: Any = None):
        super().__init__(f"The chain's node refused {method} (error {code}).")
        self.number, self.reason, self.data = code, reason, data


class Node:
    """The node at `url`; a call takes `seconds` at most, connecting included. `check` looks at each new connection before it is used."""

    def __init__(self, url: str, seconds: float, *, check: Callable[["Node"], None] | None = None):
        parts = urlsplit(url)
        self._secure, self._host, self._port = parts.scheme == "https", parts.hostname or "", parts.port
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._headers = {"Content-Type": "application/json"}
        if parts.username is not None:
            pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            self._headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        self._seconds, self._check = seconds, check
        self._lock = threading.RLock()
        self._connection: _Connection | None = None

    def ask(self, method: str, *params: Any) -> Any:
        """The result of one call. Raises ChainUnavailable, Refused (the node's own error), or InTransaction."""
        transactions.refuse_if_open()
        begun, outcome = time.monotonic(), "failed"
        try:
            with self._lock:
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
        """Make the connection, and look whether the node is the one that is meant, unless that was done. Raises ChainUnavailable."""
        transactions.refuse_if_open()
        with self._lock, self._told_plainly("a connection"):
            self._open(time.monotonic() + self._seconds)

    def _exchange(self, method: str, params: tuple[Any, ...]) -> Any:
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        until = time.monotonic() + self._seconds
        with self._told_plainly(method):
            again = method != "eth_sendRawTransaction" and self._connection is not None and self._connection.answered
            try:
                return self._post(body, until)
            except _GONE:
                if not again:
                    raise
                # The node closed a connection that had rested. A question may be asked twice; whether to send again, others decide.
                self.close()
                return self._post(body, until)

    @contextlib.contextmanager
    def _told_plainly(self, what: str) -> Iterator[None]:
        try:
            yield
        except ChainUnavailable:
            self.close()
            raise
        except TimeoutError:
            self.close()
            raise ChainUnavailable(f"The chain's node did not answer {what} within {self._seconds:g} s.") from None
        except ssl.SSLError:
            self.close()
            raise ChainUnavailable("The chain's node has no certificate that is trusted here.") from None
        except (OSError, http.client.HTTPException):
            self.close()
            raise ChainUnavailable("The chain's node cannot be reached. Nothing is lost; it is tried again.") from None

    def _post(self, body: bytes, until: float) -> Any:
        connection = self._open(until)
        connection.until = until
        connection.limit_writing()
        connection.request("POST", self._path, body, self._headers)
        with connection.getresponse() as reply:
            content = reply.read(LONGEST_REPLY + 1)
            connection.answered = True
            if reply.will_close or len(content) > LONGEST_REPLY:
                self.close()
        return _decode(reply.status, content)

    def _open(self, until: float) -> "_Connection":
        if self._connection is None:
            made = _Connection(self._host, self._port, secure=self._secure)
            made.until = until
            made.connect()
            self._connection = made
            weakref.finalize(self, made.close)
            if self._check:
                self._check(self)
        assert self._connection is not None
        return self._connection

    def close(self) -> None:
        """Let go of the connection; the next call makes a new one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class _Connection(http.client.HTTPConnection):
    """An HTTP connection of which no step goes on after `until`: a time-out of the socket alone bounds each piece, not the whole."""

    until, answered = 0.0, False

    def __init__(self, host: str, port: int | None, *, secure: bool):
        super().__init__(host, port or (443 if secure else 80))
        self._tls = ssl.create_default_context() if secure else None
        self.response_class = lambda sock, *rest, **more: _Response(sock, *rest, connection=self, **more)  # type: ignore[assignment]

    def left(self) -> float:
        """Seconds until the deadline; raises TimeoutError when it is over."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def limit_writing(self) -> None:
        assert self.sock is not None
        self.sock.settimeout(self.left())

    def connect(self) -> None:
        self.sock = socket.create_connection((self.host, self.port), self.left())
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._tls:
            self.sock.settimeout(self.left())
            self.sock = self._tls.wrap_socket(self.sock, server_hostname=self.host)


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *rest: Any, connection: _Connection, **more: Any):
        super().__init__(sock, *rest, **more)
        self.fp.close()
        self.fp = io.BufferedReader(_Bounded(sock, connection))


class _Bounded(io.RawIOBase):
    def __init__(self, sock: socket.socket, connection: _Connection):
        self._sock, self._connection = sock, connection

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._sock.settimeout(self._connection.left())
        return self._sock.recv_into(buffer)


def _decode(status: int, content: bytes) -> Any:
    if status == 429:
        raise ChainUnavailable("The chain's node says that too much is asked of it (HTTP 429).", retry_after=10)
    if status in (401, 403):
        raise ChainUnavailable(f"The chain's node does not let us in (HTTP {status}): its address needs a valid key.")
    try:
        reply = json.loads(content)
    except (ValueError, RecursionError):
        reply = None
    # Some nodes send their errors with status 400 or 500: what they say then counts for more than the status.
    if isinstance(reply, dict) and isinstance(reply.get("error"), dict):
        return reply
    if status != 200:
        raise ChainUnavailable(f"The chain's node is in trouble (HTTP {status}).")
    if not isinstance(reply, dict) or "result" not in reply:
        raise ChainUnavailable("The chain's node answers with what is not JSON-RPC.")
    return reply


def _result_of(method: str, reply: dict[str, Any]) -> Any:
    error = reply.get("error")
    if error is None:
        return reply["result"]
    code = error.get("code")
    raise Refused(method, code if isinstance(code, int) else 0, str(error.get("message", ""))[:500], error.get("data"))
