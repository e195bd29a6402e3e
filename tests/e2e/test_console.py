"""The console and the admin in a real browser: every page of them, at both widths, light and dark, under the site's own content policy."""

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from arena.console import actions as console
from arena.prompts.models import Pool
from arena.users.models import User
from tests.e2e.looking import fits, violations
from tests.integration.console.staff import person, signed_in
from tests.processes import LiveArena, Web

LONG = 20_000
TRAPS = (Path(__file__).parent / "traps.js").read_text()
PAGES = (
    "/operator",
    "/operator/jobs",
    "/operator/pairing",
    "/operator/rewards",
    "/operator/people",
    "/operator/audit",
    "/operator/payouts",
)
TABLES = (
    "/admin/",
    "/admin/prompts/pool/",
    "/admin/prompts/pool/add/",
    "/admin/battles/vote/",
    "/admin/credits/epoch/",
    "/admin/contenders/contender/",
    "/admin/ratings/board/add/",
)


def enter(page: Page, who: User) -> None:
    """Give the window somebody's session."""
    page.goto("/terms")
    page.context.add_cookies([{"name": "sessionid", "value": signed_in(who).cookies["sessionid"].value, "url": page.url}])


def some_life(arena: LiveArena, web: Web) -> None:
    """A few votes, and a change for the trail."""
    browser = arena.browser(web)
    for outcome in ("a", "b", "tie"):
        battle = browser.open()
        browser.read_all(battle["stream"]["url"])
        assert browser.cast(battle["id"], outcome).status_code == 200
    Pool.objects.create(slug="science", title="Science")


def tour(page: Page, look: Callable[[str], None]) -> None:
    """Through every page, and through what opens on them."""
    page.add_init_script(TRAPS)
    for path in PAGES:
        page.goto(path)
        expect(page.locator("main h1").first).to_be_visible(timeout=LONG)
        expect(page.locator("[aria-busy=true]")).to_have_count(0, timeout=LONG)
        look(path)
    page.goto("/operator/rewards")
    page.get_by_test_id("points").fill("20")
    page.get_by_test_id("try-rewards").click()
    expect(page.get_by_test_id("dry-run")).to_be_visible(timeout=LONG)
    look("dry run")
    page.get_by_test_id("set-rewards").click()
    expect(page.get_by_test_id("deed")).to_be_visible()
    look("put in force")
    page.get_by_test_id("reason").fill("More care, more points.")
    page.get_by_test_id("deed-yes").click()
    expect(page.get_by_test_id("reward-policy")).to_contain_text("20 points", timeout=LONG)
    page.goto("/operator/people")
    page.get_by_test_id("invite").click()
    look("invite")
    page.get_by_test_id("invite-auditor").check()
    page.get_by_test_id("deed-yes").click()
    expect(page.get_by_test_id("invitation-link")).to_contain_text("/operator/invitation#", timeout=LONG)
    look("invited")
    for path in TABLES:
        page.goto(path)
        expect(page.locator("#content")).to_be_visible(timeout=LONG)
        look(path)


def test_no_page_of_the_staff_is_refused_anything_or_breaks_a_rule_of_axe(seen: Page, site: Web, live_arena: LiveArena) -> None:
    some_life(live_arena, site)
    enter(seen, person("root@example.org", "admin"))
    wrong: dict[str, list[str]] = {}

    def look(name: str) -> None:
        refused: list[str] = seen.evaluate("() => window.__caught")
        # Of Django's own pages only what the content policy says is ours to hold.
        found = refused + ([] if name.startswith("/admin") else violations(seen))
        if found:
            wrong[name] = found
        assert fits(seen) or name.startswith("/admin"), f"{name} is too wide"

    tour(seen, look)
    assert wrong == {}


def test_an_invited_person_takes_the_role_and_the_console_opens(page: Page, site: Web, live_arena: LiveArena) -> None:
    _, link = console.invite(role="auditor", hours=1, by=person("root@example.org", "admin"))
    enter(page, person("ben@example.org"))
    page.goto(link)
    page.get_by_test_id("accept").click()
    expect(page.get_by_test_id("health-state")).to_be_visible(timeout=LONG)
    page.goto("/operator/people")
    expect(page.get_by_test_id("people")).to_contain_text("ben@example.org", timeout=LONG)
    expect(page.get_by_test_id("invite")).to_have_count(0)


def test_who_has_no_role_or_no_second_factor_is_told_what_is_missing(seen: Page) -> None:
    seen.goto("/operator/people")
    expect(seen.get_by_test_id("not-staff")).to_be_visible(timeout=LONG)
    enter(seen, person("weak@example.org", "operator", factor=False))
    seen.goto("/admin/")
    expect(seen).to_have_url(re.compile(r"/operator$"))
    expect(seen.get_by_test_id("no-second-factor")).to_be_visible(timeout=LONG)
    assert violations(seen) == []
