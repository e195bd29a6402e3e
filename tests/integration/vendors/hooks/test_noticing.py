"""What becomes a message, for whom, and what never does."""

import json
from typing import Any

import pytest

from arena.contenders import actions as contenders
from arena.contenders.models import State
from arena.ratings import actions as ratings
from arena.ratings.models import Board
from arena.vendors.hooks import actions, outbox
from arena.vendors.hooks.changes import RANK, STATE, TIER
from arena.vendors.hooks.models import Message
from tests.cast import Arena
from tests.integration.vendors.hooks.stage import Vendor, standings

pytestmark = pytest.mark.django_db
EVEN: dict[str, Any] = {"amber": 30.0, "birch": 28.0, "cedar": 26.0, "dune": 24.0}


@pytest.fixture
def board(arena: Arena) -> Board:
    found = Board.objects.get(slug="overall")
    standings(found, **EVEN)
    return found


def data(message: Message) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(message.body)
    assert told["type"] == message.type
    found: dict[str, Any] = told["data"]
    return found


def test_a_rank_that_moves_is_told_with_both_places(arena: Arena, board: Board) -> None:
    amber = Vendor.of(arena.contenders["amber"])
    standings(board, birch=34.0)
    assert outbox.notice() == 2
    rank, tier = amber.messages
    assert (rank.type, tier.type) == (RANK, TIER)
    told = data(rank)
    assert told["contender"] == {"slug": "amber-7", "name": "Amber-7"}
    assert (told["board"]["slug"], told["board"]["seq"]) == ("overall", board.last_seq)
    assert (told["before"]["rank"], told["after"]["rank"]) == (1, 2)


def test_what_is_told_once_is_not_told_again(arena: Arena, board: Board) -> None:
    amber = Vendor.of(arena.contenders["amber"])
    standings(board, birch=34.0)
    assert outbox.notice() == 2
    assert outbox.notice() == 0
    standings(board, votes=150, birch=34.1)
    assert outbox.notice() == 0
    assert len(amber.messages) == 2


def test_the_first_look_at_a_contender_brings_no_news(arena: Arena, board: Board) -> None:
    assert Vendor.of(arena.contenders["amber"]).messages == []


def test_nobody_is_told_of_others_contenders(arena: Arena, board: Board) -> None:
    amber = Vendor.of(arena.contenders["amber"])
    birch = Vendor.of(arena.contenders["birch"], slug="birch-labs")
    standings(board, birch=34.0)
    contenders.change_state(contender=arena.contenders["cedar"], state=State.RETIRED, reason="cedar is felled")
    outbox.notice()
    assert {data(message)["contender"]["slug"] for message in amber.messages} == {"amber-7"}
    assert {data(message)["contender"]["slug"] for message in birch.messages} == {"birch-7"}
    assert not [message for message in [*amber.messages, *birch.messages] if "birch-7" in message.body and "amber-7" in message.body]
    assert not [message for message in [*amber.messages, *birch.messages] if "cedar" in message.body.lower()]


def test_a_private_test_of_somebody_else_moves_and_tells_nothing(arena: Arena, board: Board) -> None:
    amber = Vendor.of(arena.contenders["amber"])
    hidden = contenders.register(slug="quartz-9", name="Quartz-9", vendor="Quartz Labs", state=State.PRIVATE_TEST)
    standings(board, amber=30.0)
    assert outbox.notice() == 0
    contenders.change_state(contender=hidden, state=State.LISTED, reason="out now")
    standings(board, amber=30.0)
    outbox.notice()
    assert not [message for message in amber.messages if "quartz" in message.body.lower()]


def test_every_line_of_the_register_is_told_to_its_owner(arena: Arena, board: Board) -> None:
    amber = Vendor.of(arena.contenders["amber"], events=[STATE])
    contenders.change_state(contender=arena.contenders["amber"], state=State.RETIRED, reason="superseded")
    contenders.change_state(contender=arena.contenders["amber"], state=State.LISTED, reason="back again")
    assert outbox.notice() == 2
    told = [data(message) for message in amber.messages]
    assert [(one["kind"], one["reason"], one["state"]) for one in told] == [
        ("retired", "superseded", "listed"),
        ("released", "back again", "listed"),
    ]
    assert outbox.notice() == 0


def test_a_private_test_is_told_to_its_own_organisation(arena: Arena, board: Board) -> None:
    hidden = contenders.register(slug="quartz-9", name="Quartz-9", vendor="Quartz Labs", state=State.DRAFT)
    quartz = Vendor.of(hidden, slug="quartz-labs")
    contenders.change_state(contender=hidden, state=State.PRIVATE_TEST, reason="first tries")
    outbox.notice()
    assert [data(message)["kind"] for message in quartz.messages] == ["private_test"]


def test_a_hook_gets_the_events_and_boards_that_it_asked_for(arena: Arena, board: Board) -> None:
    amber = Vendor.of(arena.contenders["amber"], events=[TIER])
    other, _ = actions.add_hook(organisation=amber.organisation, url="https://two.example.org/", events=[RANK], boards=["coding"])
    standings(board, birch=34.0)
    outbox.notice()
    assert [message.type for message in amber.messages] == [TIER]
    assert not Message.objects.filter(hook=other).exists()


def test_a_hook_that_is_off_gets_nothing_and_starts_with_what_is_new(arena: Arena, board: Board) -> None:
    amber = Vendor.of(arena.contenders["amber"])
    actions.change_hook(amber.hook, active=False)
    standings(board, birch=34.0)
    outbox.notice()
    assert amber.messages == []
    actions.change_hook(amber.hook, active=True)
    standings(board, birch=27.0)
    outbox.notice()
    assert [data(message)["after"]["rank"] for message in amber.messages if message.type == RANK] == [1]


def test_a_new_board_is_told_of_and_one_that_is_gone_is_not(arena: Arena, board: Board) -> None:
    amber = Vendor.of(arena.contenders["amber"], events=[RANK])
    second = ratings.create_board(slug="coding", title="Coding", categories=["coding"])
    standings(second, **EVEN)
    outbox.notice()
    (message,) = amber.messages
    assert (data(message)["board"]["slug"], data(message)["before"]) == ("coding", None)
    ratings.want_anew([second.pk])
    Board.objects.filter(pk=second.pk).update(generation=0)
    ratings.publish(board_ids=[second.pk])
    assert outbox.notice() == 0
