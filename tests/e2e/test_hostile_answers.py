"""Answers that want to run, load, lead away, pretend or freeze: streamed in pieces to both sides of the real page."""

import json
import re
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Request, expect

from arena.providers import actions as providers
from arena.providers.models import Provider
from tests.processes import ROOT, LiveArena, Web

CORPUS: dict[str, list[Any]] = json.loads((ROOT / "fixtures/hostile/answers.json").read_bytes())
GROUPS = [name for name, texts in CORPUS.items() if len(texts) > 1]
BOMBS = [name for name, texts in CORPUS.items() if len(texts) == 1 and name != "harmless"]
# How much longer than a harmless text of the same length an answer may keep the page.
SLOWEST = 8
LONG = 30_000
# What the page itself may fetch, after the address of its host.
OURS = re.compile(r"/(|_app/[\w./-]+|api/v1/[\w./?=&%:~-]+|battles/[0-9a-f-]{36}|theme\.js|favicon\.svg)")
TRAPS = (Path(__file__).parent / "traps.js").read_text()
INSPECT = (Path(__file__).parent / "inspect.js").read_text()


@dataclass(slots=True)
class Reader:
    """Somebody who reads hostile answers, and all that their browser was made to do."""

    page: Page
    url: str
    requests: list[str] = field(default_factory=list)
    popups: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def watch(self) -> None:
        self.page.context.on("request", lambda request: self._requested(request))
        self.page.context.on("page", lambda page: self.popups.append(page.url))
        self.page.on("dialog", lambda dialog: self._asked(dialog))
        self.page.on("console", lambda said: self._said(said))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _asked(self, dialog: Dialog) -> None:
        self.popups.append(dialog.message)
        dialog.dismiss()

    def _said(self, said: ConsoleMessage) -> None:
        # The page's own socket, closed while it leaves for the next battle, is no answer's doing.
        if said.type in ("error", "warning") and "/ws/boards/" not in said.text:
            self.complaints.append(said.text)

    def _requested(self, request: Request) -> None:
        ours = request.url.startswith(f"{self.url}/") and OURS.fullmatch(request.url[len(self.url) :])
        if not ours:
            self.requests.append(request.url)

    def arrive(self) -> None:
        """The first battle, with the terms accepted and all the page's parts fetched."""
        self.page.goto("/")
        self.page.get_by_test_id("consent-age").check()

    def battle(self, name: str) -> float:
        """Ask for the texts called `name`; the seconds until the page has drawn both answers to their ends and reacts again."""
        if self.page.url != f"{self.url}/":
            self.page.locator("header a[href='/']").first.click()
        self.page.get_by_test_id("prompt").fill(name)
        began = time.monotonic()
        self.page.get_by_test_id("send").click()
        expect(self.page.locator("[data-testid^=answer-][aria-busy=false]")).to_have_count(2, timeout=LONG)
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
        return time.monotonic() - began

    def choose(self) -> None:
        """Press a vote's key; the page must answer by asking for reasons."""
        expect(self.page.get_by_test_id("vote-a")).to_be_enabled(timeout=LONG)
        self.page.locator("body").press("1")
        expect(self.page.get_by_test_id("reasons-skip")).to_be_visible(timeout=LONG)

    def vote(self) -> None:
        self.choose()
        self.page.get_by_test_id("reasons-skip").click()
        expect(self.page.get_by_test_id("reveal-a").last).to_contain_text("-7", timeout=LONG)

    def harm(self) -> dict[str, Any]:
        """Whatever is wrong, by kind; empty when all is well."""
        seen: dict[str, Any] = self.page.evaluate(INSPECT)
        seen |= {"requests": self.requests[:5], "popups": self.popups[:5], "complaints": self.complaints[:5]}
        self.requests, self.popups, self.complaints = [], [], []
        return {kind: found for kind, found in seen.items() if found}


@pytest.fixture
def reader(chromium: Browser, live_arena: LiveArena) -> Iterator[Reader]:
    """A reader in an arena in which all contenders play the texts that the prompt names, each cut in its own way."""
    provider = Provider.objects.get(slug="stage")
    for name, contender in live_arena.arena.contenders.items():
        providers.set_route(contender=contender, provider=provider, model=f"hostile@{name}", params={})
    web: Web = live_arena.web()
    context = chromium.new_context(base_url=web.url, viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    context.add_init_script(TRAPS)
    reader = Reader(context.new_page(), web.url)
    reader.watch()
    reader.arrive()
    yield reader
    context.close()


def test_no_answer_runs_loads_leads_away_or_pretends(reader: Reader) -> None:
    wrong = {}
    for name in GROUPS:
        reader.battle(name)
        harm = reader.harm()
        rules = reader.page.locator("[data-testid=answer-a] .prose > .block > hr").count()
        if rules < len(CORPUS[name]) - 1:
            harm["swallowed"] = f"{rules} of {len(CORPUS[name]) - 1} rules between the texts are drawn"
        reader.vote()
        if harm:
            wrong[name] = harm
    assert wrong == {}


@pytest.mark.timeout(400)
def test_no_answer_keeps_the_page_from_drawing_and_from_a_vote(reader: Reader) -> None:
    def seconds(name: str) -> float:
        took = reader.battle(name)
        began = time.monotonic()
        reader.choose()
        return took + time.monotonic() - began

    seconds("harmless")
    harmless = statistics.median(seconds("harmless") for _ in range(3))
    took = {name: seconds(name) for name in BOMBS}
    # Others use this machine too: what took long must do so again.
    slow = {name: min(took[name], seconds(name)) / harmless for name in BOMBS if took[name] > SLOWEST * harmless}
    assert {name: round(ratio, 1) for name, ratio in slow.items() if ratio > SLOWEST} == {}
    print(f"harmless {harmless:.2f} s, slowest {max(took, key=lambda name: took[name])}: {max(took.values()) / harmless:.1f} times that")


def test_what_is_too_much_to_draw_is_shown_as_it_is(reader: Reader) -> None:
    reader.battle("long-table")
    for side in ("a", "b"):
        answer = reader.page.get_by_test_id(f"answer-{side}")
        expect(answer).to_contain_text("shown as plain text")
        lines = answer.get_by_test_id("undrawn").inner_text().splitlines()
        assert (lines[0], lines[-1], len(lines)) == ("|a|b|", "|1|2|", 16_002)
