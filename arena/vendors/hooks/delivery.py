"""Sending what is due, a message about a contender after the other; at least once, whoever dies when.

Claim (a transaction), send (none), settle (a transaction). A sender that dies leaves a lease, which runs out; the message is then sent
again under the same id. While a message waits, no newer one about its contender is sent.
"""

import asyncio
import uuid
from dataclasses import dataclass
from datetime import timedelta

from asgiref.sync import async_to_sync, sync_to_async
from django.db import connection, transaction
from procrastinate.contrib.django import app

from arena import clock, outbound
from arena.providers import vault
from arena.vendors.hooks import outbox, schedule, signing
from arena.vendors.hooks.models import Attempt, Hook, Message, State

TIMEOUTS = outbound.Timeouts(first_byte=15.0, idle=5.0, whole=20.0)
LEASE = timedelta(seconds=60)
ROUND_SECONDS = 45.0  # then others' jobs have their turn
HOOKS_AT_ONCE = 16
REPLY_BYTES = 1024
# Nothing has arrived for so long: it is switched off, and its organisation told.
DISABLE_AFTER = timedelta(days=5)
# While anything waits it is tried more often than this, so a longer silence between two failures is no failing.
SILENCE = timedelta(days=1)
GONE = 410

# Of each contender (or of the tests) the first message that waits, if it may be sent now.
_DUE = """
FROM hooks_message m JOIN hooks_hook h ON h.id = m.hook_id AND h.state = 'active'
WHERE m.state = 'waiting' AND m.due_at <= %(now)s AND (m.lease_until IS NULL OR m.lease_until <= %(now)s)
AND NOT EXISTS (
    SELECT FROM hooks_message e WHERE e.state = 'waiting' AND e.hook_id = m.hook_id
    AND e.contender_id IS NOT DISTINCT FROM m.contender_id AND e.number < m.number
)
"""
_HOOKS = f"SELECT m.hook_id, min(m.due_at) {_DUE} GROUP BY m.hook_id ORDER BY 2"
_CLAIM = f"""
UPDATE hooks_message SET lease_until = %(until)s
WHERE number = (SELECT m.number {_DUE} AND m.hook_id = %(hook)s ORDER BY m.due_at, m.number LIMIT 1 FOR UPDATE OF m SKIP LOCKED)
RETURNING number
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one try went. `asked`: seconds that the receiver wants to be left alone."""

    status: int | None
    fault: str
    milliseconds: int
    asked: float | None = None

    @property
    def well(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def deliver() -> int:
    """Send what is due, to several hooks at once and to each one message after the other; gives how many tries it made.

    A hook's turn ends with its first failure. What is still due in the end is left to another round, which is sent for.
    """
    with connection.cursor() as cursor:
        cursor.execute(_HOOKS, {"now": clock.now()})
        hooks = [row[0] for row in cursor.fetchall()]
    made, more = async_to_sync(_deliver, force_new_loop=True)(hooks)
    if more:
        outbox.send_for_courier()
    return made


async def _deliver(hooks: list[uuid.UUID]) -> tuple[int, bool]:
    places, until = asyncio.Semaphore(HOOKS_AT_ONCE), clock.monotonic() + ROUND_SECONDS

    async def turn(hook: uuid.UUID) -> tuple[int, bool]:
        async with places:
            return await _turn(hook, until)

    turns = await asyncio.gather(*map(turn, hooks))
    await outbound.aclose()  # connections are kept by an event loop, and this one, which is this job's alone, is gone in a moment
    return sum(made for made, _ in turns), any(more for _, more in turns)


async def _turn(hook: uuid.UUID, until: float) -> tuple[int, bool]:
    """How many tries were made, and whether the time was over before the work."""
    made = 0
    while clock.monotonic() < until:
        message = await sync_to_async(claim)(hook)
        if message is None:
            return made, False
        made += 1
        outcome = await _send(message)
        if not await sync_to_async(settle)(message, outcome):
            return made, False
    return made, True


@transaction.atomic
def claim(hook: uuid.UUID) -> Message | None:
    """The hook's next message that is due, leased to us; None where there is none."""
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"now": now, "until": now + LEASE, "hook": hook})
        row = cursor.fetchone()
    return None if row is None else Message.objects.select_related("hook").get(pk=row[0])


