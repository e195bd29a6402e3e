"""A node between us and a chain that misbehaves as told: it is down, slow, lies, breaks its words, or drops the reply after it has acted."""

import json
import socket
import ssl
import threading
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

Fault = Literal["down", "slow", "drip", "broken", "nonsense", "empty", "drop", "lose", "rest", "refuse", "status"]
Change = Callable[[Any], Any]


@dataclass
class Rule:
    """What happens to calls of `method` ("" is any), the next `times` of them."""

    fault: Fault
    method: str
    times: int
    status: int
    error: dict[str, Any] = field(default_factory=dict)


class RpcServer:
    """At `url`, and in front of the node at `upstream`.

    Faults: `down` (the connection closes before anything is passed on), `slow` (no reply for `seconds`), `drip` (a byte now and then, for
    ever), `broken` (half a reply), `nonsense` (a reply that is no JSON-RPC), `empty` (result null), `drop` (passed on, then the connection
    closes: it happened and nobody says so), `lose` (answered as if passed on, and not), `rest` (the connection closes after the reply, as one
    that has rested), `refuse` (a JSON-RPC error), `status` (an HTTP one). `calls` are the methods asked for, in order; `received` are the
    headers of the last one, `headers` what is sent with each reply, `connections` how many were made, `hung_up` how many of them
    were closed by a fault. `change` maps a method to what becomes of its honest result: how to lie. `quota`: after so
    many more calls the node is down.
    """

    def __init__(self, upstream: str = "", *, seconds: float = 30.0, tls: ssl.SSLContext | None = None):
        self.upstream, self.seconds = upstream, seconds
        self.rules: list[Rule] = []
        self.change: dict[str, Change] = {}
        self.calls: list[str] = []
        self.received: dict[str, str] = {}
        self.headers: dict[str, str] = {}
        self.connections = self.hung_up = 0
        self.quota: int | None = None
        self._over = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def fail(self, fault: Fault, method: str = "", *, times: int = 10**9, status: int = 0, error: dict[str, Any] | None = None) -> None:
        """From now on `fault` happens to the next `times` calls of `method`, or of any."""
        self.rules.append(Rule(fault, method, times, status, error or {"code": -32000, "message": "refused"}))

    def behave(self) -> None:
        """Be an honest node again."""
        self.rules.clear()
        self.change.clear()
        self.quota = None

    def stop(self) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    def rule(self, method: str) -> Rule | None:
        if self.quota is not None:
            self.quota -= 1
            if self.quota < 0:
                return Rule("down", "", 1, 0)
        for rule in self.rules:
            if rule.times > 0 and rule.method in ("", method):
                rule.times -= 1
                return rule
        return None

    def ask(self, body: bytes) -> dict[str, Any]:
        request = urllib.request.Request(self.upstream, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as reply:
            found: dict[str, Any] = json.load(reply)
            return found

    def wait(self, seconds: float) -> bool:
        """Wait; True once the server is being stopped."""
        return self._over.wait(seconds)


def _handler(server: RpcServer) -> type["Handler"]:
    return type("Bound", (Handler,), {"node": server})


class Handler(BaseHTTPRequestHandler):
    """One connection to the node."""

    node: RpcServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # a head waits for its body's acknowledgement otherwise: 40 ms a call

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        method = json.loads(body)["method"]
        self.node.calls.append(method)
        self.node.received = dict(self.headers)
        rule = self.node.rule(method)
        fault = rule.fault if rule else ""
        if fault in ("down", "slow"):
            if fault == "slow":
                self.node.wait(self.node.seconds)
            return self._hang_up()
        if rule and fault == "status":
            return self._send(b"<html>trouble</html>", rule.status or 500)
        if fault == "lose":
            return self._result("0x" + "0" * 64)
        if rule and fault == "refuse":
            return self._send(json.dumps({"jsonrpc": "2.0", "id": 1, "error": rule.error}).encode(), rule.status or 200)
        return self._pass_on(method, body, fault)

    def _pass_on(self, method: str, body: bytes, fault: str) -> None:
        reply = self.node.ask(body)
        if method in self.node.change and "result" in reply:
            reply["result"] = self.node.change[method](reply["result"])
        content = json.dumps(reply).encode()
        match fault:
            case "drop":
                self._hang_up()
            case "empty":
                self._result(None)
            case "broken":
                self._send(content[: len(content) // 2])
            case "nonsense":
                self._send(b'["hello"]')
            case "rest":
                self._send(content)
                self._hang_up()
            case "drip":
                self._drip(content)
            case _:
                self._send(content)

    def _result(self, result: Any) -> None:
        self._send(json.dumps({"jsonrpc": "2.0", "id": 1, "result": result}).encode())

    def _send(self, content: bytes, status: int = 200) -> None:
        self.send_response(status)
        for name, value in self.node.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _drip(self, content: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        for byte in content:
            if self.node.wait(0.2):
                break
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
        self._hang_up()

    def _hang_up(self) -> None:
        self.close_connection = True
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.node.hung_up += 1

    def log_message(self, *args: Any) -> None:
        pass

    def handle(self) -> None:
        self.node.connections += 1
        try:
            super().handle()
        except OSError:
            pass  # whoever asked has hung up


def silent_port() -> tuple[socket.socket, int]:
    """A port that takes connections and never says a word; close the socket when done."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(16)
    return listener, int(listener.getsockname()[1])


def later(seconds: int) -> int:
    """The Unix time so many seconds from now."""
    return int(time.time()) + seconds
