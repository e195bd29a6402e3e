"""Reading battles: what their voter may see of them, before the vote and after it."""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Prefetch, QuerySet

from arena.battles import openings, pairing, rewards
from arena.battles.models import BROKEN, ERROR_SENTENCES, RUNNING, Answer, Battle, Outcome, Share, Side, Status, Turn, Vote
from arena.contenders.queries import describe
from arena.errors import NotFound
from arena.ledger import queries as ledger
from arena.ratings import queries as ratings
from arena.ratings.folding import Item
from arena.ratings.models import Board
from arena.ratings.skill import Ballot, ParameterChange, Parameters
from arena.users import queries as users
from arena.users.models import User
from arena.votelog import queries as votelog

BOARD = "overall"
_NOTHING: dict[str, Any] = {"vote": [], "follow_up": False, "ask_again": False, "stop": False}


@dataclass(frozen=True, slots=True)
class Latest:
    """The latest turn, and its latest attempt's answers by position (of a side drawn again, the replacement's)."""

    turn: Turn
    answers: list[Answer]


def pairing_policy() -> pairing.Policy:
    """The pairing rule in force."""
    name = settings.PAIRING_POLICY
    return pairing.Policy(name=name, version=f"{name.replace('_', '-')}-1", uniform_share=float(settings.PAIRING_UNIFORM_SHARE))


def reward_policy() -> rewards.RewardPolicy:
    """The reward rule in force."""
    return rewards.RewardPolicy(
        points=settings.REWARD_POINTS,
        daily_cap=settings.REWARD_DAILY_CAP,
        guest_network_daily_cap=settings.REWARD_NETWORK_CAP,
    )


def battle_of(id: uuid.UUID, voter: User) -> Battle:
    """The voter's battle; raises NotFound for a stranger's as for none."""
    battle = _whole().filter(pk=id, voter__in=users.selves(voter)).first()
    if battle is None:
        raise NotFound("There is no such battle, or it is not yours.")
    return battle


def battles_of(voter: User) -> QuerySet[Battle]:
    return _whole().filter(voter__in=users.selves(voter))


def shared(token: str) -> Battle:
    """The battle behind a link; raises NotFound for a dead link as for none."""
    battle = _whole().filter(share__token=token, vote__isnull=False, erasure=None).first()
    if battle is None:
        raise NotFound("There is nothing behind this link. It may have been taken back.")
    return battle


def _whole() -> QuerySet[Battle]:
    answers = Prefetch("answers", Answer.objects.select_related("side__contender"))
    return Battle.objects.select_related("vote__salt", "erasure", "share").prefetch_related(
        Prefetch("turns", Turn.objects.order_by("number").prefetch_related(answers))
    )


def latest(battle: Battle) -> Latest:
    """Of a battle that has at least its first turn, as every battle has."""
    turn = battle.turns.order_by("-number")[0]
    return Latest(turn, _current(turn.answers.select_related("side__contender"), turn.attempt))


def _current(answers: Iterable[Answer], attempt: int) -> list[Answer]:
    """Of one attempt, each position's newest draw, by position."""
    newest: dict[int, Answer] = {}
    for answer in sorted(answers, key=lambda answer: answer.side.draw):
        if answer.attempt == attempt:
            newest[answer.side.position] = answer
    return [newest[position] for position in sorted(newest)]


def prompt_texts(battle: Battle) -> list[str]:
    return [
        "\n".join(part["text"] for part in content if part["type"] == "text") for content in battle.turns.values_list("content", flat=True)
    ]


def texts_by_position(battle: Battle) -> dict[int, str]:
    """All that each position has said in any turn and attempt, reasoning included."""
    found: dict[int, list[str]] = {}
    for position, reasoning, text in Answer.objects.filter(turn__battle=battle).values_list("side__position", "reasoning", "text"):
        found.setdefault(position, []).extend((reasoning, text))
    return {position: "\n".join(texts) for position, texts in found.items()}


def may_ask_again(latest: Latest, *, voted: bool) -> bool:
    """A broken, stopped or empty answer may be asked for again, a bounded number of times, before the vote."""
    spoiled = any(answer.status in (*BROKEN, Status.STOPPED) or not answer.text.strip() for answer in latest.answers)
    running = any(answer.status in RUNNING for answer in latest.answers)
    return spoiled and not running and not voted and latest.turn.attempt + 1 < settings.ATTEMPTS


def view(battle: Battle, stream: dict[str, Any] | None = None) -> dict[str, Any]:
    """The battle as its voter sees it. Until the vote nothing in it names a contender (P6). Of a deleted one the words are gone."""
    turns = list(battle.turns.all())
    erased, row = hasattr(battle, "erasure"), getattr(battle, "share", None)
    newest = Latest(turns[-1], _current(turns[-1].answers.all(), turns[-1].attempt))
    vote = getattr(battle, "vote", None)
    return {
        "id": str(battle.pk),
        "created_at": battle.created_at,
        "state": _state(battle),
        "stream": stream,
        "turns": [] if erased else [_turn(turn) for turn in turns],
        "can": dict(_NOTHING) if erased else _can(newest, voted=vote is not None),
        "vote": reveal(battle, vote, turns) if vote else None,
        "share": link(row) if row else None,
    }