async def _send(message: Message) -> Outcome:
    """One POST. The body of the reply is nobody's business."""
    begun = clock.monotonic()
    status, fault, asked = None, "", None
    try:
        async with outbound.stream(
            "POST", message.hook.url, headers=_headers(message), content=message.body.encode(), timeouts=TIMEOUTS, stranger=True
        ) as response:
            status = response.status
            asked = _seconds(response.headers.get("retry-after", ""))
            await response.read(REPLY_BYTES)
    except outbound.OutboundError as error:
        if status is None:  # once it has answered, how the answer ends changes nothing
            fault = _sentence(error)
    if status is not None and not 200 <= status < 300:
        fault = f"The receiver answered {status}."
    return Outcome(status, fault, round((clock.monotonic() - begun) * 1000), asked)


def _headers(message: Message) -> dict[str, str]:
    hook, now = message.hook, clock.now()
    sealed = [hook.secret]
    if hook.former_until is not None and now < hook.former_until:
        sealed.append(hook.former_secret)
    secrets = [vault.opened(text).reveal() for text in sealed]
    signed = signing.headers(secrets, id=message.webhook_id, timestamp=int(now.timestamp()), body=message.body.encode())
    return {"content-type": "application/json", **signed}


def _sentence(error: outbound.OutboundError) -> str:
    match error:
        case outbound.Forbidden():
            return "The address leads into a private or reserved network, to which nothing is sent."
        case outbound.TimedOut():
            return "It took too long to answer."
        case outbound.Unreachable():
            return "No connection could be made: is the name right, and the certificate valid?"
        case outbound.BadRequest():
            return "The address is not one that can be posted to."
        case outbound.Busy():
            return "The arena had no connection free."
    return "The connection ended before a whole answer came."


def _seconds(text: str) -> float | None:
    """Retry-After in seconds; a date is taken as no wish."""
    return float(text) if text.isascii() and text.isdigit() and len(text) < 9 else None


@transaction.atomic
def settle(message: Message, outcome: Outcome) -> bool:
    """Record how a try went and what follows from it; False where the hook is to be left alone for now.

    Success counts whoever holds the lease now; failure only while it is ours.
    """
    hook = Hook.objects.select_for_update().filter(pk=message.hook_id).first()
    if hook is None:  # deleted meanwhile, and its messages with it
        return False
    held = Message.objects.select_for_update().get(pk=message.pk)
    now = clock.now()
    Attempt.objects.create(message=held, at=now, status=outcome.status, fault=outcome.fault, milliseconds=outcome.milliseconds)
    held.status, held.fault = outcome.status, outcome.fault
    if held.state != Message.State.WAITING:
        return outcome.well
    if outcome.well:
        held.state, held.ended_at, held.lease_until = Message.State.DELIVERED, now, None
        held.tries += 1
        held.save()
        if hook.failing_since is not None:
            hook.failing_since = hook.failed_at = None
            hook.save(update_fields=["failing_since", "failed_at"])
        return True
    if held.lease_until == message.lease_until:
        _postpone(held, outcome)
        _blame(hook, outcome)
    return False


def _postpone(held: Message, outcome: Outcome) -> None:
    now = clock.now()
    held.tries, held.lease_until = held.tries + 1, None
    pause = schedule.pause(held.tries, now - held.wanted_at, outcome.asked)
    if pause is None:
        held.state, held.ended_at = Message.State.DEAD, now
    else:
        held.due_at = now + pause
    held.save()


def _blame(hook: Hook, outcome: Outcome) -> None:
    now = clock.now()
    if hook.failing_since is None or hook.failed_at is None or now - hook.failed_at > SILENCE:
        hook.failing_since = now
    hook.failed_at = now
    if outcome.status == GONE:
        hook.state, hook.disabled_reason = State.DISABLED, "The receiver answered 410: it is gone for good."
    elif now - hook.failing_since >= DISABLE_AFTER and hook.state == State.ACTIVE:
        hook.state, hook.disabled_reason = State.DISABLED, f"Nothing has arrived for {DISABLE_AFTER.days} days. Last: {outcome.fault}"[:200]
    hook.save()
    if hook.state == State.DISABLED:
        app.configure_task("arena.vendors.hooks.tasks.tell_of_disabled_webhook").defer(hook=str(hook.pk))
