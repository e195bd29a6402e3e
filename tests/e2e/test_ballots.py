"""Three and four answers on the page: read side by side, and put in order by keys, by hand and by buttons."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, FloatRect, Page, expect

from arena.prompts.models import Pool
from arena.providers import actions as providers
from arena.providers.models import Provider
from tests.e2e.looking import fits, new_window, violations
from tests.processes import LiveArena, Web

LONG = 20_000
NAMES = re.compile("Amber-7|Birch-7|Cedar-7|Dune-7")


def opened(page: Page, sides: int, *, answered: bool = True) -> None:
    """A battle of so many on a prompt of the pool, all of it written."""
    Pool.objects.update(sides=sides)
    page.goto("/")
    page.locator(".chip").first.click()
    page.get_by_test_id("consent-age").check()
    page.get_by_test_id("send").click()
    expect(page.locator("[data-testid^=answer-]")).to_have_count(sides, timeout=LONG)
    if answered:
        expect(page.locator("[aria-busy=true]")).to_have_count(0, timeout=LONG)
        expect(page.get_by_test_id("rank-a")).to_be_enabled(timeout=LONG)


def order(page: Page) -> list[str]:
    """What a screen reader is told of each side, in the order on the page."""
    return [str(token.get_attribute("aria-label")) for token in page.locator("[data-testid=rank] ol button").all()]


def ranks(page: Page) -> Any:
    """What is sent when the order is, without reasons; then the names are there."""
    with page.expect_request("**/vote") as sent:
        page.get_by_test_id("vote-ranking").click()
        page.get_by_test_id("reasons-skip").click()
    expect(page.get_by_test_id("points-earned")).to_contain_text("10", timeout=LONG)
    return (sent.value.post_data_json or {})["ranks"]


def test_four_answers_are_put_in_order_by_keys_alone(page: Page) -> None:
    opened(page, 4)
    press = page.locator("body").press
    expect(page.locator("body")).not_to_contain_text(NAMES)
    for key in ("c", "1", "Backspace", "b", "Shift+D", "a"):
        press(key)
    expect(page.locator("[data-testid=rank] [role=status]")).to_have_text("From best to worst: C; B = D; A. You can vote.")
    press("=")
    assert order(page) == ["C, 1st", "A, 2nd, level with B, D", "B, 2nd, level with A, D", "D, 2nd, level with A, B"]
    press("Backspace")
    page.get_by_test_id("rank-a").focus()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_test_id("rank-a")).to_be_focused()
    assert order(page) == ["C, 1st", "A, 2nd", "B, 3rd, level with D", "D, 3rd, level with B"]
    with page.expect_request("**/vote") as sent:
        page.keyboard.press("Enter")
        expect(page.get_by_test_id("reasons")).to_be_focused()
        page.keyboard.press("Enter")
    assert (sent.value.post_data_json or {})["ranks"] == {"a": 1, "b": 2, "c": 0, "d": 2}
    for side, place in zip("abcd", ("2nd", "3rd", "1st", "3rd"), strict=True):
        head = page.locator(".still", has=page.get_by_test_id(f"reveal-{side}"))
        expect(head).to_contain_text(NAMES, timeout=LONG)
        expect(head).to_contain_text(place)
    expect(page.get_by_test_id("points-earned")).to_contain_text("10")
    page.goto("/history")
    expect(page.locator("main li").first).to_contain_text("(1st)")


def test_keys_wait_for_a_full_order_and_leave_what_is_written_alone(page: Page) -> None:
    opened(page, 4)
    press = page.locator("body").press
    for key in ("a", "b", "c", "Enter"):
        press(key)
    expect(page.get_by_test_id("reasons-skip")).to_have_count(0)
    page.get_by_test_id("follow-up").fill("")
    page.get_by_test_id("follow-up").press("d")
    assert order(page)[-1] == "D, no place yet"
    page.get_by_test_id("follow-up").blur()
    press("n")
    expect(page.get_by_test_id("reasons-skip")).to_be_visible()
    press("Escape")
    assert order(page)[:3] == ["A, 1st", "B, 2nd", "C, 3rd"], "the order is kept"


def test_four_answers_are_put_in_order_with_the_mouse(page: Page) -> None:
    opened(page, 4)
    for side in "abcd":
        page.get_by_test_id(f"rank-{side}").click()
    assert order(page) == ["A, 1st", "B, 2nd", "C, 3rd", "D, 4th"]
    drag(page, "d", "a", 0.1)
    assert order(page) == ["D, 1st", "A, 2nd", "B, 3rd", "C, 4th"]
    drag(page, "c", "a", 0.5)
    assert order(page) == ["D, 1st", "A, 2nd, level with C", "C, 2nd, level with A", "B, 3rd"]
    drag(page, "b", "b", 0.5, down=-200)
    assert order(page)[-1] == "B, no place yet"
    drag(page, "b", "d", 0.95)
    assert order(page) == ["D, 1st", "B, 2nd", "A, 3rd, level with C", "C, 3rd, level with A"]
    assert ranks(page) == {"a": 2, "b": 1, "c": 2, "d": 0}


def drag(page: Page, side: str, to: str, share: float, *, down: float = 0) -> None:
    """From the middle of one token to a share of another's width."""
    start, end = (resting(page, one) for one in (side, to))
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(end["x"] + end["width"] * share, end["y"] + end["height"] / 2 + down, steps=4)
    page.mouse.up()


