"""Taking note of what has changed for contenders of organisations, and writing the messages about it: in one transaction."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from arena import clock
from arena.contenders.models import Contender, Event
from arena.ratings.models import Snapshot
from arena.vendors.hooks.changes import STATE, between, places
from arena.vendors.hooks.models import Hook, Message, Told
from arena.vendors.hooks.models import State as HookState
from arena.vendors.models import Entry


@dataclass(frozen=True, slots=True)
class Table:
    """A live board as it is published now: what messages say of it, and the places on it by contender's slug."""

    head: Mapping[str, Any]
    places: Mapping[str, Mapping[str, Any]]


def notice() -> int:
    """Compare every organisation's contenders with what was last told of them, and write messages; gives how many.

    Safe at any concurrency and after any death: what is told and that it was told are one transaction, under the contender's lock.
    A contender that is looked at for the first time has no news.
    """
    tables = published()
    return sum(_notice(contender, tables) for contender in Entry.objects.order_by("pk").values_list("contender", flat=True))


def published() -> dict[str, Table]:
    """Every live board, by slug."""
    tables = {}
    for body in Snapshot.objects.filter(generation__gt=0).order_by("pk").values_list("body", flat=True):
        document = json.loads(bytes(body))
        head = {name: document[name] for name in ("slug", "title", "seq", "generation", "updated_at")}
        tables[document["slug"]] = Table(head, places(document))
    return tables


@transaction.atomic
def _notice(contender_id: int, tables: Mapping[str, Table]) -> int:
    contender = Contender.objects.get(pk=contender_id)
    standing = {slug: table.places[contender.slug] for slug, table in tables.items() if contender.slug in table.places}
    baseline = {"event": _newest_line(contender), "places": standing, "at": clock.now()}
    told, fresh = Told.objects.select_for_update().get_or_create(contender=contender, defaults=baseline)
    if fresh:
        return 0
    about = {"contender": {"slug": contender.slug, "name": contender.name}}
    news: list[tuple[str, str, dict[str, Any]]] = []
    for line in _new_lines(contender, told.event):
        said = {"kind": line.kind, "reason": line.reason, "at": line.at.isoformat(), "state": contender.state}
        news.append((STATE, "", {**about, **said}))
        told.event = line.pk
    for slug, table in tables.items():
        before, after = told.places.get(slug), standing.get(slug)
        types = between(before, after)
        news += [(type, slug, {**about, "board": dict(table.head), "before": before, "after": after}) for type in types]
        if types:
            told.places[slug] = after
    return _write(contender, told, news) if news else 0


def _newest_line(contender: Contender) -> int:
    return Event.objects.filter(contender=contender).order_by("pk").values_list("pk", flat=True).last() or 0


def _new_lines(contender: Contender, told: int) -> list[Event]:
    """The register's lines behind `told`. Where there are any the contender's row is held while they are read: writing a line takes a share
    of that row, so that whatever else is being written has a larger id."""
    lines = Event.objects.filter(contender=contender, pk__gt=told).order_by("pk")
    if not lines.exists():
        return []
    contender.refresh_from_db(from_queryset=Contender.objects.select_for_update())
    return list(lines.all())


def _write(contender: Contender, told: Told, news: list[tuple[str, str, dict[str, Any]]]) -> int:
    told.at = clock.now()
    told.save()
    hooks = list(Hook.objects.filter(organisation__entries__contender=contender, state=HookState.ACTIVE).order_by("pk"))
    wanted = [
        (hook, type, data)
        for type, board, data in news
        for hook in hooks
        if type in hook.events and (not board or not hook.boards or board in hook.boards)
    ]
    for hook, type, data in wanted:
        write(hook, type=type, data=data, at=told.at, contender=contender)
    if wanted:
        send_for_courier()
    return len(wanted)


def write(hook: Hook, *, type: str, data: Mapping[str, Any], at: datetime, contender: Contender | None = None) -> Message:
    """A message in the outbox; it is sent once the transaction is committed."""
    told = {"type": type, "timestamp": at.isoformat(), "data": data}
    body = json.dumps(told, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Message.objects.create(hook=hook, contender=contender, type=type, body=body, created_at=at, wanted_at=at, due_at=at)


def send_for_courier() -> None:
    """A worker sends what is due; one that waits already will find this, too."""
    with suppress(AlreadyEnqueued), transaction.atomic():
        app.configure_task("arena.vendors.hooks.tasks.deliver_webhooks", queueing_lock="deliver_webhooks", lock="deliver_webhooks").defer()
