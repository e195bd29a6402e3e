"""How a node is spoken to over HTTP: what is trusted, what is never sent or kept, and how much of a reply is taken."""

import ipaddress
import logging
import ssl
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cryptography.x509 import IPAddress

from arena.chain import rpc
from arena.chain.client import Chain, Refused
from arena.errors import ChainUnavailable
from tests.anvil import Anvil
from tests.certificates import self_signed
from tests.processes import eventually
from tests.rpc_server import RpcServer

ANYBODY = "0x" + "11" * 20


def has_hung_up(server: RpcServer, times: int) -> bool:
    return server.hung_up == times


def ask(server: RpcServer) -> Chain:
    return Chain(server.url, 31337, seconds=5)


def test_a_connection_that_the_node_closed_while_it_rested_is_made_anew(hostile: RpcServer) -> None:
    at = ask(hostile)
    hostile.fail("rest")
    at.node.connect()  # which asks for the chain's id
    for question in range(1, 4):
        eventually(partial(has_hung_up, hostile, question), what="the closing")
        assert at.balance(ANYBODY) == 0
    assert hostile.calls == ["eth_chainId", *["eth_getBalance"] * 3]


def test_one_connection_serves_every_question(hostile: RpcServer) -> None:
    at = ask(hostile)
    for _ in range(5):
        at.balance(ANYBODY)
    assert hostile.connections == 1


def test_what_the_node_says_counts_for_more_than_its_status(hostile: RpcServer) -> None:
    at = ask(hostile)
    hostile.fail("refuse", "eth_getBalance", status=400, error={"code": -32602, "message": "no such block", "data": "0x01"})
    with pytest.raises(Refused) as told:
        at.balance(ANYBODY)
    assert (told.value.number, told.value.reason, told.value.data) == (-32602, "no such block", "0x01")


def test_more_than_is_bearable_is_not_read(hostile: RpcServer, monkeypatch: pytest.MonkeyPatch) -> None:
    at = ask(hostile)
    at.head()
    monkeypatch.setattr(rpc, "LONGEST_REPLY", 100)
    with pytest.raises(ChainUnavailable, match="more than"):
        at.head()


def test_too_many_questions_are_told_with_when_to_come_back(hostile: RpcServer) -> None:
    hostile.fail("status", status=429)
    with pytest.raises(ChainUnavailable) as told:
        ask(hostile).head()
    assert told.value.retry_after == 10


def test_no_redirect_is_followed_no_cookie_kept_and_no_proxy_used(hostile: RpcServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    hostile.headers = {"Set-Cookie": "who=you; Path=/", "Location": hostile.url}
    at = ask(hostile)
    at.head()
    at.head()
    assert not [name for name in hostile.received if name.lower() == "cookie"]
    hostile.fail("status", "eth_getBalance", status=307)
    hostile.calls.clear()
    with pytest.raises(ChainUnavailable, match="HTTP 307"):
        at.balance(ANYBODY)
    assert hostile.calls == ["eth_getBalance"]


def test_the_name_and_password_of_the_address_are_sent_and_nowhere_logged(hostile: RpcServer, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)
    hostile.url = hostile.url.replace("http://", "http://user:s3cr%40t@") + "/v2/a-key"
    ask(hostile).head()
    assert hostile.received["Authorization"] == "Basic dXNlcjpzM2NyQHQ="
    assert not [line for line in caplog.messages if "s3cr" in line or "a-key" in line]


def test_a_certificate_must_be_trusted_by_this_machine(tmp_path: Path, anvil: Anvil, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = self_signed(tmp_path / "node.pem", IPAddress(ipaddress.ip_address("127.0.0.1")))
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate)
    server = RpcServer(anvil.url, tls=serving)
    try:
        with pytest.raises(ChainUnavailable, match="no certificate that is trusted"):
            ask(server).head()
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert ask(server).head() >= 0
    finally:
        server.stop()