def resting(page: Page, side: str) -> FloatRect:
    """Where a token is, once it has come to rest."""
    seen = None
    for _ in range(50):
        box = page.get_by_test_id(f"rank-{side}").bounding_box()
        if box is not None and box == seen:
            return box
        seen = box
        page.wait_for_timeout(50)
    raise AssertionError(f"the token of {side} does not come to rest")


def test_on_a_phone_four_answers_are_put_in_order_by_finger_and_by_buttons(chromium: Browser, site: Web) -> None:
    context = chromium.new_context(
        base_url=site.url, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, reduced_motion="reduce"
    )
    page = context.new_page()
    opened(page, 4)
    page.get_by_role("tab").nth(3).tap()
    expect(page.get_by_test_id("answer-d")).to_be_visible()
    expect(page.get_by_test_id("answer-a")).to_be_hidden()
    for side in "dcba":
        page.get_by_test_id(f"rank-{side}").tap()
    page.get_by_test_id("rank-c").tap()
    page.get_by_test_id("rank-level").tap()
    assert order(page) == ["C, 1st, level with D", "D, 1st, level with C", "B, 2nd", "A, 3rd"]
    page.get_by_test_id("rank-a").tap()
    page.get_by_test_id("rank-up").tap()
    page.get_by_test_id("rank-down").tap()
    page.get_by_test_id("rank-undo").tap()
    assert order(page)[2:] == ["A, 2nd", "B, 3rd"]
    touch(page, "b", "a")
    assert order(page)[2:] == ["A, 2nd, level with B", "B, 2nd, level with A"]
    with page.expect_request("**/vote") as sent:
        page.get_by_test_id("vote-ranking").tap()
        page.get_by_test_id("reasons-skip").tap()
    assert (sent.value.post_data_json or {})["ranks"] == {"a": 1, "b": 1, "c": 0, "d": 0}
    expect(page.get_by_test_id("reveal-a")).to_contain_text(NAMES, timeout=LONG)
    context.close()


def touch(page: Page, side: str, to: str) -> None:
    """A finger that drags one token onto another."""
    start, end = (page.get_by_test_id(f"rank-{one}").bounding_box() for one in (side, to))
    assert start
    assert end
    cdp = page.context.new_cdp_session(page)
    points = [{"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2} for box in (start, end)]
    cdp.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [points[0]]})
    for step in range(1, 6):
        between = {axis: points[0][axis] + (points[1][axis] - points[0][axis]) * step / 5 for axis in ("x", "y")}
        cdp.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [between]})
    cdp.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_timeout(600)  # sooner the browser takes the next tap for the second half of a double one, as no hand could be


@pytest.mark.parametrize(("sides", "rows"), [(3, 1), (4, 2)])
def test_all_answers_have_the_same_width_and_weight(sides: int, rows: int, page: Page) -> None:
    opened(page, sides)
    panes = [page.get_by_test_id(f"answer-{side}").bounding_box() for side in "abcd"[:sides]]
    assert len({round(pane["width"]) for pane in panes if pane}) == 1
    assert len({round(pane["y"]) for pane in panes if pane}) == rows
    tokens = [page.get_by_test_id(f"rank-{side}").bounding_box() for side in "abcd"[:sides]]
    assert len({(token["width"], token["height"], token["y"]) for token in tokens if token}) == 1


def test_no_state_of_a_battle_of_four_breaks_a_rule_of_axe_or_scrolls_sideways(seen: Page) -> None:
    wrong: dict[str, list[str]] = {}

    def look(name: str) -> None:
        found = violations(seen)
        if not fits(seen):
            found.append("scrolls sideways")
        if found:
            wrong[name] = found

    opened(seen, 4)
    look("answered")
    for key in ("b", "a", "Shift+C"):
        seen.locator("body").press(key)
    look("three of four placed")
    seen.locator("body").press("d")
    look("in order")
    seen.get_by_test_id("vote-ranking").click()
    expect(seen.get_by_test_id("reasons-skip")).to_be_visible()
    look("choosing")
    seen.get_by_test_id("reasons-skip").click()
    expect(seen.get_by_test_id("points-earned")).to_be_visible(timeout=LONG)
    look("revealed")
    seen.goto("/history")
    expect(seen.locator("main li").first).to_be_visible(timeout=LONG)
    look("history")
    assert wrong == {}


def test_four_answers_stream_side_by_side_and_can_be_ranked_while_they_do(chromium: Browser, live_arena: LiveArena) -> None:
    provider = Provider.objects.get(slug="stage")
    for name, contender in live_arena.arena.contenders.items():
        providers.set_route(contender=contender, provider=provider, model=f"slow@{name}", params={"extra": {"speed": 0.06}})
    web = live_arena.web()
    context = new_window(chromium, web.url)
    page = context.new_page()
    opened(page, 4, answered=False)
    for side in "abcd":
        expect(page.get_by_test_id(f"answer-{side}")).to_contain_text(re.compile(r"\w{3}"), timeout=LONG)
    expect(page.locator("[data-testid=rank] ol.open")).to_be_visible(timeout=LONG)
    assert page.locator("[aria-busy=true]").count() > 0
    for key in "dcba":
        page.locator("body").press(key)
    assert order(page) == ["D, 1st", "C, 2nd", "B, 3rd", "A, 4th"]
    page.locator("body").press("Enter")
    page.get_by_test_id("reasons-skip").click()
    expect(page.get_by_test_id("reveal-d")).to_contain_text(NAMES, timeout=LONG)
    context.close()