def link(row: Share) -> dict[str, Any]:
    return {"token": row.token, "url": f"/s/{row.token}", "index": row.index}


def _state(battle: Battle) -> str:
    return "deleted" if hasattr(battle, "erasure") else "voted" if hasattr(battle, "vote") else "open"


def shared_view(battle: Battle) -> dict[str, Any]:
    """A voted battle as anybody with its link sees it: nothing of the person, their points or their ids."""
    turns = list(battle.turns.all())
    judged = next(turn for turn in turns if turn.number == battle.vote.turn)
    return {
        "date": battle.created_at.date(),
        "index": battle.share.index,
        "outcome": battle.vote.outcome,
        "turn": battle.vote.turn,
        "turns": [_turn(turn) for turn in turns],
        "sides": [
            {"side": answer.side.letter, "contender": describe(answer.side.contender)}
            for answer in _current(judged.answers.all(), battle.vote.attempt)
        ],
    }


def is_running(battle: Battle) -> Turn | None:
    """The latest turn, if it still has something to stream."""
    turn = list(battle.turns.all())[-1]
    return turn if any(answer.status in RUNNING for answer in _current(turn.answers.all(), turn.attempt)) else None


def _turn(turn: Turn) -> dict[str, Any]:
    return {
        "number": turn.number,
        "attempt": turn.attempt,
        "prompt": turn.content,
        "answers": [_answer(answer) for answer in _current(turn.answers.all(), turn.attempt)],
    }


def _answer(answer: Answer) -> dict[str, Any]:
    parts = [{"type": kind, "text": text} for kind, text in (("reasoning", answer.reasoning), ("text", answer.text)) if text]
    return {
        "side": answer.side.letter,
        "status": answer.status,
        "parts": parts,
        "truncated": answer.truncated,
        "error": {"code": answer.error, "message": ERROR_SENTENCES[answer.error]} if answer.error else None,
    }


def _can(latest: Latest, *, voted: bool) -> dict[str, Any]:
    running = any(answer.status in RUNNING for answer in latest.answers)
    broken = any(answer.status in BROKEN for answer in latest.answers)
    readable = all(answer.text.strip() for answer in latest.answers) and not broken
    return {
        "vote": [] if voted else list(Outcome.values) if readable else [Outcome.SKIP.value],
        "follow_up": not running and not broken and latest.turn.number + 1 < settings.TURNS,
        "ask_again": may_ask_again(latest, voted=voted),
        "stop": running,
    }


def reveal(battle: Battle, vote: Vote, turns: Sequence[Turn]) -> dict[str, Any]:
    """Everything that the vote unlocks."""
    judged = next(turn for turn in turns if turn.number == vote.turn)
    answers = _current(judged.answers.all(), vote.attempt)
    seq = votelog.seq_of("vote", vote.pk)
    after = _after(seq, vote)
    return {
        "outcome": vote.outcome,
        "cast_at": vote.at,
        "turn": vote.turn,
        "attempt": vote.attempt,
        "rated": vote.rated,
        "unrated_reason": vote.unrated_reason or None,
        "board": BOARD,
        "seq": seq,
        "sides": [_revealed(answer, vote, after) for answer in answers],
        "points": {
            "awarded": vote.award,
            "reason": vote.award_reason,
            "policy": vote.reward_policy,
            "available_at": _available_at(vote),
        },
        "receipt": {"commit": bytes(vote.commit).hex(), "salt": bytes(vote.salt.rating).hex(), "time": vote.at},
    }


def _after(seq: int | None, vote: Vote) -> dict[str, Any]:
    """Where the sides stand now, once the board contains the vote."""
    board = Board.objects.filter(slug=BOARD).first()
    if seq is None or board is None or board.last_seq < seq:
        return {}
    return ratings.standings_of(BOARD, vote.contenders)


def award_key(vote: Vote) -> str:
    """The key of the transfer that pays for a vote."""
    return f"award:{vote.pk}"


def _available_at(vote: Vote) -> datetime | None:
    award = ledger.transfer(award_key(vote)) if vote.award else None
    return ledger.available_at(award) if award else None


