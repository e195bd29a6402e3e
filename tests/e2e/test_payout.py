"""Points become money: from a vote to the stablecoin in a wallet, in a real browser, on a chain of the test's own."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from arena.chain import contracts as chain_contracts
from arena.credits import actions, rounds
from arena.credits.models import Conversion, Epoch
from arena.ledger import actions as ledger
from arena.ledger.models import Kind
from arena.ledger.queries import balance
from arena.users.models import User
from tests import anvil as chains
from tests.anvil import PEOPLE, Anvil, Contracts
from tests.e2e.looking import LOOKS, fits, new_window, picture, violations
from tests.e2e.test_account import EMAIL, prove, sign_up
from tests.e2e.test_console import enter
from tests.e2e.test_journey import begin, vote
from tests.e2e.wallet import TestWallet
from tests.integration.console.staff import person
from tests.integration.credits import stage
from tests.processes import LiveArena, Web

# Two whole rounds with a guardian's look in each, beside whatever else the machine does.
pytestmark = pytest.mark.timeout(300)
LONG = 30_000
GUARDIAN_SECONDS = 2
POINTS, UNITS = 10, 10_000


@dataclass
class Money:
    """An arena with a chain: what its worker does happens when the test says so."""

    web: Web
    anvil: Anvil
    contracts: Contracts

    def settle(self, page: Page, sign: Any) -> None:
        """Let the worker's rounds pass until the page shows what is waited for."""
        for _ in range(40):
            ledger.release_due()
            actions.seal_due()
            rounds.go_round()
            page.wait_for_timeout(500)
            if sign():
                return
        raise AssertionError("the settlement did not come to it")

    def coins(self, address: str) -> int:
        return self._balance("stablecoin", address)

    def credits(self, address: str) -> int:
        return self._balance("credits", address)

    def _balance(self, name: str, address: str) -> int:
        return int(chain_contracts.read(name, "balanceOf", address, at=self.anvil.chain))


@pytest.fixture
def money(live_arena: LiveArena, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Money]:
    """Contracts with a short look of the guardian's, and a web process that knows of them."""
    monkeypatch.setattr(chains, "DELAY", GUARDIAN_SECONDS)
    anvil = chains.start()
    try:
        settings.CHAIN_RPC_URL, settings.CHAIN_ID, settings.DEBUG = anvil.url, anvil.chain.id, True
        settings.EPOCH_SECONDS = 1
        contracts = Contracts.deploy(anvil)
        web = live_arena.web(CHAIN_RPC_URL=anvil.url, EPOCH_SECONDS="1", CONVERSION_MINIMUM="10")
        live_arena.projector()
        rounds.go_round()
        yield Money(web, anvil, contracts)
    finally:
        anvil.stop()


@pytest.fixture
def window(chromium: Browser, money: Money) -> Iterator[BrowserContext]:
    context = new_window(chromium, money.web.url)
    yield context
    context.close()


@pytest.fixture
def wallet(money: Money, window: BrowserContext) -> TestWallet:
    return TestWallet(money.anvil, PEOPLE["ada"])


def earn(points: int) -> None:
    """Points that the person may spend at once, as after so many votes."""
    person = User.objects.get(email=EMAIL)
    account = ledger.account(Kind.AVAILABLE, person.pk)
    ledger.post(
        key=f"gift:{Conversion.objects.count()}",
        source=ledger.account(Kind.ISSUANCE),
        target=account,
        amount=points,
        kind="award",
        reason="flat",
    )


def link(page: Page) -> None:
    """Where credits go is changed by nobody but the person: the password is asked for once more."""
    page.get_by_test_id("wallet-choice").click()
    prove(page)
    expect(page.get_by_test_id("own-wallet")).to_be_visible(timeout=LONG)


def convert(page: Page) -> None:
    page.get_by_test_id("convert").click()
    page.get_by_test_id("convert-yes").click()
    expect(page.get_by_text("They wait for the next seal")).to_be_visible(timeout=LONG)


def test_a_vote_becomes_stablecoin_at_the_rate_that_was_agreed_to_twice_over(
    window: BrowserContext, money: Money, wallet: TestWallet
) -> None:
    page = window.new_page()
    wallet.into(page)
    begin(page)
    vote(page, "1")
    expect(page.get_by_test_id("reveal-a")).to_be_visible(timeout=LONG)
    sign_up(page)
    ledger.release_due()

    page.goto("/points")
    page.get_by_test_id("to-money").click()
    expect(page.get_by_test_id("step-convert")).to_have_attribute("aria-current", "step", timeout=LONG)
    link(page)
    for round_ in (1, 2):
        convert(page)
        expect(page.get_by_test_id("step-seal")).to_have_attribute("aria-current", "step", timeout=LONG)
        money.settle(page, page.get_by_test_id("claim-go").is_visible)
        assert Epoch.objects.count() == round_
        expect(page.get_by_test_id("claimable")).to_contain_text("0.01")

        page.get_by_test_id("claim-go").click()
        expect(page.get_by_text("Your credits are in your wallet.")).to_be_visible(timeout=LONG)
        assert money.credits(wallet.address) == UNITS
        money.settle(page, page.get_by_test_id("redeem-go").is_visible)

        before = money.coins(wallet.address)
        page.get_by_test_id("redeem-go").click()
        expect(page.get_by_text("is in your wallet.").last).to_be_visible(timeout=LONG)
        assert money.coins(wallet.address) - before == UNITS
        assert money.credits(wallet.address) == 0
        earn(POINTS)
        money.settle(page, lambda: "10" in page.get_by_test_id("step-earn").inner_text())

    rows = page.get_by_test_id("conversions").locator("tbody tr")
    expect(rows).to_have_count(2, timeout=LONG)
    expect(rows.first).to_contain_text("Epoch 2", timeout=LONG)
    page.goto("/treasury")
    expect(page.get_by_test_id("covered")).to_contain_text("Covered.", timeout=LONG)
    page.get_by_test_id("epoch-2").click()
    expect(page.get_by_role("link", name="conversions.csv")).to_be_visible(timeout=LONG)
    assert violations(page) == []


