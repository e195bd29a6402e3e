"""How messages arrive: all of them, in order for each contender, signed; and what happens when they do not."""

import json
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from django.core import mail
from standardwebhooks import Webhook

from arena import clock, outbound
from arena.errors import Conflict
from arena.ratings.models import Board
from arena.vendors.hooks import actions, delivery, outbox, tasks
from arena.vendors.hooks.changes import RANK, TEST
from arena.vendors.hooks.models import Attempt, Hook, Message, State
from tests.cast import Arena
from tests.integration.vendors.hooks.stage import Vendor, ago, broken, pass_minutes, receiving, standings, well

pytestmark = pytest.mark.django_db
WAITING, DELIVERED, DEAD = Message.State.WAITING, Message.State.DELIVERED, Message.State.DEAD


@pytest.fixture
def board(arena: Arena) -> Board:
    found = Board.objects.get(slug="overall")
    standings(found, amber=30.0, birch=28.0, cedar=26.0, dune=24.0)
    return found


@pytest.fixture
def amber(arena: Arena, board: Board) -> Vendor:
    """One organisation with two contenders."""
    return Vendor.of(arena.contenders["amber"], arena.contenders["birch"], events=[RANK])


def write(vendor: Vendor, contender: Any, *numbers: int) -> list[Message]:
    return [outbox.write(vendor.hook, type=RANK, data={"n": n}, at=clock.now(), contender=contender) for n in numbers]


def test_a_message_arrives_and_another_implementation_verifies_it(amber: Vendor, board: Board) -> None:
    standings(board, birch=31.0)
    assert outbox.notice() == 2
    with receiving() as receiver:
        assert delivery.deliver() == 2
    told = receiver.verified(amber.secret)
    assert [(one["type"], one["data"]["after"]["rank"]) for one in told] == [(RANK, 2), (RANK, 1)]
    assert receiver.requests[0].headers["content-type"] == "application/json"
    assert amber.states == [DELIVERED, DELIVERED]
    assert receiver.ids == [message.webhook_id for message in amber.messages]


