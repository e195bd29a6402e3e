"""Whoever cannot see well, or uses no pointer: every page, every state of a battle and of an account."""

from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.looking import violations
from tests.e2e.test_account import code, prove, sign_in, sign_up, with_authenticator

PAGES = (
    "/",
    "/leaderboard",
    "/points",
    "/history",
    "/how-it-works",
    "/terms",
    "/wallet",
    "/treasury",
    "/operator/payouts",
    "/vendor",
    "/developers",
    "/nowhere",
)
LONG = 20_000


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


def test_no_state_of_an_account_breaks_a_rule_of_axe(seen: Page) -> None:
    wrong: dict[str, list[str]] = {}

    def look(name: str) -> None:
        if found := violations(seen):
            wrong[name] = found

    seen.goto("/account")
    expect(seen.get_by_test_id("enter")).to_be_visible(timeout=LONG)
    look("register")
    seen.get_by_test_id("email").fill("ada@example.org")
    seen.get_by_test_id("password").fill("short")
    seen.get_by_test_id("enter").click()
    expect(seen.locator("[aria-invalid=true]")).to_be_visible(timeout=LONG)
    look("register refused")
    sign_up(seen)
    look("account")
    seen.get_by_test_id("totp-begin").click()
    secret = seen.get_by_test_id("totp-secret").inner_text().replace(" ", "")
    look("second factor begun")
    seen.get_by_test_id("totp-code").fill(code(secret))
    seen.get_by_test_id("totp-done").click()
    expect(seen.get_by_test_id("prove")).to_be_visible(timeout=LONG)
    look("asked for a proof")
    prove(seen)
    expect(seen.get_by_test_id("codes")).to_be_visible(timeout=LONG)
    with_authenticator(seen)
    seen.get_by_test_id("passkey-add").click()
    expect(seen.get_by_text("Passkey 1")).to_be_visible(timeout=LONG)
    seen.get_by_test_id("delete-open").click()
    look("codes, passkey, deleting")
    seen.get_by_test_id("sign-out").click()
    sign_in(seen)
    expect(seen.get_by_test_id("code")).to_be_visible(timeout=LONG)
    look("code asked")
    for path in ("/account/verify?key=bad", "/account/reset", "/account/reset?key=bad"):
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
    tab_to(page, "follow-up")
    page.keyboard.type("And at dusk?")
    expect(page.get_by_test_id("follow-up-send")).to_be_enabled(timeout=LONG)
    page.keyboard.press("Enter")
    expect(page.locator("[data-testid^=answer-][aria-busy=false]")).to_have_count(4, timeout=LONG)
    tab_to(page, "vote-b")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("reasons")).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("vote-b")).to_be_focused()
    page.locator("body").press("3")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("reveal-b").last).to_be_visible(timeout=LONG)
    expect(page.locator("#reveal")).to_be_focused()
    tab_to(page, "again")
    page.keyboard.press("Enter")
    expect(page.locator("[data-testid^=answer-]")).to_have_count(2, timeout=LONG)
