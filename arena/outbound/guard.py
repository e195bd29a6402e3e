"""The request-forgery guard: which addresses we may connect to.

The guard judges addresses, not spellings: a host name, `0x7f.1` or `2130706433` is first resolved, each resulting address is judged,
and the connection is made to a judged address, so that a name which resolves differently a moment later (DNS rebinding) gains nothing.
Ranges after the IANA special-purpose address registries (RFC 6890 and its updates), written out because the standard library's
`is_global` changes between Python releases.
"""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from arena.outbound.errors import Forbidden, Unreachable

Address = IPv4Address | IPv6Address
Resolver = Callable[[str, int], Awaitable[Sequence[str]]]

_SPECIAL_V4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",  # private
            "100.64.0.0/10",  # carrier-grade NAT; one cloud's metadata too
            "127.0.0.0/8",  # loopback
            "168.63.129.16/32",  # a cloud's wire server, in public space
            "169.254.0.0/16",  # link-local; most clouds' metadata
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # protocol assignments
            "192.0.2.0/24",  # documentation
            "192.88.99.0/24",  # 6to4 relay
            "192.168.0.0/16",  # private
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, broadcast
        ),
    )
)
# Version 6 is the other way round: only global unicast is open, without the parts of it that tunnel or lead nowhere.
_GLOBAL_V6 = IPv6Network("2000::/3")
_SPECIAL_V6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments, Teredo
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4
            "3fff::/20",  # documentation
        ),
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")
_ENTRY = re.compile(r"(?:\[(?P<v6>[^\]]+)\]|(?P<host>[^:\[\]\s]+))(?::(?P<port>\d{1,5}|\*))?")


def judged(address: Address) -> Address:
    """The address that a packet to `address` reaches: version 4 in its mapped and NAT64 (RFC 6052) forms is unwrapped."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def is_public(address: Address) -> bool:
    """Whether anyone on the internet could be meant by this address."""
    address = judged(address)
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _SPECIAL_V4)
    return address in _GLOBAL_V6 and not any(address in network for network in _SPECIAL_V6)


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry of the operator's allow-list: a host name or a network, and a port or any."""

    host: str | None
    network: IPv4Network | IPv6Network | None
    port: int | None

    @classmethod
    def parse(cls, entry: str) -> "Rule":
        """Read `host`, `host:port`, `host:*`, `10.0.0.0/8`, `10.0.0.0/8:8000`, `::1` or `[::1]:8080`. Raises ValueError."""
        network = _network(entry)
        if network is not None:
            return cls(None, network, None)
        match = _ENTRY.fullmatch(entry.strip())
        if match is None:
            raise ValueError(f"not an allow-list entry: {entry!r}")
        port = None if match["port"] in (None, "*") else int(match["port"])
        network = _network(match["v6"] or match["host"])
        if (network is None and (match["v6"] or "/" in entry)) or (port or 0) > 65_535:
            raise ValueError(f"not an allow-list entry: {entry!r}")
        return cls(None if network else _plain(match["host"]), network, port)

    def admits(self, host: str, address: Address, port: int) -> bool:
        """Whether this rule opens `address`, which `host` resolved to, at `port`."""
        if self.port not in (None, port):
            return False
        if self.network is None:
            return self.host == _plain(host)
        return address in self.network or judged(address) in self.network


async def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses of a name, as the system resolver orders them. Raises OSError or UnicodeError."""
    infos = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return [str(info[4][0]) for info in infos]


# Whoever names an address may answer for its name as slowly as they like: they hold up each other and nobody else.
_APART = ThreadPoolExecutor(4, thread_name_prefix="names-of-strangers")


async def resolve_apart(host: str, port: int) -> Sequence[str]:
    """The same for names of strangers, in threads of their own."""
    ask = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    infos = await asyncio.get_running_loop().run_in_executor(_APART, ask)
    return [str(info[4][0]) for info in infos]


class Guard:
    """Says which addresses of a host may be connected to; `allow` is the operator's list, see `Rule.parse`."""

    def __init__(self, allow: Iterable[str] = (), resolver: Resolver = resolve) -> None:
        self._rules = tuple(map(Rule.parse, allow))
        self._resolve = resolver

    async def addresses(self, host: str, port: int) -> tuple[Address, ...]:
        """Resolve once; the addresses to connect to. Raises Forbidden if any of them is not open to us, Unreachable if there is none.

        One forbidden address among public ones refuses them all: an honest name has no reason to mix them.
        """
        literal = _literal(host)
        try:
            texts = [] if literal else await self._resolve(host, port)
            found = [literal] if literal else [ip_address(text) for text in dict.fromkeys(texts)]
        except (OSError, ValueError):
            found = []
        if not found:
            raise Unreachable("the name of the provider does not resolve")
        if not all(self._admits(host, address, port) for address in found):
            raise Forbidden("the address is private or reserved, and not in OUTBOUND_ALLOW")
        return tuple(found)

    def _admits(self, host: str, address: Address, port: int) -> bool:
        return is_public(address) or any(rule.admits(host, address, port) for rule in self._rules)


def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text.strip(), strict=False)
    except ValueError:
        return None


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _plain(host: str) -> str:
    return host.rstrip(".").lower()
