"""What waits for machines of strangers has places of its own: money, moderation and webhooks go on, however slowly strangers answer."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from arena.catalogue import tasks as catalogue
from arena.credits import tasks as credits
from arena.database.jobs import PLACES, STRANGERS
from arena.ledger import tasks as ledger
from arena.providers import actions as providers
from arena.vendors.hooks import tasks as hooks
from arena.vendors.models import Organisation
from arena.vendors.submissions import actions as submissions
from arena.vendors.submissions.models import Submission
from tests.integration.battles.stage import misbehaving
from tests.processes import LiveArena, eventually
from tests.sse_server import SseServer

# Long before anybody would have given up on a machine that says nothing.
SOON = 15.0


@pytest.fixture
def endpoint() -> Iterator[SseServer]:
    """A machine of a stranger's, which says one word and then nothing."""
    with misbehaving() as server:
        yield server


def submit(server: SseServer, count: int) -> None:
    """So many contenders wait for their checks."""
    organisation = Organisation.objects.create(slug="slow-labs", name="Slow Labs")
    about = {"terms_version": "1", "terms_hash": "0" * 64, "protocol": "openai", "base_url": server.url("hang"), "model": "slow", "key": ""}
    for number in range(count):
        submissions._send_for_checks(Submission.objects.create(organisation=organisation, name=f"Slow-{number}", **about), had=0)


def give(task: Any) -> int:
    """A job of this task, which waits from now on, beside the others of its kind; its number."""
    return int(task.configure(queueing_lock=str(uuid.uuid4())).defer(timestamp=0))


def count(where: str, *values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM procrastinate_jobs WHERE {where}", values)
        return int(cursor.fetchone()[0])


def done(*jobs: int) -> bool:
    return count("id = ANY(%s) AND status = 'succeeded'", list(jobs)) == len(jobs)


def test_whatever_strangers_do_money_goes_on(live_arena: LiveArena, endpoint: SseServer) -> None:
    submit(endpoint, 12)
    live_arena.start("manage.py", "worker")
    eventually(lambda: count("task_name LIKE '%%check_submission' AND status = 'doing'"), within=40, what="the first check")
    delivery = give(hooks.deliver_webhooks)
    eventually(lambda: done(delivery), within=SOON, what="a delivery beside the checks")
    assert count("task_name LIKE '%%check_submission' AND status = 'doing'") <= submissions.CHECKS_AT_ONCE
    slow = providers.set_provider(slug="slow", name="Slow", protocol="openai", base_url=endpoint.url("hang"))
    for contender in live_arena.arena.contenders.values():
        providers.set_route(contender=contender, provider=slow, model="slow", params={})
        catalogue.ask_canary.defer(contender=contender.pk)
    eventually(lambda: count("queue_name = %s AND status = 'doing'", STRANGERS) == PLACES[STRANGERS], what="all their places taken")
    money = (credits.settle_epochs, credits.reconcile_money, credits.seal_epochs, ledger.release_due_points)
    given = [give(task) for task in money]
    eventually(lambda: done(*given), within=SOON, what="the money's jobs")
    assert count("queue_name = %s AND status = 'doing'", STRANGERS) == PLACES[STRANGERS]


@pytest.mark.django_db
def test_money_is_next_wherever_jobs_wait() -> None:
    for task in (credits.settle_epochs, credits.reconcile_money, credits.seal_epochs, ledger.release_due_points):
        give(task)
    assert count("queue_name = 'default' AND priority > 0") == 4
    give(hooks.deliver_webhooks)
    assert count("queue_name = %s", STRANGERS) == 1
