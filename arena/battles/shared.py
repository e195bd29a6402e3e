"""A battle behind a link, as anybody who has it sees it: nothing of the person, their points or their ids; no name that has to wait."""

from typing import Any

from django.db.models import QuerySet

from arena.battles import queries, waiting
from arena.battles.models import Answer, Battle
from arena.contenders.queries import describe, unnamed
from arena.errors import NotFound


def behind(token: str) -> Battle:
    """The battle, whole; raises NotFound for a dead link as for none."""
    return _behind(token, queries.whole_battles())


def view(battle: Battle) -> dict[str, Any]:
    wait = bool(waiting.being_judged([battle]))
    judged = next(turn for turn in battle.said if turn.number == battle.vote.turn)
    return {
        "date": battle.created_at.date(),
        "index": battle.share.index,
        "outcome": battle.vote.outcome,
        "turn": battle.vote.turn,
        "turns": [queries.turn_view(turn) for turn in battle.said],
        "names_wait": wait,
        "sides": [
            {"side": side.letter, "contender": unnamed() if wait else describe(side.contender), "rank": queries.rank_of(battle.vote, side)}
            for side in (answer.side for answer in queries.current(judged.given, battle.vote.attempt))
        ],
    }


def preview(token: str) -> tuple[Battle, list[str]]:
    """The battle without a word of it, and the names of its sides; none as long as they wait. Raises NotFound as `behind` does."""
    battle = _behind(token, Battle.objects.select_related("vote", "share"))
    if waiting.being_judged([battle]):
        return battle, []
    judged = Answer.objects.filter(turn__battle=battle, turn__number=battle.vote.turn, attempt=battle.vote.attempt)
    answers = list(judged.defer("text", "reasoning").select_related("side__contender"))
    return battle, [describe(answer.side.contender)["name"] for answer in queries.current(answers, battle.vote.attempt)]


def _behind(token: str, battles: QuerySet[Battle]) -> Battle:
    battle = battles.filter(share__token=token, vote__isnull=False, erasure=None).exclude(prompt__held_out=True).first()
    if battle is None:
        raise NotFound("There is nothing behind this link. It may have been taken back.")
    return battle
