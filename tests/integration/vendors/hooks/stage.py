"""An organisation with a contender or two, its webhook, and a receiver that can fail."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from standardwebhooks import Webhook

from arena import clock, outbound
from arena.contenders.models import Contender
from arena.ratings import actions as ratings
from arena.ratings.models import Board, Rating
from arena.users.models import User
from arena.vendors import actions as vendors
from arena.vendors.hooks import actions, delivery, outbox
from arena.vendors.hooks.changes import EVENTS
from arena.vendors.hooks.models import Hook, Message
from arena.vendors.models import Organisation

URL = "https://hooks.example.org/arena"
Answer = Callable[[httpx.Request], httpx.Response]


def well(request: httpx.Request) -> httpx.Response:
    return httpx.Response(204)


def broken(request: httpx.Request) -> httpx.Response:
    return httpx.Response(500)


@dataclass
class Receiver:
    """What stands at the other end of every address; `answer` says how it answers."""

    answer: Answer = well
    requests: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.answer(request)

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(request.content) for request in self.requests]

    @property
    def ids(self) -> list[str]:
        return [request.headers["webhook-id"] for request in self.requests]

    def verified(self, secret: str, since: int = 0) -> list[dict[str, Any]]:
        """What came, as another implementation of the standard lets it through."""
        found = [Webhook(secret).verify(request.content, dict(request.headers)) for request in self.requests[since:]]
        return [dict(body) for body in found]


@contextmanager
def receiving(answer: Answer = well) -> Iterator[Receiver]:
    receiver = Receiver(answer)
    with outbound.use_transport(httpx.MockTransport(receiver)):
        yield receiver


@dataclass
class Vendor:
    """An organisation and its webhook; `moment` is now, while `at` holds the clock."""

    organisation: Organisation
    board: Board
    hook: Hook
    secret: str

    @classmethod
    def of(cls, *contenders: Contender, slug: str = "amber-labs", **fields: Any) -> "Vendor":
        organisation = vendor(slug, *contenders)
        made: dict[str, Any] = {"url": URL, "events": EVENTS, **fields}
        hook, secret = actions.add_hook(organisation=organisation, **made)
        outbox.notice()  # what is so now is no news
        return cls(organisation, Board.objects.get(slug="overall"), hook, secret.reveal())

    @property
    def messages(self) -> list[Message]:
        return list(Message.objects.filter(hook=self.hook).order_by("number"))

    @property
    def states(self) -> list[str]:
        return [message.state for message in self.messages]

    def now(self) -> Hook:
        self.hook.refresh_from_db()
        return self.hook


def vendor(slug: str, *contenders: Contender) -> Organisation:
    owner = User.objects.create(username=slug, email=f"owner@{slug}.example.org")
    organisation = vendors.found_organisation(by=owner, slug=slug, name=slug.replace("-", " ").title())
    for contender in contenders:
        vendors.enter(organisation=organisation, contender=contender)
    return organisation


def standings(board: Board, votes: int = 100, **skills: float) -> None:
    """Publish the board with these skills, by the cast's names (`amber=30`)."""
    for name, mu in skills.items():
        contender = Contender.objects.get(slug=f"{name}-7")
        values = {"mu": mu, "sigma": 0.5, "votes": votes, "group": 1}
        Rating.objects.update_or_create(board=board, contender=contender, defaults=values)
    Board.objects.filter(pk=board.pk).update(last_seq=board.last_seq + 1)
    board.refresh_from_db()
    ratings.publish(board_ids=[board.pk])


def pass_minutes(begin: datetime, minutes: int) -> Iterator[datetime]:
    """What workers do every minute from `begin` on, with the clock held at each of them."""
    for minute in range(minutes):
        moment = begin + timedelta(minutes=minute)
        with clock.frozen(moment):
            yield moment
            outbox.notice()
            delivery.deliver()


def ago(**span: float) -> datetime:
    return datetime.now(UTC) - timedelta(**span)
