"""Prompts reach voters, and what became of them reaches operators, in a real browser."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from django.db import connection
from playwright.sync_api import Browser, Page, expect

from arena.battles.models import Battle
from arena.prompts.models import Pool, Prompt
from tests.cast import Arena
from tests.e2e.looking import fits, violations
from tests.integration.battles.pools import answered, open_on, prompt_of, shown
from tests.integration.prompts.stage import Operator
from tests.processes import Web

pytestmark = pytest.mark.timeout(400)
LONG, COHORT = 90_000, "class-of-2026"
WIDTHS = (390, 1440)
T = TypeVar("T")


@pytest.fixture(params=WIDTHS)
def window(request: pytest.FixtureRequest, chromium: Browser, site: Web) -> Iterator[Page]:
    """A fresh window, on a phone and on a desk."""
    context = chromium.new_context(base_url=site.url, viewport={"width": request.param, "height": 900}, reduced_motion="reduce")
    yield context.new_page()
    context.close()


def apart(play: Callable[[], T]) -> T:
    """In a thread of its own: the browser's holds an event loop."""

    def run() -> T:
        try:
            return play()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()


def test_a_class_is_given_its_prompt_and_judges_answers_that_are_there_already(window: Page) -> None:
    prompt = prompt_of(
        "class", text="Say no to a friend, kindly.", cohort=COHORT, voters=2, guidelines="Look at the tone, not at the length."
    )
    first = apart(lambda: answered(Arena({}).person("ada"), prompt))
    window.goto(f"/?c={COHORT}")
    window.get_by_test_id("draw").click()
    expect(window.get_by_test_id("prompt")).to_have_value("Say no to a friend, kindly.", timeout=LONG)
    expect(window.get_by_test_id("guidelines")).to_contain_text("Look at the tone")
    assert violations(window) == []
    window.get_by_role("checkbox").first.check()
    window.get_by_test_id("send").click()
    expect(window.get_by_text("One fine answer.").first).to_be_attached(timeout=LONG)
    expect(window.get_by_test_id("guidelines")).to_contain_text("2 people judge these same answers")
    expect(window.get_by_test_id("follow-up")).not_to_be_editable()
    assert violations(window) == []
    assert str(Battle.objects.latest("created_at").reuses_id) == first["id"]


def judged(arena: Arena, prompt: Prompt) -> None:
    """Three panels of two; on the third they do not agree."""
    for number in range(3):
        people = [arena.person(f"{number}{name}") for name in "ab"]
        battles = [answered(people[0], prompt), open_on(people[1], prompt)]
        for place, (person, battle) in enumerate(zip(people, battles, strict=True)):
            good = "ab"[shown(person.get(f"battles/{battle['id']}").json()).index("One fine answer.")]
            outcome = "tie" if number == 2 and place else good
            assert person.vote(battle["id"], outcome, measures={"vote_ms": 4000 * (number + place + 1)}).status_code == 200


def test_an_operator_reads_a_pools_report_and_changes_how_it_is_served(window: Page, site: Web) -> None:
    arena = Arena({})
    prompt = prompt_of("panel", voters=2, votes_budget=40, cost_budget="5")
    apart(lambda: judged(arena, prompt))
    session = Operator().client.cookies["sessionid"].value
    window.context.add_cookies([{"name": "sessionid", "value": session, "url": site.url}])
    window.goto("/operator/pools/panel/report")
    expect(window.get_by_test_id("progress")).to_contain_text("6", timeout=LONG)
    expect(window.get_by_role("heading", name="Agreement")).to_be_visible()
    assert violations(window) == []
    assert fits(window)
    window.get_by_test_id("serving-weight").fill("5")
    window.get_by_test_id("serving-contenders").fill("nobody")
    window.get_by_test_id("serving-save").click()
    expect(window.get_by_text("There is no contender called nobody.").first).to_be_visible(timeout=LONG)
    assert Pool.objects.get(slug="panel").weight == 1
    window.get_by_test_id("serving-contenders").fill("")
    window.get_by_test_id("serving-save").click()
    expect(window.get_by_role("status").filter(has_text="Saved.")).to_be_visible(timeout=LONG)
    assert Pool.objects.get(slug="panel").weight == 5
