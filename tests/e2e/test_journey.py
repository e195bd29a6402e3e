"""The whole journey of a voter, in a real browser, with scripted contenders."""

import re
from itertools import product
from typing import Literal

from playwright.sync_api import Browser, Page, expect

from tests.e2e.looking import fits
from tests.processes import Web

WIDTHS = (390, 1440)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
LONG = 15_000


def begin(page: Page, prompt: str = "Why is the sky blue?") -> None:
    """Accept the terms and send a first prompt."""
    page.goto("/")
    page.get_by_test_id("prompt").fill(prompt)
    page.get_by_test_id("consent-age").check()
    page.get_by_test_id("send").click()


def vote(page: Page, key: str) -> None:
    """Vote by key once both sides have ended, and give no reasons."""
    expect(page.locator("[aria-busy=true]")).to_have_count(0, timeout=LONG)
    expect(page.get_by_test_id("vote-a")).to_be_enabled(timeout=LONG)
    page.locator("body").press(key)
    page.get_by_test_id("reasons-skip").click()


def test_a_voter_asks_follows_up_votes_and_sees_who_answered_while_the_board_moves(page: Page, chromium: Browser, site: Web) -> None:
    board = chromium.new_context(base_url=site.url).new_page()
    board.goto("/leaderboard")
    rows = board.locator("[data-testid^=board-row-]")
    expect(rows).to_have_count(4, timeout=LONG)
    begin(page)
    for side in ("a", "b"):
        expect(page.get_by_test_id(f"answer-{side}")).to_contain_text("Why is the sky blue?", timeout=LONG)
    expect(page.locator("body")).not_to_contain_text(re.compile("Amber|Birch|Cedar|Dune"))
    expect(page.locator("[aria-busy=true]")).to_have_count(0, timeout=LONG)
    page.get_by_test_id("follow-up").fill("And at dusk?")
    expect(page.get_by_test_id("follow-up-send")).to_be_enabled(timeout=LONG)
    page.get_by_test_id("follow-up").press("Enter")
    expect(page.get_by_text("“And at dusk?”").first).to_be_visible(timeout=LONG)
    vote(page, "1")
    expect(page.get_by_test_id("reveal-a").last).to_contain_text(re.compile("Amber-7|Birch-7|Cedar-7|Dune-7"), timeout=LONG)
    expect(page.get_by_test_id("reveal-b").last).to_contain_text(re.compile("Amber-7|Birch-7|Cedar-7|Dune-7"))
    expect(page.get_by_test_id("points-earned")).to_contain_text("10")
    expect(page.locator("main")).to_contain_text("29.", timeout=LONG)
    expect(page.get_by_test_id("header-points")).to_contain_text("10")
    expect(rows.first).to_contain_text("29.", timeout=LONG)
    board.context.close()


def test_every_vote_has_a_key(page: Page) -> None:
    begin(page)
    for key, said in (("2", "tie"), ("b", "b"), ("4", "both_bad"), ("s", "skip")):
        expect(page.get_by_test_id("vote-a")).to_be_enabled(timeout=LONG)
        with page.expect_request("**/vote") as sent:
            page.locator("body").press(key)
            page.get_by_test_id("reasons-skip").click()
        assert (sent.value.post_data_json or {})["outcome"] == said
        expect(page.get_by_test_id("reveal-a")).to_be_visible(timeout=LONG)
        page.get_by_test_id("again").click()


def test_a_battle_that_was_opened_here_is_streamed_once_and_not_loaded_again(page: Page) -> None:
    """Else a choice that was made while the answers came would be lost with the session that was replaced."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/battles/" in request.url and "/api/" in request.url else None)
    begin(page)
    expect(page.locator("[aria-busy=true]")).to_have_count(0, timeout=LONG)
    page.get_by_test_id("follow-up").fill("And at dusk?")
    expect(page.get_by_test_id("follow-up-send")).to_be_enabled(timeout=LONG)
    assert ["stream" in url for url in asked] == [True, False], asked  # the battle is asked for once, after the stream


def test_nothing_is_sent_before_the_terms_are_accepted(page: Page) -> None:
    page.goto("/")
    page.get_by_test_id("prompt").fill("Why is the sky blue?")
    page.get_by_test_id("prompt").press("Enter")
    expect(page.get_by_text(re.compile("accept", re.I)).last).to_be_visible()
    expect(page.get_by_test_id("answer-a")).to_have_count(0)


def test_a_reloaded_page_shows_the_battle_again(page: Page) -> None:
    begin(page)
    vote(page, "3")
    expect(page.get_by_test_id("reveal-b")).to_be_visible(timeout=LONG)
    page.goto("/history")
    page.get_by_role("link", name=re.compile("sky blue")).first.click()
    expect(page.get_by_test_id("reveal-b")).to_be_visible(timeout=LONG)
    page.goto("/points")
    expect(page.locator("main")).to_contain_text("10")


def test_no_page_scrolls_sideways(chromium: Browser, site: Web) -> None:
    for width, scheme in product(WIDTHS, SCHEMES):
        context = chromium.new_context(base_url=site.url, viewport={"width": width, "height": 800}, color_scheme=scheme)
        page = context.new_page()
        for path in ("/", "/leaderboard", "/points", "/history", "/how-it-works", "/terms", "/nowhere"):
            page.goto(path)
            expect(page.locator("main")).to_be_visible(timeout=LONG)
            assert fits(page), path
        context.close()
