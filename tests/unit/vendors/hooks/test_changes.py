from typing import Any

import pytest

from arena.vendors.hooks.changes import RANK, TIER, between, places


def place(**changed: Any) -> dict[str, Any]:
    usual = {"rank": 3, "rank_low": 2, "rank_high": 5, "tier": 1, "preliminary": False, "group": 1}
    return {**usual, "mu": "25.000000", "sigma": "1.000000", "low": "23.0", "high": "27.0", "votes": 40, **changed}


def document(*rows: tuple[str, dict[str, Any]], state: str = "live") -> dict[str, Any]:
    told = [{**row, "contender": {"slug": slug, "name": slug.title(), "state": "listed"}, "wins": 3} for slug, row in rows]
    return {"slug": "overall", "title": "Overall", "seq": 9, "state": state, "rows": told}


def test_places_are_read_off_a_published_board() -> None:
    assert places(document(("amber-7", place(rank=1)), ("birch-7", place(rank=2)))) == {"amber-7": place(rank=1), "birch-7": place(rank=2)}


def test_of_a_board_in_the_making_there_are_no_places() -> None:
    assert places(document(("amber-7", place()), state="building")) == {}


def test_what_does_not_move_is_no_news() -> None:
    assert between(place(), place(mu="25.100000", votes=41, rank_high=6)) == []
    assert between(None, None) == []


@pytest.mark.parametrize(
    ("changed", "news"),
    [
        ({"rank": 2}, [RANK]),
        ({"group": 2}, [RANK]),
        ({"tier": 2}, [TIER]),
        ({"tier": None, "preliminary": True}, [TIER]),
        ({"rank": 4, "tier": 2}, [RANK, TIER]),
    ],
)
def test_ranks_and_tiers_that_move_are_news(changed: dict[str, Any], news: list[str]) -> None:
    assert between(place(), place(**changed)) == news
    assert between(place(**changed), place()) == news


def test_to_come_onto_a_board_or_leave_it_is_news() -> None:
    assert between(None, place()) == between(place(), None) == [RANK, TIER]
