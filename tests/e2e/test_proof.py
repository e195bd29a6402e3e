"""The little work that the arena asks for, done by a real browser."""

import re

from playwright.sync_api import Browser, expect

from tests.e2e.test_journey import LONG, begin, vote
from tests.processes import LiveArena


def test_a_browser_does_the_work_that_it_is_asked_for_and_the_battle_opens(chromium: Browser, live_arena: LiveArena) -> None:
    web = live_arena.web(POW_AFTER="0", POW_WORK="20000")
    context = chromium.new_context(base_url=web.url)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    with page.expect_response("**/api/v1/challenge", timeout=LONG) as asked:
        begin(page)
    assert asked.value.ok
    vote(page, "1")
    expect(page.get_by_test_id("reveal-a")).to_be_visible(timeout=LONG)
    # The one reply that said so: the browser notes every refusal.
    assert [line for line in complaints if "Failed to load resource" not in line] == []
    context.close()


def test_a_refused_proof_is_said_and_the_prompt_is_kept(chromium: Browser, live_arena: LiveArena) -> None:
    web = live_arena.web(POW_AFTER="0", POW_WORK="100")
    context = chromium.new_context(base_url=web.url)
    context.route("**/api/v1/challenge", lambda route: route.abort())
    page = context.new_page()
    begin(page, "Why is the sky blue?")
    expect(page.get_by_role("alert").filter(has_text=re.compile("connection|offline|reach", re.I))).to_be_visible(timeout=LONG)
    expect(page.get_by_test_id("prompt")).to_have_value("Why is the sky blue?")
    context.unroute("**/api/v1/challenge")
    page.get_by_test_id("send").click()
    expect(page.get_by_test_id("answer-a")).to_be_visible(timeout=LONG)
    context.close()