def test_nothing_is_sent_when_the_person_declines_or_the_wallet_is_elsewhere(
    window: BrowserContext, money: Money, wallet: TestWallet
) -> None:
    page = window.new_page()
    wallet.into(page)
    begin(page)
    expect(page.get_by_test_id("vote-a")).to_be_enabled(timeout=LONG)
    sign_up(page)
    earn(50)
    page.goto("/wallet")
    wallet.rejects = True
    page.get_by_test_id("wallet-choice").click()
    expect(page.get_by_role("alert")).to_be_visible(timeout=LONG)
    wallet.rejects = False
    link(page)
    page.get_by_test_id("convert-points").fill("9")
    expect(page.get_by_text("At least 10 points are converted at a time.")).to_be_visible()
    page.get_by_test_id("convert-points").fill("20")
    convert(page)
    money.settle(page, page.get_by_test_id("claim-go").is_visible)

    wallet.rejects, wallet.chain_id = True, 1
    page.get_by_test_id("claim-go").click()
    expect(page.get_by_role("alert")).to_contain_text("another network", timeout=LONG)
    assert violations(page) == []
    wallet.rejects, wallet.knows = False, False
    page.get_by_test_id("claim-go").click()
    expect(page.get_by_text("Your credits are in your wallet.")).to_be_visible(timeout=LONG)
    assert (wallet.chain_id, money.credits(wallet.address)) == (money.anvil.chain.id, 20_000)

    money.settle(page, page.get_by_test_id("redeem-go").is_visible)
    wallet.rejects = True
    page.get_by_test_id("redeem-amount").fill("0.005")
    page.get_by_test_id("redeem-go").click()
    expect(page.get_by_role("alert")).to_contain_text("You declined", timeout=LONG)
    assert money.coins(wallet.address) == 0
    wallet.rejects = False
    page.get_by_test_id("redeem-go").click()
    expect(page.get_by_text("is in your wallet.").last).to_be_visible(timeout=LONG)
    assert (money.coins(wallet.address), money.credits(wallet.address)) == (5_000, 15_000)


def test_a_treasurer_sees_the_money_on_its_way_and_takes_back_what_waits(chromium: Browser, money: Money) -> None:
    for name, points in (("ada", 30), ("ben", 12)):
        stage.convert(stage.member(name, points), points)
        if name == "ada":
            stage.sealed()
    rounds.go_round()
    olga = person("olga@example.org", "treasurer")
    for width, scheme in LOOKS:
        context = new_window(chromium, money.web.url, width, scheme)
        page = context.new_page()
        enter(page, olga)
        page.goto("/operator/payouts")
        expect(page.get_by_test_id("payout-1")).to_be_visible(timeout=LONG)
        expect(page.get_by_test_id("payout-waiting").locator("tbody tr")).to_have_count(1)
        assert violations(page) == []
        assert fits(page)
        picture(page, "payouts")
        if width == LOOKS[-1][0]:
            page.get_by_role("button", name="Take back").click()
            expect(page.get_by_test_id("ask")).to_contain_text("The 12 points that ben@example.org converted")
            assert violations(page) == []
            page.get_by_test_id("ask-reason").fill("Asked for it")
            page.get_by_test_id("ask-yes").click()
            expect(page.get_by_test_id("ask-done")).to_contain_text("12", timeout=LONG)
            page.get_by_test_id("ask-close").click()
            expect(page.get_by_test_id("payout-waiting")).to_contain_text("Nothing waits.", timeout=LONG)
        context.close()
    assert balance(ledger.account(Kind.AVAILABLE, User.objects.get(username="ben").pk)) == 12


def test_guests_people_without_a_wallet_and_arenas_without_a_chain_are_told_so(
    window: BrowserContext, money: Money, live_arena: LiveArena
) -> None:
    page = window.new_page()
    page.goto("/wallet")
    expect(page.get_by_test_id("to-account")).to_be_visible(timeout=LONG)
    assert violations(page) == []
    sign_up(page)
    page.goto("/wallet")
    expect(page.get_by_test_id("what-is-a-wallet")).to_be_visible(timeout=LONG)
    expect(page.get_by_text(re.compile("no wallet", re.I)).first).to_be_visible()
    expect(page.get_by_test_id("convert")).to_have_attribute("aria-disabled", "true")
    assert violations(page) == []

    plain = live_arena.web(CHAIN_RPC_URL="")
    for path in ("/wallet", "/treasury"):
        page.goto(plain.url + path)
        expect(page.get_by_test_id("no-chain")).to_be_visible(timeout=LONG)
        assert violations(page) == []
