"""The salted hash of a network: groups within a day, says nothing the day after."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from arena import clock
from arena.users.queries import address_of, network_of

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def network(address: str, at: datetime = NOON, **more: Any) -> str:
    with clock.frozen(at):
        return network_of({"REMOTE_ADDR": address, **more})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("203.0.113.1", "203.0.113.254"),
        ("2001:db8:1::1", "2001:db8:1:ffff:ffff::9"),
        ("203.0.113.7", "::ffff:203.0.113.7"),
        ("", "not an address"),
    ],
)
def test_neighbours_are_one_network(one: str, other: str) -> None:
    assert network(one) == network(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("203.0.113.1", "203.0.114.1"),
        ("2001:db8:1::1", "2001:db8:2::1"),
        ("::ffff:203.0.113.7", "::ffff:198.51.100.7"),
        ("203.0.113.1", "2001:db8::1"),
        ("203.0.113.1", ""),
    ],
)
def test_strangers_are_two_networks(one: str, other: str) -> None:
    assert network(one) != network(other)


def test_the_hash_changes_at_midnight_and_not_before() -> None:
    assert network("203.0.113.1", NOON) == network("203.0.113.1", NOON + timedelta(hours=11, minutes=59))
    assert network("203.0.113.1", NOON) != network("203.0.113.1", NOON + timedelta(hours=12))


def test_the_hash_is_salted_and_tells_no_address(settings: Settings) -> None:
    before = network("203.0.113.1")
    assert "203" not in before or len(before) == 32
    settings.SECRET_KEY = "another"
    assert network("203.0.113.1") != before


@pytest.mark.parametrize(
    ("depth", "forwarded", "believed"),
    [
        (0, "198.51.100.1", "10.0.0.1"),
        (1, "198.51.100.1", "198.51.100.1"),
        (1, "6.6.6.6, 198.51.100.1", "198.51.100.1"),
        (2, "6.6.6.6, 198.51.100.1, 192.0.2.1", "198.51.100.1"),
        (2, "198.51.100.1", "10.0.0.1"),
        (1, "", "10.0.0.1"),
        (1, " , ,", "10.0.0.1"),
    ],
)
def test_only_as_many_proxies_are_believed_as_the_operator_says(depth: int, forwarded: str, believed: str, settings: Settings) -> None:
    settings.PROXY_DEPTH = depth
    assert address_of({"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": forwarded}) == believed
