"""Which addresses may be connected to, whatever way they are spelt."""

import socket
import threading
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any

import pytest

from arena.outbound.errors import Forbidden, Unreachable
from arena.outbound.guard import Guard, Rule, is_public, resolve, resolve_apart

FORBIDDEN = """
    0.0.0.0 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 127.0.0.1 127.255.255.254 168.63.129.16
    169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.192 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1
    198.19.255.255 198.51.100.1 203.0.113.9 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 ::
    ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:a9fe:a9fe ::ffff:10.0.0.1 64:ff9b::127.0.0.1 64:ff9b::a9fe:a9fe 64:ff9b:1::1
    100::1 2001::1 2001:db8::1 2002:7f00:1::1 3fff::1 4000::1 5f00::1 fc00::1
    fd00:ec2::254 fe80::1 fe80::1%lo fec0::1 ff02::1
"""
OPEN = "1.1.1.1 8.8.8.8 100.63.255.255 100.128.0.1 172.32.0.1 2606:4700::1111 2a00:1450::1 ::ffff:8.8.8.8 64:ff9b::8.8.8.8"


@pytest.mark.parametrize("address", FORBIDDEN.split())
def test_addresses_that_are_not_public_are_known(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", OPEN.split())
def test_public_addresses_are_known(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.asyncio
@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "169.254.169.254", "0.0.0.0", "fe80::1%lo"])
async def test_a_literal_address_is_judged_without_asking_a_resolver(host: str) -> None:
    async def never(host: str, port: int) -> Sequence[str]:
        raise AssertionError(host)

    with pytest.raises(Forbidden):
        await Guard(resolver=never).addresses(host, 80)


@pytest.mark.asyncio
@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.1", "localhost", "localhost."])
async def test_odd_spellings_of_loopback_are_resolved_and_refused(host: str) -> None:
    with pytest.raises((Forbidden, Unreachable)):
        await Guard().addresses(host, 80)
    assert set(await resolve(host.removesuffix("."), 80)) <= {"127.0.0.1", "::1"}


@pytest.mark.asyncio
async def test_one_private_address_among_public_ones_refuses_the_name() -> None:
    async def mixed(host: str, port: int) -> Sequence[str]:
        return ["8.8.8.8", "10.0.0.1"]

    with pytest.raises(Forbidden):
        await Guard(resolver=mixed).addresses("mixed.test", 443)


@pytest.mark.asyncio
@pytest.mark.parametrize("answer", [[], ["not an address"], OSError(), UnicodeError()])
async def test_a_name_without_a_usable_address_is_unreachable(answer: list[str] | Exception) -> None:
    async def resolver(host: str, port: int) -> Sequence[str]:
        if isinstance(answer, Exception):
            raise answer
        return answer

    with pytest.raises(Unreachable):
        await Guard(resolver=resolver).addresses("nowhere.test", 443)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("entry", "host", "address", "port", "admitted"),
    [
        ("127.0.0.1", "127.0.0.1", "127.0.0.1", 81, True),
        ("127.0.0.1:*", "127.0.0.1", "127.0.0.1", 81, True),
        ("127.0.0.1:80", "127.0.0.1", "127.0.0.1", 80, True),
        ("127.0.0.1:80", "127.0.0.1", "127.0.0.1", 81, False),
        ("127.0.0.1", "::ffff:127.0.0.1", "::ffff:127.0.0.1", 80, True),
        ("127.0.0.1", "somewhere.test", "127.0.0.1", 80, True),
        ("10.0.0.0/8", "x.test", "10.9.9.9", 80, True),
        ("10.0.0.0/8:8000", "x.test", "10.9.9.9", 80, False),
        ("10.0.0.0/8", "x.test", "192.168.0.1", 80, False),
        ("::1", "::1", "::1", 80, True),
        ("[::1]:80", "::1", "::1", 81, False),
        ("fd00::/8", "x.test", "fd12::1", 80, True),
        ("llm.internal", "LLM.internal.", "192.168.0.1", 80, True),
        ("llm.internal:80", "llm.internal", "192.168.0.1", 81, False),
        ("llm.internal", "evil-llm.internal", "192.168.0.1", 80, False),
    ],
)
async def test_the_operators_list_opens_what_it_names(entry: str, host: str, address: str, port: int, admitted: bool) -> None:
    async def resolver(host: str, port: int) -> Sequence[str]:
        return [address]

    guard = Guard([entry], resolver)
    if admitted:
        assert await guard.addresses(host, port) == (ip_address(address),)
    else:
        with pytest.raises(Forbidden):
            await guard.addresses(host, port)


@pytest.mark.parametrize(
    "entry", ["", "a:b:c", "host:port", "[nonsense]:80", "http://x", "10.0.0.0/99", "a.example/x", "a.example:70000", "two words"]
)
def test_a_broken_entry_is_refused_at_the_start(entry: str) -> None:
    with pytest.raises(ValueError, match="not an allow-list entry"):
        Rule.parse(entry)


@pytest.mark.asyncio
async def test_names_of_strangers_are_looked_up_in_threads_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = []

    def look(*args: Any, **more: Any) -> list[Any]:
        looked.append(threading.current_thread().name)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("1.1.1.1", 443))]

    monkeypatch.setattr(socket, "getaddrinfo", look)
    assert await resolve_apart("slow.example.org", 443) == ["1.1.1.1"]
    assert looked[0].startswith("names-of-strangers")
