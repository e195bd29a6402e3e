"""People who battle and vote without a pause; each does what the page does when it is told to come again."""

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

from arena.battles import projector
from arena.battles.models import Answer, Status, Vote
from arena.providers.models import Route
from arena.ratings.models import Board
from arena.votelog.models import Entry
from tests.integration.ledger.issuance import issued
from tests.processes import Browser, Story, events, eventually

UNCAPPED = {"REWARD_DAILY_CAP": "1000000", "REWARD_NETWORK_CAP": "1000000"}


def script(name: str, **params: object) -> None:
    """Everybody plays this script from now on."""
    for route in Route.objects.select_related("contender"):
        Route.objects.filter(pk=route.pk).update(model=f"{name}@{route.contender.slug}", params={"extra": params})


@dataclass(slots=True)
class Load:
    """All of them: whose vote was taken, what had to be asked again, what went wrong."""

    people: list[Browser]
    over: threading.Event = field(default_factory=threading.Event)
    voted: list[str] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def run(self, browser: Browser) -> None:
        try:
            while not self.over.is_set():
                self.play(browser)
        except Exception as error:
            self.faults.append(repr(error))

    def go_on(self) -> None:
        """Wait until two more have voted, or something went wrong."""
        enough = len(self.voted) + 2
        eventually(lambda: len(self.voted) >= enough or self.faults, within=30, what="votes")

    def play(self, browser: Browser) -> None:
        battle = self.send(browser, "battles", {"prompt": "Why is the sky blue?"}).json()
        story = self.read(browser, battle["stream"]["url"])
        if set(story.status.values()) != {"done"}:
            self.faults.append(f"a stream was lost: {story.status}")
        reply = self.send(browser, f"battles/{battle['id']}/vote", {"outcome": "a", "turn": 0, "attempt": 0})
        if reply.status_code != 200:
            self.faults.append(f"a vote failed: {reply.status_code} {reply.text}")
        self.voted.append(battle["id"])

    def send(self, browser: Browser, path: str, body: object) -> httpx.Response:
        key = str(uuid.uuid4())
        for _ in range(5):
            try:
                return browser.send_json(path, body, key=key)
            except httpx.TransportError as error:  # an idle connection may close just as it is used
                self.again.append(f"{path.rpartition('/')[2]}: {error!r}")
        raise AssertionError("nobody answers")

    def read(self, browser: Browser, url: str) -> Story:
        story = Story()
        for _ in range(10):
            headers = {"Last-Event-ID": story.last} if story.last else {}
            with browser.stream("GET", url, headers=headers) as reply:
                if reply.status_code == 503:
                    self.again.append("stream: 503")
                    time.sleep(float(reply.headers["Retry-After"]))
                    continue
                assert reply.status_code == 200, reply.read()
                for event in events(reply):
                    story.add(event)
            if story.ended:
                return story
            self.again.append("stream: cut")
        raise AssertionError("the stream never ended")

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """The load, for as long as the block lasts; what was begun is finished."""
        threads = [threading.Thread(target=self.run, args=(browser,)) for browser in self.people]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.over.set()
            for thread in threads:
                thread.join(30)

    def check(self) -> None:
        """Every vote that was taken is there once, numbered once, rated once and paid once; every answer was finished."""
        assert not self.faults
        while projector.project():
            pass
        assert set(map(str, Vote.objects.values_list("battle_id", flat=True))) == set(self.voted)
        assert Vote.objects.count() == len(self.voted) == Entry.objects.filter(kind="vote").count()
        assert not Answer.objects.exclude(status=Status.DONE).exists()
        assert issued() == 10 * len(self.voted)
        assert not projector.rebuild(Board.objects.get().pk).differences
