"""What the log shows of a vote can be opened, and only by what was really voted."""

import hashlib

import pytest

from arena.battles import projector, queries
from arena.battles.models import Outcome, Vote
from arena.contenders.models import Contender
from arena.prompts.models import Pool
from arena.ratings import queries as ratings
from arena.ratings.models import ParameterChange
from arena.votelog.commitment import canonical, commit
from arena.votelog.models import Entry
from tests.cast import Arena, Person


def slugs(vote: Vote) -> list[str]:
    names = Contender.objects.in_bulk(vote.contenders)
    return [names[id].slug for id in vote.contenders]


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome.values if outcome != Outcome.RANKING])
def test_a_votes_commitments_open(outcome: str, arena: Arena, ada: Person) -> None:
    battle = ada.open()["id"]
    arena.answer(battle)
    receipt = ada.vote(battle, outcome, measures={"vote_ms": 12_000}).json()["vote"]["receipt"]
    projector.project()
    vote = Vote.objects.select_related("salt", "battle").get()
    entry = Entry.objects.get(kind="vote")
    opening = queries.rating_opening(vote, slugs(vote))
    assert bytes(entry.commit) == bytes(vote.commit) == commit(bytes(vote.salt.rating), opening)
    assert (receipt["commit"], receipt["salt"]) == (bytes(entry.commit).hex(), bytes(vote.salt.rating).hex())
    assert hashlib.sha256(bytes.fromhex(receipt["salt"]) + canonical(opening)).hexdigest() == receipt["commit"]
    assert vote.salt.person is not None
    assert bytes(entry.commit_person or b"") == commit(bytes(vote.salt.person), vote.salt.person_opening)
    assert (vote.salt.person_opening or {})["dwell"] == "under_30s"
    assert opening["outcome"] == outcome


def test_a_vote_from_a_pool_opens_with_its_pool(arena: Arena, ada: Person) -> None:
    prompt = ada.get("prompts/suggestions").json()["results"][0]["id"]
    battle = ada.post("battles", {"prompt_id": prompt}).json()["id"]
    arena.answer(battle)
    ada.vote(battle)
    vote = Vote.objects.select_related("salt", "battle__prompt__pool").get()
    opening = queries.rating_opening(vote, slugs(vote))
    assert (opening["pool"], opening["category"], opening["language"]) == ("starter", "explaining", "en")
    assert commit(bytes(vote.salt.rating), opening) == bytes(vote.commit)


def test_a_rankings_commitment_opens_with_its_ranks(arena: Arena, ada: Person) -> None:
    Pool.objects.update(sides=3)
    prompt = ada.get("prompts/suggestions").json()["results"][0]["id"]
    battle = ada.post("battles", {"prompt_id": prompt}).json()["id"]
    arena.answer(battle)
    assert ada.vote(battle, "ranking", ranks={"a": 1, "b": 0, "c": 1}).status_code == 200
    vote = Vote.objects.select_related("salt", "battle__prompt__pool").get()
    opening = queries.rating_opening(vote, slugs(vote))
    assert (opening["outcome"], opening["ranks"], len(opening["contenders"])) == ("ranking", [1, 0, 1], 3)
    assert commit(bytes(vote.salt.rating), opening) == bytes(vote.commit)
    assert commit(bytes(vote.salt.rating), opening | {"ranks": [0, 1, 1]}) != bytes(vote.commit)


def test_another_vote_does_not_open_the_commitment(arena: Arena, ada: Person) -> None:
    battle = ada.open()["id"]
    arena.answer(battle)
    ada.vote(battle, "a")
    vote = Vote.objects.select_related("salt", "battle").get()
    opening = queries.rating_opening(vote, slugs(vote))
    for change in ({"outcome": "b"}, {"contenders": slugs(vote)[::-1]}, {"rated": False}, {"probability": "0.5"}):
        assert commit(bytes(vote.salt.rating), opening | change) != bytes(vote.commit)


def test_salts_are_never_used_twice(arena: Arena, ada: Person) -> None:
    for _ in range(3):
        battle = ada.open()["id"]
        arena.answer(battle)
        ada.vote(battle)
    salts = [bytes(salt) for vote in Vote.objects.select_related("salt") for salt in (vote.salt.rating, vote.salt.person or b"")]
    assert len(set(salts)) == 6


def test_a_boards_parameters_open_as_well(arena: Arena) -> None:
    change = ParameterChange.objects.get()
    opening = ratings.parameter_opening(change, change.board)
    entry = Entry.objects.get(kind="policy", subject=change.pk)
    assert bytes(entry.commit) == commit(bytes(change.salt), opening)
    assert float(opening["draw_probability"]) == change.draw_probability
