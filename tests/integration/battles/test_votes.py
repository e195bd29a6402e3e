"""Votes through the HTTP API."""

from arena.battles import projector
from arena.ratings.models import Rating
from tests.cast import Arena, Person


def test_a_vote_reveals_both_names_and_earns_points(arena: Arena, ada: Person) -> None:
    battle = ada.open()
    arena.answer(battle["id"])
    reply = ada.vote(battle["id"])
    assert reply.status_code == 200
    vote = reply.json()["vote"]
    assert all(side["contender"]["name"].endswith("-7") for side in vote["sides"])
    assert vote["points"]["awarded"] == 10
    assert ada.get("me").json()["points"]["pending"] == 10


def test_a_vote_for_a_moves_a_up_and_b_down(arena: Arena, ada: Person) -> None:
    battle = ada.open()
    arena.answer(battle["id"])
    sides = ada.vote(battle["id"]).json()["vote"]["sides"]
    projector.project()
    mu = {row.contender.slug: row.mu for row in Rating.objects.select_related("contender")}
    assert mu[sides[0]["contender"]["slug"]] > 25 > mu[sides[1]["contender"]["slug"]]