def _revealed(answer: Answer, vote: Vote, after: dict[str, Any]) -> dict[str, Any]:
    key = str(answer.side.contender_id)
    waited = _seconds(answer.started_at, answer.first_token_at)
    wrote = _seconds(answer.first_token_at, answer.finished_at)
    contender = answer.side.contender
    return {
        "side": answer.side.letter,
        "contender": describe(contender),
        "before": vote.standings.get(key),
        "after": after.get(key),
        "first_token_ms": None if waited is None else round(waited * 1000),
        "tokens_per_second": round(answer.output_tokens / wrote, 1) if answer.output_tokens and wrote else None,
        "tokens": {"input": answer.input_tokens, "output": answer.output_tokens},
        "cost_usd": _cost(answer),
        "names_itself": answer.side.position in vote.naming,
    }


def _seconds(begin: Any, end: Any) -> float | None:
    return (end - begin).total_seconds() if begin and end else None


def _cost(answer: Answer) -> str | None:
    contender = answer.side.contender
    if None in (answer.input_tokens, answer.output_tokens, contender.price_input, contender.price_output):
        return None
    total = answer.input_tokens * contender.price_input + answer.output_tokens * contender.price_output  # type: ignore[operator]
    return f"{total / 1_000_000:.6f}"


def summary(battle: Battle) -> dict[str, Any]:
    """One line of a voter's history; names only once revealed."""
    vote = getattr(battle, "vote", None)
    turns = list(battle.turns.all())
    answers = _current(turns[-1].answers.all(), turns[-1].attempt)
    text = "\n".join(part["text"] for part in turns[0].content if part["type"] == "text")
    return {
        "id": str(battle.pk),
        "created_at": battle.created_at,
        "prompt": text[:200],
        "turns": len(turns),
        "state": _state(battle),
        "outcome": vote.outcome if vote else None,
        "sides": [{"side": answer.side.letter, "contender": _name(answer.side) if vote else None} for answer in answers],
        "points": vote.award if vote else 0,
    }


def _name(side: Side) -> dict[str, str]:
    return {"slug": side.contender.slug, "name": side.contender.name, "vendor": side.contender.vendor}


def rating_opening(vote: Vote, slugs: Sequence[str]) -> dict[str, Any]:
    """The rating part that the vote's commitment commits to, from the facts alone."""
    battle = vote.battle
    return openings.rating_part(
        battle=battle.pk,
        contenders=slugs,
        outcome=vote.outcome,
        ranks=vote.ranks,
        rated=vote.rated,
        turn=vote.turn,
        attempt=vote.attempt,
        pool=battle.prompt.pool.slug if battle.prompt else None,
        category=battle.category,
        language=battle.language,
        probability=battle.probability,
        pairing=battle.policy,
        reward=vote.reward_policy,
    )


# The first two sides as plain numbers: arrays take several times as long to read. `contenders` and `ranks` only where there are more.
_ENTRIES = """
SELECT e.seq, v.contenders[1], v.contenders[2], v.ranks[1], v.ranks[2], v.outcome = 'both_bad',
       CASE WHEN cardinality(v.contenders) > 2 THEN v.contenders END, CASE WHEN cardinality(v.contenders) > 2 THEN v.ranks END,
       p.mu0, p.sigma0, p.beta, p.tau, p.draw_probability
FROM votelog_entry e
LEFT JOIN battles_vote v ON e.kind = 'vote' AND v.id = e.subject AND v.rated
LEFT JOIN ratings_parameterchange p ON e.kind = 'policy' AND p.id = e.subject AND p.board_id = %s
WHERE e.seq > %s AND e.seq <= %s ORDER BY e.seq
"""
# Left to itself PostgreSQL sorts the whole log first, so that we wait for it and it then for us; along the index both work at once.
_ALONG_THE_INDEX = "SELECT set_config('enable_sort', 'off', true), set_config('max_parallel_workers_per_gather', '0', true)"
_CHUNK = 1000


def items_after(board: int, seq: int, limit: int) -> list[Item]:
    """At most `limit` log entries right behind `seq`, as this board sees them."""
    with connection.cursor() as cursor:
        cursor.execute(_ENTRIES, [board, seq, seq + limit])
        return list(map(_item, cursor.fetchall()))


def items_between(board: int, seq: int, last: int) -> Iterator[Item]:
    """All log entries behind `seq` up to and with `last`, read while they are used: nothing else may be asked of the database meanwhile."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_ALONG_THE_INDEX)
        yield from map(_item, cursor.stream(_ENTRIES, [board, seq, last], size=_CHUNK))


def _item(row: tuple[Any, ...]) -> Item:
    seq, a, b, rank_a, rank_b, both_bad, contenders, ranks, mu0, sigma0, beta, tau, draw_probability = row
    if contenders is not None:
        return Item(seq, Ballot(seq, tuple(contenders), tuple(ranks)), both_bad)
    if a is not None:
        return Item(seq, Ballot(seq, (a, b), (rank_a, rank_b)), both_bad)
    if mu0 is not None:
        return Item(seq, ParameterChange(seq, Parameters(mu0, sigma0, beta, tau, draw_probability)))
    return Item(seq, None)
