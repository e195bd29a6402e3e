"""Whoever cannot see well, or uses no pointer: every page and every state of a battle."""

from collections.abc import Iterator
from itertools import product
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.processes import ROOT, Web

AXE = (ROOT / "frontend/node_modules/axe-core/axe.min.js").read_text()
PAGES = ("/", "/leaderboard", "/points", "/history", "/how-it-works", "/terms", "/nowhere")
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
LOOKS = list(product((390, 1440), SCHEMES))
LONG = 20_000


def violations(page: Page) -> list[str]:
    """What axe-core finds wrong, with the first place of each."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE)
    found: dict[str, Any] = page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
    assert found["passes"], "axe looked at nothing"
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]} {one['nodes'][0]['failureSummary'][:240]}" for one in found["violations"]]


@pytest.fixture(params=LOOKS, ids=lambda look: f"{look[0]}-{look[1]}")
def seen(request: pytest.FixtureRequest, chromium: Browser, site: Web) -> Iterator[Page]:
    """A new visitor's window of one width and colour scheme."""
    width, scheme = request.param
    context = chromium.new_context(
        base_url=site.url, viewport={"width": width, "height": 800}, color_scheme=scheme, reduced_motion="reduce"
    )
    yield context.new_page()
    context.close()


def test_no_page_and_no_state_of_a_battle_breaks_a_rule_of_axe(seen: Page) -> None:
    wrong: dict[str, list[str]] = {}

    def look(name: str) -> None:
        if found := violations(seen):
            wrong[name] = found

    seen.goto("/")
    seen.get_by_test_id("prompt").fill("Why is the sky blue?")
    look("start")
    seen.get_by_test_id("send").click()
    look("terms not accepted")
    seen.get_by_test_id("consent-age").check()
    seen.get_by_test_id("send").click()
    expect(seen.get_by_test_id("answer-a")).to_be_visible(timeout=LONG)
    look("streaming")
    expect(seen.locator("[aria-busy=true]")).to_have_count(0, timeout=LONG)
    expect(seen.get_by_test_id("vote-a")).to_be_enabled(timeout=LONG)
    look("answered")
    seen.locator("body").press("1")
    expect(seen.get_by_test_id("reasons-skip")).to_be_visible()
    look("choosing")
    seen.get_by_test_id("reasons-skip").click()
    expect(seen.get_by_test_id("reveal-a").last).to_be_visible(timeout=LONG)
    look("revealed")
    for path in PAGES:
        seen.goto(path)
        expect(seen.locator("main h1").first).to_be_visible(timeout=LONG)
        look(path)
    assert wrong == {}


def tab_to(page: Page, test_id: str) -> None:
    """Press Tab until the element has the focus; every stop on the way must be visible."""
    for _ in range(60):
        page.keyboard.press("Tab")
        at: dict[str, Any] = page.evaluate(
            "() => { const at = document.activeElement; const box = at.getBoundingClientRect();"
            " return { id: at.dataset.testid ?? '', tag: at.tagName, shown: box.width > 0 && box.height > 0 }; }"
        )
        if at["id"] == test_id:
            return
        assert at["tag"] == "BODY" or at["shown"], at
    raise AssertionError(f"Tab does not lead to {test_id}")


def test_a_voter_with_a_keyboard_alone_asks_follows_up_votes_and_goes_on(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_test_id("consent-age")).to_be_visible(timeout=LONG)
    tab_to(page, "prompt")
    page.keyboard.type("Why is the sky blue?")
    tab_to(page, "consent-age")
    page.keyboard.press("Space")
    page.keyboard.press("Shift+Tab")
    while page.evaluate("() => document.activeElement.dataset.testid") != "prompt":
        page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator("[data-testid^=answer-][aria-busy=false]")).to_have_count(2, timeout=LONG)
    expect(page.get_by_test_id("follow-up")).to_be_enabled(timeout=LONG)
    tab_to(page, "follow-up")
    page.keyboard.type("And at dusk?")
    page.keyboard.press("Enter")
    expect(page.locator("[data-testid^=answer-][aria-busy=false]")).to_have_count(4, timeout=LONG)
    tab_to(page, "vote-b")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("reasons-skip")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("reasons-skip")).to_have_count(0)
    page.locator("body").press("3")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("reveal-b").last).to_be_visible(timeout=LONG)
    expect(page.locator("#reveal")).to_be_focused()
    tab_to(page, "again")
    page.keyboard.press("Enter")
    expect(page.locator("[data-testid^=answer-]")).to_have_count(2, timeout=LONG)