def test_a_receiver_that_fails_for_an_hour_gets_everything_once_it_is_back_in_order_for_each_contender(
    amber: Vendor, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin, arrived = ago(minutes=90), list[dict[str, Any]]()

    def checking(request: httpx.Request) -> httpx.Response:
        arrived.append(Webhook(amber.secret).verify(request.content, dict(request.headers)))
        return well(request)

    monkeypatch.setattr("standardwebhooks.webhooks.datetime", HeldClock)  # it looks whether a message comes from now
    with receiving(broken) as receiver:
        for minute, _ in enumerate(pass_minutes(begin, 60)):
            # The two change places every three minutes.
            standings(board, amber=30.0 + minute // 3 % 2, birch=30.5)
        written = len(amber.messages)
        assert written > 30
        assert set(amber.states) == {WAITING}
        receiver.answer = checking
        for _ in pass_minutes(begin + timedelta(minutes=60), 20):
            pass
    assert set(amber.states) == {DELIVERED}
    assert len(arrived) == len(amber.messages) == written
    for name in ("amber-7", "birch-7"):
        about = [one["data"] for one in arrived if one["data"]["contender"]["slug"] == name]
        seqs = [one["board"]["seq"] for one in about]
        assert len(seqs) > 15
        assert seqs == sorted(set(seqs))
        assert [one["before"]["rank"] for one in about[1:]] == [one["after"]["rank"] for one in about[:-1]]
    assert amber.now().failing_since is None


class HeldClock(datetime):
    @classmethod
    def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
        return clock.now()


def test_while_one_message_waits_no_newer_one_about_its_contender_is_sent(amber: Vendor, arena: Arena) -> None:
    write(amber, arena.contenders["amber"], 1, 2)
    write(amber, arena.contenders["birch"], 3)

    def choosy(request: httpx.Request) -> httpx.Response:
        return httpx.Response(500 if json.loads(request.content)["data"]["n"] == 1 else 200)

    with receiving(choosy) as receiver:
        delivery.deliver()
        delivery.deliver()
    assert [one["data"]["n"] for one in receiver.bodies] == [1, 3]
    assert amber.states == [WAITING, WAITING, DELIVERED]


def test_a_try_keeps_its_id_and_has_its_own_time(amber: Vendor, arena: Arena) -> None:
    begin = ago(minutes=2)
    with receiving(broken) as receiver:
        with clock.frozen(begin):
            write(amber, arena.contenders["amber"], 1)
        for _ in pass_minutes(begin, 2):
            pass
    assert len(set(receiver.ids)) == 1
    assert [int(request.headers["webhook-timestamp"]) for request in receiver.requests] == [
        int(begin.timestamp()),
        int((begin + timedelta(minutes=1)).timestamp()),
    ]
    assert [attempt.status for attempt in Attempt.objects.order_by("pk")] == [500, 500]


def test_after_three_days_a_message_is_given_up_and_the_next_has_its_turn(amber: Vendor, arena: Arena) -> None:
    begin = ago(days=3, hours=3)
    with clock.frozen(begin):
        write(amber, arena.contenders["amber"], 1, 2)

    def choosy(request: httpx.Request) -> httpx.Response:
        return httpx.Response(500 if json.loads(request.content)["data"]["n"] == 1 else 200)

    with receiving(choosy):
        for hours in range(75):
            with clock.frozen(begin + timedelta(hours=hours)):
                delivery.deliver()
    first, second = amber.messages
    assert (first.state, second.state) == (DEAD, DELIVERED)
    assert timedelta(days=3) <= first.ended_at - begin <= timedelta(days=3, hours=1)  # type: ignore[operator]


def test_the_dead_are_sent_again_by_hand_under_their_ids(amber: Vendor, arena: Arena) -> None:
    messages = write(amber, arena.contenders["amber"], 1, 2)
    Message.objects.filter(hook=amber.hook).update(state=DEAD, ended_at=clock.now(), tries=150)
    assert actions.replay_since(amber.hook, since=ago(minutes=1)) == 2
    with receiving() as receiver:
        delivery.deliver()
    assert receiver.ids == [message.webhook_id for message in messages]
    assert amber.states == [DELIVERED, DELIVERED]


def test_replay_leaves_what_arrived_alone_unless_it_is_asked_for(amber: Vendor, arena: Arena) -> None:
    write(amber, arena.contenders["amber"], 1)
    with receiving() as receiver:
        delivery.deliver()
        assert actions.replay_since(amber.hook, since=ago(minutes=1)) == 0
        assert actions.replay_since(amber.hook, since=ago(minutes=1), dead_only=False) == 1
        delivery.deliver()
    assert len(receiver.ids) == 2
    assert len(set(receiver.ids)) == 1


def test_after_five_days_without_a_success_it_is_switched_off_and_its_owners_are_told(amber: Vendor, arena: Arena) -> None:
    begin = ago(days=6)
    with receiving(broken):
        for hours in range(5 * 24 + 3):
            with clock.frozen(begin + timedelta(hours=hours)):
                if hours % 24 == 0:
                    write(amber, arena.contenders["amber"], hours)
                delivery.deliver()
    hook = amber.now()
    assert hook.state == State.DISABLED
    assert "5 days" in hook.disabled_reason
    tasks.tell_of_disabled_webhook(hook=str(hook.pk))
    assert [letter.to for letter in mail.outbox] == [["owner@amber-labs.example.org"]]
    assert hook.url in str(mail.outbox[0].body)


def test_failures_far_apart_are_not_a_long_failure(amber: Vendor, arena: Arena) -> None:
    for days in (40, 20):
        with clock.frozen(ago(days=days)), receiving(broken):
            write(amber, arena.contenders["birch" if days == 20 else "amber"], days)
            Message.objects.exclude(body__contains=f'"n":{days}').update(state=DEAD, ended_at=clock.now())
            delivery.deliver()
    assert amber.now().state == State.ACTIVE


def test_switched_on_again_it_gets_what_waits(amber: Vendor, arena: Arena) -> None:
    write(amber, arena.contenders["amber"], 1, 2)
    with receiving(lambda request: httpx.Response(410)) as receiver:
        delivery.deliver()
        assert amber.now().state == State.DISABLED
        receiver.answer = well
        assert delivery.deliver() == 0
        actions.change_hook(amber.hook, active=True)
        assert delivery.deliver() == 2
    assert amber.states == [DELIVERED, DELIVERED]


def test_a_receiver_that_asks_for_time_gets_it(amber: Vendor, arena: Arena) -> None:
    begin = ago(minutes=50)
    with clock.frozen(begin), receiving(lambda request: httpx.Response(429, headers={"retry-after": "1800"})):
        (message,) = write(amber, arena.contenders["amber"], 1)
        delivery.deliver()
        message.refresh_from_db()
        assert message.due_at == begin + timedelta(minutes=30)


def test_redirects_are_not_followed(amber: Vendor, arena: Arena) -> None:
    write(amber, arena.contenders["amber"], 1)
    with receiving(lambda request: httpx.Response(302, headers={"location": "http://169.254.169.254/"})) as receiver:
        delivery.deliver()
    assert len(receiver.requests) == 1
    assert amber.states == [WAITING]


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1:9/", "https://10.1.2.3/", "https://[::1]/", "https://169.254.169.254/latest", "https://2130706433/"]
)
def test_nothing_is_sent_into_private_networks(amber: Vendor, arena: Arena, url: str) -> None:
    actions.change_hook(amber.hook, url=url)
    write(amber, arena.contenders["amber"], 1)
    outbound.configure(outbound.Limits(allow=("127.0.0.1", "10.0.0.0/8")))  # the operator's own providers
    try:
        delivery.deliver()
    finally:
        outbound.configure(None)
    (message,) = amber.messages
    assert (message.state, message.status) == (WAITING, None)
    assert "private or reserved" in message.fault


def test_a_test_arrives_and_only_one_is_on_its_way(amber: Vendor) -> None:
    actions.send_test(amber.hook)
    with pytest.raises(Conflict):
        actions.send_test(amber.hook)
    with receiving() as receiver:
        delivery.deliver()
        actions.send_test(amber.hook)
        delivery.deliver()
    assert [one["type"] for one in receiver.verified(amber.secret)] == [TEST, TEST]


def test_while_a_secret_changes_messages_verify_with_both_and_then_with_the_new_one(amber: Vendor) -> None:
    _, fresh = actions.renew_secret(amber.hook)
    with receiving() as receiver:
        actions.send_test(amber.hook)
        delivery.deliver()
        assert receiver.verified(amber.secret) == receiver.verified(fresh.reveal())
        Hook.objects.update(former_until=clock.now() - timedelta(seconds=1))
        actions.send_test(amber.hook)
        delivery.deliver()
    assert len(receiver.requests[0].headers["webhook-signature"].split()) == 2
    assert len(receiver.requests[1].headers["webhook-signature"].split()) == 1
    assert len(receiver.verified(fresh.reveal())) == 2


def test_a_sender_that_died_is_followed_by_another_and_nothing_overtakes(amber: Vendor, arena: Arena) -> None:
    write(amber, arena.contenders["amber"], 1, 2)
    begin = clock.now()
    with receiving() as receiver:
        with clock.frozen(begin):
            assert delivery.claim(amber.hook.pk) is not None  # and dies
            assert delivery.deliver() == 0
        with clock.frozen(begin + delivery.LEASE):
            assert delivery.deliver() == 2
    assert [one["data"]["n"] for one in receiver.bodies] == [1, 2]


def test_a_sender_that_was_taken_for_dead_may_succeed_but_not_fail_for_others(amber: Vendor, arena: Arena) -> None:
    write(amber, arena.contenders["amber"], 1)
    begin = clock.now()
    with clock.frozen(begin):
        slow = delivery.claim(amber.hook.pk)
    with clock.frozen(begin + delivery.LEASE):
        assert delivery.claim(amber.hook.pk) is not None
        assert slow is not None
        delivery.settle(slow, delivery.Outcome(None, "It took too long to answer.", 60_000))
        (message,) = amber.messages
        assert (message.tries, message.lease_until) == (0, begin + 2 * delivery.LEASE)
        delivery.settle(slow, delivery.Outcome(200, "", 60_000))
    assert amber.states == [DELIVERED]


def test_a_hook_that_is_deleted_while_it_is_sent_to_does_no_harm(amber: Vendor, arena: Arena) -> None:
    write(amber, arena.contenders["amber"], 1)
    claimed = delivery.claim(amber.hook.pk)
    assert claimed is not None
    amber.hook.delete()
    assert delivery.settle(claimed, delivery.Outcome(200, "", 1)) is False
    assert not Message.objects.exists()


def test_what_ended_a_month_ago_is_forgotten(amber: Vendor, arena: Arena) -> None:
    write(amber, arena.contenders["amber"], 1, 2, 3)
    one, two, _ = amber.messages
    Message.objects.filter(pk=one.pk).update(state=DELIVERED, ended_at=ago(days=31))
    Message.objects.filter(pk=two.pk).update(state=DEAD, ended_at=ago(days=29))
    tasks.forget_messages()
    assert amber.states == [DEAD, WAITING]
