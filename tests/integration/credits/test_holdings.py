"""What a wallet holds is asked of the node by nobody too often, and shows what was claimed at once."""

import threading
from functools import partial
from typing import Any

import pytest
from django.db import connection

from arena.chain import contracts
from arena.chain.models import Event
from arena.credits import holdings
from arena.errors import ChainUnavailable
from arena.users.models import User
from tests.integration.credits.stage import address, asked, member, told
from tests.integration.http.threads import results
from tests.processes import eventually

pytestmark = pytest.mark.usefixtures("credited")


class Node:
    """Stands in for the chain: counts what it is asked, and who holds a connection to the database meanwhile."""

    def __init__(self) -> None:
        self.holds, self.asked, self.gate, self.connected = 7, 0, threading.Event(), False
        self.gate.set()

    def read(self, name: str, function: str, account: str, **where: Any) -> int:
        self.asked += 1
        self.connected |= connection.connection is not None and not connection.in_atomic_block
        assert self.gate.wait(10)
        if self.holds < 0:
            raise ChainUnavailable("away")
        return self.holds

    def balance(self, account: str) -> int:
        return self.holds


@pytest.fixture
def node(monkeypatch: pytest.MonkeyPatch) -> Node:
    made = Node()
    monkeypatch.setattr(contracts, "read", made.read)
    monkeypatch.setattr(holdings, "_node", lambda url, id: made)
    return made


@pytest.fixture
def ada(db: None) -> User:
    return member("ada", 100)


def test_a_wallet_is_asked_for_once_in_some_seconds(node: Node, ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    asked()
    first = holdings.document(ada)
    assert (first["balance_units"], first["stablecoin_units"], first["gas_wei"], first["reachable"]) == ("7", "7", "7", True)
    node.holds = 9
    assert [holdings.document(ada)["balance_units"] for _ in range(5)] == ["7"] * 5
    assert node.asked == 2
    monkeypatch.setattr(holdings._wallets, "_seconds", 0.0)
    assert holdings.document(ada)["balance_units"] == "9"


def test_what_was_claimed_shows_at_once(node: Node, ada: User) -> None:
    asked()
    holdings.document(ada)
    node.holds = 9
    told("Claimed", account=address("ada"), amount="2")
    assert holdings.document(ada)["balance_units"] == "9"
    assert Event.objects.count() == 1


def test_each_wallet_is_its_own(node: Node, ada: User) -> None:
    asked()
    holdings.document(ada)
    node.holds = 9
    assert holdings.document(member("ben", 1))["balance_units"] == "9"
    assert holdings.document(ada)["balance_units"] == "7"


def test_a_node_that_fails_is_left_alone_for_as_long(node: Node, ada: User) -> None:
    asked()
    node.holds = -1
    for _ in range(3):
        mine = holdings.document(ada)
        assert (mine["balance_units"], mine["reachable"]) == (None, False)
    assert node.asked == 1


@pytest.mark.django_db(transaction=True)
def test_one_question_is_under_way_and_nobody_waits_long_for_it_or_holds_a_connection(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holdings, "QUEUE_SECONDS", 0.2)
    people = [member(name, 1) for name in ("ada", "ben", "cyd")]
    asked()
    node.gate.clear()
    first = threading.Thread(target=_held, args=people[:1])
    first.start()
    eventually(lambda: node.asked)
    assert results(partial(_held, who) for who in people[1:]) == [None, None]
    assert node.asked == 1
    node.gate.set()
    first.join(10)
    assert not node.connected
    assert holdings.document(people[0])["balance_units"] == "7"
    assert node.asked == 2


def _held(who: User) -> Any:
    try:
        return holdings.document(who)["balance_units"]
    finally:
        connection.close()
