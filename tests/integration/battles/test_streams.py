"""Streams of real web processes."""

from tests.processes import LiveArena


def test_both_answers_reach_the_voter_whole(live_arena: LiveArena) -> None:
    browser = live_arena.browser(live_arena.web())
    battle = browser.open()
    story = browser.read_all(battle["stream"]["url"])
    assert story.ended
    assert story.status == {"a": "done", "b": "done"}
    stored = browser.get(f"/api/v1/battles/{battle['id']}").json()
    assert {answer["side"]: answer["parts"][-1]["text"] for answer in stored["turns"][0]["answers"]} == story.text
