"""Making an account, its second factor and passkey, sharing, reporting and deleting, in a real browser."""

from collections.abc import Iterator

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from playwright.sync_api import Browser, Page, expect

from arena.battles.models import Report
from arena.users.models import User
from tests.e2e.test_journey import LONG, begin, vote
from tests.processes import Web

EMAIL, PASSWORD = "ada@example.org", "a long enough passphrase"


@pytest.fixture
def visitor(chromium: Browser, site: Web) -> Iterator[Page]:
    """A new visitor's window. allauth answers 401 and 404 in the ordinary course of things, which the browser notes as errors."""
    # Passkeys are bound to a name, and an address is none.
    context = chromium.new_context(base_url=site.url.replace("127.0.0.1", "localhost"), viewport={"width": 1440, "height": 900})
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert [line for line in complaints if "Failed to load resource" not in line] == []


def played(page: Page) -> None:
    begin(page)
    vote(page, "1")
    expect(page.get_by_test_id("reveal-a")).to_be_visible(timeout=LONG)


def sign_up(page: Page) -> None:
    page.goto("/account")
    page.get_by_test_id("email").fill(EMAIL)
    page.get_by_test_id("password").fill(PASSWORD)
    page.get_by_test_id("enter").click()
    expect(page.get_by_test_id("sign-out")).to_be_visible(timeout=LONG)


def sign_in(page: Page) -> None:
    page.get_by_test_id("to-sign-in").click()
    page.get_by_test_id("email").fill(EMAIL)
    page.get_by_test_id("password").fill(PASSWORD)
    page.get_by_test_id("enter").click()


def prove(page: Page) -> None:
    page.get_by_test_id("prove").fill(PASSWORD)
    page.get_by_test_id("prove-send").click()


def with_authenticator(page: Page) -> None:
    """Give the browser a passkey's keeper that always says yes."""
    keys = page.context.new_cdp_session(page)
    keys.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True}
    keys.send("WebAuthn.addVirtualAuthenticator", {"options": {**options, "automaticPresenceSimulation": True}})


def code(secret: str) -> str:
    counters = list(yield_hotp_counters_from_time())  # the one of now is in the middle of those that are taken
    return str(format_hotp_value(hotp_value(secret, counters[len(counters) // 2])))


def test_a_guest_makes_an_account_and_signs_in_with_a_code_and_a_passkey(visitor: Page) -> None:
    page = visitor
    played(page)
    expect(page.get_by_test_id("header-sign-in")).to_be_visible()
    sign_up(page)
    expect(page.get_by_test_id("header-points")).to_contain_text("10")
    expect(page.get_by_test_id("header-sign-in")).to_have_count(0)

    page.get_by_test_id("totp-begin").click()
    secret = page.get_by_test_id("totp-secret").inner_text().replace(" ", "")
    page.get_by_test_id("totp-code").fill(code(secret))
    page.get_by_test_id("totp-done").click()
    prove(page)
    expect(page.get_by_test_id("codes").locator("li")).to_have_count(10, timeout=LONG)

    with_authenticator(page)
    page.get_by_test_id("passkey-add").click()
    expect(page.get_by_text("Passkey 1")).to_be_visible(timeout=LONG)

    page.get_by_test_id("sign-out").click()
    sign_in(page)
    expect(page.get_by_test_id("code")).to_be_visible(timeout=LONG)
    cache.clear()  # a code is taken once, and this one set the app up a moment ago
    page.get_by_test_id("code").fill(code(secret))
    page.get_by_test_id("send-code").click()
    expect(page.get_by_test_id("sign-out")).to_be_visible(timeout=LONG)

    page.get_by_test_id("sign-out").click()
    page.get_by_test_id("to-sign-in").click()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_test_id("sign-out")).to_be_visible(timeout=LONG)
    expect(page.get_by_test_id("header-points")).to_contain_text("10")


def test_a_voter_reports_shares_takes_back_and_deletes_a_battle(visitor: Page, chromium: Browser, site: Web) -> None:
    page = visitor
    played(page)
    page.get_by_test_id("report-b").click()
    page.get_by_role("radio", name="It is hateful").check()
    page.get_by_test_id("report-send-b").click()
    expect(page.get_by_text("Whoever runs this arena will look at it")).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="Close").click()
    assert Report.objects.get().reason == "hateful"

    page.get_by_test_id("share-open").click()
    page.get_by_test_id("share-make").click()
    address = page.get_by_test_id("share-link").get_attribute("href")
    reader = chromium.new_context(base_url=site.url).new_page()
    reader.goto(str(address))
    for side in ("a", "b"):
        expect(reader.get_by_test_id(f"shared-{side}")).to_contain_text("-7", timeout=LONG)
    expect(reader.get_by_test_id("shared-outcome")).to_contain_text("preferred A")

    page.get_by_test_id("share-back").click()
    expect(page.get_by_test_id("share-make")).to_be_visible(timeout=LONG)
    reader.reload()
    expect(reader.get_by_role("heading", name="There is nothing behind this link")).to_be_visible(timeout=LONG)
    reader.context.close()

    page.get_by_test_id("delete-battle").click()
    page.get_by_test_id("delete-battle-now").click()
    page.get_by_text("This conversation is deleted").click()
    expect(page.get_by_role("heading", name="This conversation is deleted")).to_be_visible(timeout=LONG)


def test_a_person_downloads_what_is_known_and_deletes_it_all(visitor: Page) -> None:
    page = visitor
    played(page)
    sign_up(page)
    with page.expect_download() as waiting:
        page.get_by_test_id("export").click()
    assert "Why is the sky blue?" in waiting.value.path().read_text()

    page.get_by_test_id("delete-open").click()
    now = page.get_by_test_id("delete-now")
    expect(now).to_have_attribute("aria-disabled", "true")
    page.get_by_test_id("delete-word").fill("delete")
    page.get_by_test_id("delete-password").fill("not the passphrase")
    now.click()
    expect(page.get_by_role("alert")).to_contain_text("not your password", timeout=LONG)
    page.get_by_test_id("delete-password").fill(PASSWORD)
    now.click()
    expect(page.get_by_test_id("prompt")).to_be_visible(timeout=LONG)
    expect(page.get_by_test_id("header-points")).to_contain_text("0")
    assert not User.objects.exclude(email="").exists()
