"""From an arena with nothing in it to a running pool with two providers: one person, one browser, no shell, within ten minutes."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache
from playwright.sync_api import Browser, Page, expect

from arena.battles.models import Vote
from arena.console import actions as console
from arena.providers.models import Provider, Route
from arena.providers.queries import key_of
from arena.ratings import actions as ratings
from tests.cast import Arena
from tests.e2e.looking import LOOKS, Scheme, fits, new_window, picture, violations
from tests.e2e.test_account import code, prove, sign_up
from tests.integration.battles.stage import misbehaving
from tests.integration.console.staff import person
from tests.processes import LiveArena, Web
from tests.sse_server import SseServer
from tests.unit.prompts.files import jsonl, row

pytestmark = pytest.mark.timeout(400)
LONG, TEN_MINUTES = 60_000, 600
GUIDELINES = "Judge the facts before the words."
Look = Callable[[Page, str], None]


@pytest.fixture
def empty(transactional_db: None) -> Iterator[Web]:
    """An arena as it is before anybody has done anything, at a name."""
    cache.clear()
    ratings.create_board(slug="overall", title="Overall")
    live = LiveArena(Arena({}))
    try:
        # The provider of these tests counts its tokens in hundreds of millions.
        web = live.web(DAILY_TOKENS="0", DAILY_COST_USD="0", DAILY_TOKENS_PERSON="0", DAILY_COST_USD_PERSON="0")
        live.projector()
        yield web
    finally:
        live.stop()


@pytest.fixture
def server() -> Iterator[SseServer]:
    with misbehaving() as server:
        yield server


@pytest.fixture
def look() -> Iterator[Look]:
    """Looks at a page: rules of axe, width, and a picture if pictures are wanted; what is wrong is told at the end, page by page."""
    wrong: dict[str, Any] = {}

    def at(page: Page, name: str) -> None:
        found = violations(page)
        if not fits(page):
            found.append("it is wider than the window")
        if found:
            wrong[name] = found
        picture(page, f"alone-{name}")

    yield at
    assert wrong == {}


def window(chromium: Browser, web: Web, width: int, scheme: Scheme) -> Page:
    return new_window(chromium, web.url.replace("127.0.0.1", "localhost"), width, scheme).new_page()


def come_in(page: Page, link: str) -> None:
    """An account, an authenticator, and the role that an invitation gives."""
    sign_up(page)
    page.get_by_test_id("totp-begin").click()
    page.get_by_test_id("totp-code").fill(code(page.get_by_test_id("totp-secret").inner_text().replace(" ", "")))
    page.get_by_test_id("totp-done").click()
    prove(page)
    expect(page.get_by_test_id("codes").locator("li")).to_have_count(10, timeout=LONG)
    page.goto(link)
    page.get_by_test_id("accept").click()
    expect(page.get_by_test_id("health-state")).to_be_visible(timeout=LONG)


def add_provider(page: Page, name: str, address: str) -> None:
    page.goto("/operator/providers")
    page.get_by_test_id("add-provider").click()
    page.get_by_test_id("provider-name").fill(name)
    page.get_by_test_id("provider-address").fill(address)
    page.get_by_test_id("provider-key").fill(f"sk-{name.lower()}-0123456789abcdef")
    page.get_by_test_id("provider-save").click()
    expect(page.get_by_test_id(f"provider-{name.lower()}")).to_contain_text("entered here, encrypted", timeout=LONG)


def rotate_key(page: Page, name: str) -> None:
    page.goto("/operator/providers")
    page.get_by_test_id(f"key-{name}").click()
    page.get_by_test_id("key-value").fill("sk-another-0123456789abcdef")
    page.get_by_test_id("key-save").click()
    expect(page.get_by_test_id("key-form")).to_have_count(0, timeout=LONG)
    assert key_of(Provider.objects.get(slug=name)).reveal() == "sk-another-0123456789abcdef"


def add_contender(page: Page, name: str, provider: str, look: Look) -> None:
    slug = name.lower().replace(" ", "-")
    page.goto("/operator/contenders")
    page.get_by_test_id("add-contender").click()
    page.get_by_test_id("contender-name").fill(name)
    page.get_by_test_id("contender-vendor").fill(f"{name.split()[0]} Labs")
    page.get_by_test_id("contender-provider").select_option(provider)
    page.get_by_test_id("contender-model").fill(f"{slug}-large")
    page.get_by_test_id("contender-save").click()
    page.get_by_test_id("try-ask").click()
    expect(page.get_by_test_id("try-answer")).to_have_text("A plain and honest answer.", timeout=LONG)
    expect(page.get_by_test_id("try-end")).to_contain_text("Answered", timeout=LONG)
    look(page, f"tried-{slug}")
    page.get_by_test_id("move-listed").click()
    page.get_by_test_id("deed-reason").fill("Tried, and it answers well")
    page.get_by_test_id("deed-yes").click()
    expect(page.get_by_test_id(f"row-{slug}")).to_contain_text("listed", timeout=LONG)


def fill_pool(page: Page, look: Look) -> None:
    page.goto("/operator/pools")
    expect(page.get_by_test_id("no-pools")).to_be_visible(timeout=LONG)
    look(page, "no-pools")
    page.get_by_test_id("new-pool").click()
    page.get_by_test_id("pool-title").fill("House prompts")
    page.get_by_test_id("pool-create").click()
    expect(page.get_by_role("heading", name="House prompts")).to_be_visible(timeout=LONG)
    content = jsonl(row("sky", text="Why is the sky blue?"), row("sea", text="Why is the sea salty?"))
    page.get_by_test_id("import-file").set_input_files({"name": "house.jsonl", "mimeType": "application/jsonl", "buffer": content})
    expect(page.get_by_test_id("preview-good")).to_be_visible(timeout=LONG)
    look(page, "preview")
    page.get_by_test_id("import-take").click()
    expect(page.get_by_test_id("import-done")).to_contain_text("2 added", timeout=LONG)
    page.get_by_test_id("about-guidelines").fill(GUIDELINES)
    page.get_by_test_id("about-save").click()
    page.goto("/operator/pools/house-prompts/report")
    page.get_by_test_id("serving-voters").fill("2")
    page.get_by_test_id("serving-votes_budget").fill("40")
    page.get_by_test_id("serving-cost_budget").fill("5")
    page.get_by_test_id("serving-save").click()
    expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_visible(timeout=LONG)


def judge(page: Page) -> None:
    """Somebody else is given one of its prompts, and votes."""
    page.goto("/")
    page.get_by_test_id("draw").click()
    expect(page.get_by_test_id("guidelines")).to_contain_text(GUIDELINES, timeout=LONG)
    page.get_by_test_id("consent-age").check()
    page.get_by_test_id("send").click()
    expect(page.locator("[data-testid^=answer-][aria-busy=false]")).to_have_count(2, timeout=LONG)
    expect(page.get_by_test_id("vote-tie")).to_be_enabled(timeout=LONG)
    page.get_by_test_id("vote-tie").click()
    page.get_by_test_id("reasons-skip").click()
    expect(page.get_by_test_id("reveal-a").last).to_be_visible(timeout=LONG)


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_an_operator_alone_has_a_pool_running_within_ten_minutes(
    chromium: Browser, empty: Web, server: SseServer, look: Look, width: int, scheme: Scheme
) -> None:
    _, link = console.invite(role="operator", hours=1, by=person("root@example.org", "admin"))
    page, began = window(chromium, empty, width, scheme), time.monotonic()
    come_in(page, f"/operator/invitation#{link.rpartition('#')[2]}")
    look(page, "empty-health")
    for maker, house in (("Elm", "North"), ("Oak", "South")):
        add_provider(page, house, server.url("fluent"))
        add_contender(page, f"{maker} 7", house.lower(), look)
    rotate_key(page, "north")
    fill_pool(page, look)
    voter = window(chromium, empty, width, scheme)
    judge(voter)
    page.reload()
    expect(page.get_by_test_id("progress")).to_contain_text("1", timeout=LONG)
    look(page, "report")
    page.goto("/operator")
    expect(page.get_by_test_id("contender-health")).to_contain_text("Elm 7", timeout=LONG)
    look(page, "health")
    assert time.monotonic() - began < TEN_MINUTES
    vote = Vote.objects.get()
    assert vote.rated
    assert set(Route.objects.filter(contender__in=vote.contenders).values_list("provider__slug", flat=True)) == {"north", "south"}
    for opened in (page, voter):
        opened.context.close()
