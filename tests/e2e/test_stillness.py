"""Nothing on the page moves by itself: not while it loads, and not what is being read while text streams."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from arena.providers import actions as providers
from arena.providers.models import Provider
from tests.processes import LiveArena

LONG = 30_000
# Shifts that no press or key caused, each with what moved. A pixel's rounding counts, too.
WATCH = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    if (entry.hadRecentInput) continue;
    const moved = entry.sources.map(({ node, previousRect: old, currentRect: now }) =>
      `${node?.nodeName} .${node?.className ?? ''} ${old.x},${old.y} ${old.width}x${old.height} -> ${now.x},${now.y} ${now.width}x${now.height}`);
    window.shifts.push(`${entry.value.toFixed(5)} at ${Math.round(entry.startTime)}: ${moved.join('; ')}`);
  }
}).observe({ type: 'layout-shift', buffered: true });
"""


def shifts(page: Page) -> list[Any]:
    found: list[Any] = page.evaluate("() => window.shifts.splice(0)")
    return found


@pytest.mark.parametrize("width", [390, 1440])
def test_nothing_moves_by_itself_while_the_page_loads_and_both_sides_stream(chromium: Browser, live_arena: LiveArena, width: int) -> None:
    provider = Provider.objects.get(slug="stage")
    for name, contender in live_arena.arena.contenders.items():
        providers.set_route(contender=contender, provider=provider, model=f"markdown@{name}", params={"extra": {"speed": 0.06}})
    web = live_arena.web()
    context = chromium.new_context(base_url=web.url, viewport={"width": width, "height": 844})
    context.add_init_script(WATCH)
    page = context.new_page()
    page.goto("/")
    expect(page.get_by_test_id("consent-age")).to_be_visible(timeout=LONG)
    expect(page.locator(".chip").first).to_be_visible(timeout=LONG)
    page.evaluate("() => document.fonts.ready.then(() => new Promise((done) => setTimeout(done, 300)))")
    moved = {"loading": shifts(page)}
    page.get_by_test_id("prompt").fill("Why is the sky blue?")
    page.get_by_test_id("consent-age").check()
    page.get_by_test_id("send").click()
    expect(page.locator("[data-testid^=answer-][aria-busy=false]")).to_have_count(2, timeout=LONG)
    expect(page.get_by_test_id("answer-a").locator("math").last).to_be_visible(timeout=LONG)
    page.evaluate("() => new Promise((done) => setTimeout(done, 300))")
    moved["streaming"] = shifts(page)
    context.close()
    assert moved == {"loading": [], "streaming": []}
