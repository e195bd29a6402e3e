"""From a provider's address to a contender that people meet, in a browser and without a shell; and one that was paused, brought back."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from arena.contenders.models import Contender
from arena.providers import actions as providers
from arena.providers.models import Provider
from arena.providers.queries import key_of, ready_contenders
from tests.e2e.looking import LOOKS, Scheme, fits, new_window, picture
from tests.integration.battles.stage import misbehaving
from tests.integration.catalogue.conftest import EVERYTHING
from tests.integration.console.staff import Operator
from tests.processes import Web
from tests.sse_server import SseServer

LONG = 30_000
KEY = "sk-vermilion-0123456789abcdef"


@pytest.fixture
def server() -> Iterator[SseServer]:
    with misbehaving() as server:
        yield server


def signed_in(chromium: Browser, site: Web, width: int = 1440, scheme: Scheme = "light") -> BrowserContext:
    """The window of somebody of the staff who has just shown who they are."""
    olga = Operator(f"olga-{width}-{scheme}", *EVERYTHING)
    context = new_window(chromium, site.url, width, scheme)
    context.add_cookies([{"name": "sessionid", "value": olga.client.cookies["sessionid"].value, "url": site.url}])
    return context


def test_an_operator_adds_a_provider_and_a_contender_tries_it_and_lists_it(chromium: Browser, site: Web, server: SseServer) -> None:
    context = signed_in(chromium, site)
    page = context.new_page()
    page.goto("/operator/providers")
    page.get_by_test_id("add-provider").click()
    page.get_by_test_id("provider-name").fill("The House")
    page.get_by_test_id("provider-address").fill(server.url("fluent"))
    page.get_by_test_id("provider-key").fill(KEY)
    picture(page, "provider-form")
    page.get_by_test_id("provider-save").click()
    expect(page.get_by_test_id("provider-the-house")).to_contain_text("entered here, encrypted", timeout=LONG)
    assert key_of(Provider.objects.get(slug="the-house")).reveal() == KEY
    assert KEY not in page.content()

    page.goto("/operator/contenders")
    page.get_by_test_id("add-contender").click()
    page.get_by_test_id("contender-name").fill("Elm 7")
    page.get_by_test_id("contender-vendor").fill("Elm Labs")
    page.get_by_test_id("contender-provider").select_option("the-house")
    page.get_by_test_id("contender-model").fill("elm-large")
    picture(page, "contender-form")
    page.get_by_test_id("contender-save").click()
    page.get_by_test_id("try-ask").click()
    expect(page.get_by_test_id("try-answer")).to_have_text("A plain and honest answer.", timeout=LONG)
    expect(page.get_by_test_id("try-end")).to_contain_text("Answered", timeout=LONG)
    picture(page, "tried")
    page.get_by_test_id("move-listed").click()
    page.get_by_test_id("deed-reason").fill("Tried, and it answers well")
    page.get_by_test_id("deed-yes").click()
    expect(page.get_by_test_id("row-elm-7")).to_contain_text("listed", timeout=LONG)
    expect(page.get_by_test_id("detail-elm-7")).to_contain_text("Tried, and it answers well")
    assert "elm-7" in {contender.slug for contender in ready_contenders()}
    context.close()


def test_a_contender_that_was_paused_is_brought_back(chromium: Browser, site: Web) -> None:
    amber = Contender.objects.get(slug="amber-7")
    providers.pause(contender=amber, reason="12 of 14 answers failed within 15 minutes")
    context = signed_in(chromium, site)
    page = context.new_page()
    page.goto("/operator/contenders#amber-7")
    expect(page.get_by_test_id("detail-amber-7")).to_contain_text("12 of 14 answers failed", timeout=LONG)
    picture(page, "paused")
    page.get_by_test_id("deed-resume").click()
    page.get_by_test_id("deed-reason").fill("The provider has mended it")
    page.get_by_test_id("deed-yes").click()
    expect(page.get_by_test_id("row-amber-7")).to_contain_text("yes", timeout=LONG)
    assert amber.slug in {contender.slug for contender in ready_contenders()}
    context.close()


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_the_pages_fit_every_window(chromium: Browser, site: Web, width: int, scheme: Scheme) -> None:
    providers.pause(contender=Contender.objects.get(slug="birch-7"), reason="12 of 14 answers failed within 15 minutes")
    context = signed_in(chromium, site, width, scheme)
    page = context.new_page()
    for place, ready in (("providers", "provider-stage"), ("contenders#amber-7", "detail-amber-7")):
        page.goto(f"/operator/{place}")
        expect(page.get_by_test_id(ready)).to_be_visible(timeout=LONG)
        assert fits(page)
        picture(page, place.partition("#")[0])
    context.close()
