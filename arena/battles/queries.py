"""Reading battles: what their voter may see of them, before the vote and after it."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.db.models.functions import Coalesce

from arena import clock
from arena.battles import blindness, openings, pairing, policies, rewards, trials, waiting, whole
from arena.battles.models import (
    BROKEN,
    ERROR_SENTENCES,
    RUNNING,
    Answer,
    Battle,
    Outcome,
    PairingPolicy,
    Report,
    RewardPolicy,
    Share,
    Side,
    Status,
    Turn,
    Vote,
    Withheld,
    outcomes,
)
from arena.contenders.models import Contender
from arena.contenders.queries import describe, name_of, unnamed
from arena.errors import NotFound
from arena.moderation import personal
from arena.moderation.categories import told
from arena.ratings import queries as ratings
from arena.ratings.models import Board
from arena.users import queries as users
from arena.users.models import User

BOARD = "overall"
_UNMEASURED: dict[str, Any] = {
    "first_token_ms": None,
    "tokens_per_second": None,
    "tokens": {"input": None, "output": None},
    "cost_usd": None,
}
_NOTHING: dict[str, Any] = {"vote": [], "follow_up": False, "ask_again": False, "stop": False}


@dataclass(frozen=True, slots=True)
class Latest:
    """The latest turn, and its latest attempt's answers by position (of a side drawn again, the replacement's)."""

    turn: Turn
    answers: list[Answer]


def pairing_policy() -> pairing.Policy:
    """The pairing rule in force: the newest that an operator chose, else that of the settings."""
    return policies.policy_of(PairingPolicy.objects.order_by("-id").values(*policies.COLUMNS).first())


def reward_policy() -> rewards.RewardPolicy:
    """The reward rule in force: the newest that a treasurer chose, else that of the settings."""
    chosen = RewardPolicy.objects.order_by("-id").values("version", "points", "daily_cap", "guest_network_daily_cap").first()
    if chosen is not None:
        return rewards.RewardPolicy(**chosen)
    return rewards.RewardPolicy.flat(
        points=settings.REWARD_POINTS, daily_cap=settings.REWARD_DAILY_CAP, guest_network_daily_cap=settings.REWARD_NETWORK_CAP
    )


def battle_of(id: uuid.UUID, voter: User) -> Battle:
    """The voter's battle, whole; raises NotFound for a stranger's as for none."""
    battle = whole.read(id, users.selves(voter))
    if battle is None:
        raise NotFound("There is no such battle, or it is not yours: it may belong to another session, for example in another browser.")
    return battle


def battles_of(voter: User) -> QuerySet[Battle]:
    return whole_battles().filter(voter__in=users.selves(voter))


def whole_battles() -> QuerySet[Battle]:
    answers = Prefetch("answers", Answer.objects.select_related("side__contender"), to_attr="given")
    turns = Prefetch("turns", Turn.objects.order_by("number").prefetch_related(answers), to_attr="said")  # type: ignore[no-redef]
    return Battle.objects.select_related("vote__salt", "erasure", "share").prefetch_related(turns)  # type: ignore[no-redef]


def latest(battle: Battle) -> Latest:
    """Of a battle that was read whole and has at least its first turn, as every battle has."""
    turn = battle.said[-1]
    return Latest(turn, current(turn.given, turn.attempt))


def is_abandoned(battle: Battle) -> bool:
    """Whether an answer's writer has died: its lease has run out."""
    now = clock.now()
    answers = (answer for turn in battle.said for answer in turn.given)
    return any(answer.status == Status.STREAMING and answer.lease_until and answer.lease_until < now for answer in answers)


def current(answers: Iterable[Answer], attempt: int) -> list[Answer]:
    """Of one attempt, each position's newest draw, by position."""
    newest: dict[int, Answer] = {}
    for answer in sorted(answers, key=lambda answer: answer.side.draw):
        if answer.attempt == attempt:
            newest[answer.side.position] = answer
    return [newest[position] for position in sorted(newest)]


def publishable() -> QuerySet[Vote]:
    """Votes whose battles' texts may be published: consented to before they began, looked through for personal data by the present
    scanner and clean, not deleted, nothing of them withheld, and no complaint about them open or found right."""
    right = Q(state=Report.State.OPEN) | Q(decision__in=[Report.Decision.UPHELD, Report.Decision.WITHHELD])
    complaints = Report.objects.filter(right, answer__turn__battle=OuterRef("battle"))
    withheld = Withheld.objects.filter(answer__turn__battle=OuterRef("battle"))
    clean = Vote.objects.filter(battle__publish=True, battle__erasure=None, scan__is_clean=True, scan__scanner=personal.NAME)
    clean = clean.exclude(battle__prompt__held_out=True)  # which it may be only since the battle began
    return clean.filter(~Exists(complaints), ~Exists(withheld), ~Exists(_upheld_on_panel()))


def _upheld_on_panel() -> QuerySet[Report]:
    """Complaints that were right about first answers, which every battle of a panel shows."""
    about = Report.objects.filter(decision=Report.Decision.UPHELD, answer__turn__number=0)
    panel = Coalesce("answer__turn__battle__reuses", "answer__turn__battle")
    return about.alias(panel=panel).filter(panel=Coalesce(OuterRef("battle__reuses"), OuterRef("battle")))


def prompt_texts(battle: Battle) -> list[str]:
    return [words(turn) for turn in battle.said]


def words(turn: Turn) -> str:
    """What was asked in a turn."""
    return "\n".join(part["text"] for part in turn.content if part["type"] == "text")


def shown(turn: Turn) -> list[dict[str, Any]]:
    """The prompt as people see it: without what the contenders alone are told."""
    return [part for part in turn.content if part["type"] != "setting"]


def identity(contender: Contender) -> blindness.Identity:
    """By what an answer of this contender would give it away."""
    return blindness.Identity(name=contender.name, vendor=contender.vendor, aliases=tuple(contender.aliases))


def texts_by_position(battle: Battle) -> dict[int, str]:
    """All that each position has said in any turn and attempt, reasoning included."""
    found: dict[int, list[str]] = {}
    for answer in (answer for turn in battle.said for answer in turn.given):
        found.setdefault(answer.side.position, []).extend((answer.reasoning, answer.text))
    return {position: "\n".join(texts) for position, texts in found.items()}


def one_turn(battle: Battle) -> bool:
    """Whether several people judge this battle's first answers, so that it has no second turn before its vote: the contenders might be
    asked for their names there. Nor after a skip, as long as those have to wait."""
    if hasattr(battle, "vote"):
        return waiting.names_wait(battle)
    return battle.reuses_id is not None or (battle.prompt is not None and battle.prompt.pool.shared_answers)


def may_ask_again(latest: Latest, *, voted: bool) -> bool:
    """A broken, stopped or empty answer may be asked for again, a bounded number of times, before the vote."""
    spoiled = any(answer.status in (*BROKEN, Status.STOPPED) or not answer.text.strip() for answer in latest.answers)
    running = any(answer.status in RUNNING for answer in latest.answers)
    return spoiled and not running and not voted and latest.turn.attempt + 1 < settings.ATTEMPTS


def view(battle: Battle, stream: dict[str, Any] | None = None) -> dict[str, Any]:
    """The battle as its voter sees it. Until the vote nothing in it names a contender (P6). Of a deleted one the words are gone."""
    erased, row = hasattr(battle, "erasure"), getattr(battle, "share", None)
    vote = getattr(battle, "vote", None)
    return {
        "id": str(battle.pk),
        "created_at": battle.created_at,
        "state": _state(battle),
        "prompt_id": str(battle.prompt_id) if battle.prompt_id else None,
        "pool": {"guidelines": battle.prompt.pool.guidelines, "voters": battle.prompt.pool.voters} if battle.prompt else None,
        "stream": stream,
        "sides": [answer.side.letter for answer in latest(battle).answers],
        "turns": [] if erased else [turn_view(turn) for turn in battle.said],
        "can": dict(_NOTHING) if erased else _can(battle, latest(battle), voted=vote is not None),
        "vote": reveal(battle, vote) if vote else None,
        "share": link(row) if row else None,
    }


def link(row: Share) -> dict[str, Any]:
    return {"token": row.token, "url": f"/s/{row.token}", "index": row.index}


def _state(battle: Battle) -> str:
    return "deleted" if hasattr(battle, "erasure") else "voted" if hasattr(battle, "vote") else "open"


def is_running(battle: Battle) -> Turn | None:
    """The latest turn, if it still has something to stream."""
    newest = latest(battle)
    return newest.turn if any(answer.status in RUNNING for answer in newest.answers) else None


def turn_view(turn: Turn) -> dict[str, Any]:
    return {
        "number": turn.number,
        "attempt": turn.attempt,
        "prompt": shown(turn),
        "remarks": told(turn.remarks),
        "answers": [_answer(answer) for answer in current(turn.given, turn.attempt)],
    }


def _answer(answer: Answer) -> dict[str, Any]:
    parts = [{"type": kind, "text": text} for kind, text in (("reasoning", answer.reasoning), ("text", answer.text)) if text]
    return {
        "side": answer.side.letter,
        "status": answer.status,
        "parts": parts,
        "truncated": answer.truncated,
        "error": {"code": answer.error, "message": ERROR_SENTENCES[answer.error]} if answer.error else None,
        "remarks": told(answer.remarks),
    }


def _can(battle: Battle, latest: Latest, *, voted: bool) -> dict[str, Any]:
    running = any(answer.status in RUNNING for answer in latest.answers)
    broken = any(answer.status in BROKEN for answer in latest.answers)
    readable = all(answer.text.strip() for answer in latest.answers) and not broken
    return {
        "vote": [] if voted else [outcome.value for outcome in outcomes(len(latest.answers))] if readable else [Outcome.SKIP.value],
        "follow_up": not running and not broken and not one_turn(battle) and latest.turn.number + 1 < settings.TURNS,
        "ask_again": may_ask_again(latest, voted=voted),
        "stop": running,
    }


def reveal(battle: Battle, vote: Vote) -> dict[str, Any]:
    """Everything that the vote unlocks; after a skip in a panel's battle, what can be told before others have judged."""
    judged = next(turn for turn in battle.said if turn.number == vote.turn)
    answers = current(judged.given, vote.attempt)
    wait = waiting.names_wait(battle)
    after = {} if wait else _after(vote)
    return {
        "outcome": vote.outcome,
        "cast_at": vote.at,
        "turn": vote.turn,
        "attempt": vote.attempt,
        "rated": vote.rated,
        "unrated_reason": vote.unrated_reason or None,
        "board": BOARD,
        "seq": vote.seq,
        "names_wait": wait,
        "sides": [_revealed(answer, vote, after, wait=wait) for answer in answers],
        "points": {
            "awarded": vote.award,
            "reason": vote.award_reason,
            "policy": vote.reward_policy,
            "available_at": vote.available_at,
        },
        "receipt": {"commit": bytes(vote.commit).hex(), "salt": None if wait else salt_of(battle, vote), "time": vote.at},
    }


def salt_of(battle: Battle, vote: Vote) -> str | None:
    """What opens the vote's rating part. None while somebody in it is hidden: with the salt, a guess at the name could be proved right."""
    return None if trials.is_closed(battle) else bytes(vote.salt.rating).hex()


def _after(vote: Vote) -> dict[str, Any]:
    """Where the sides stand now, once the board contains the vote."""
    board = None if vote.seq is None else Board.objects.filter(slug=BOARD).first()
    if vote.seq is None or board is None or board.last_seq < vote.seq:
        return {}
    return ratings.standings_of(BOARD, vote.contenders)


def _revealed(answer: Answer, vote: Vote, after: dict[str, Any], *, wait: bool) -> dict[str, Any]:
    key = str(answer.side.contender_id)
    waited = _seconds(answer.started_at, answer.first_token_at)
    wrote = _seconds(answer.first_token_at, answer.finished_at)
    contender = answer.side.contender
    measured = {
        "first_token_ms": None if waited is None else round(waited * 1000),
        "tokens_per_second": round(answer.output_tokens / wrote, 1) if answer.output_tokens and wrote else None,
        "tokens": {"input": answer.input_tokens, "output": answer.output_tokens},
        "cost_usd": _cost(answer),
    }
    return {
        "side": answer.side.letter,
        "contender": unnamed() if wait else describe(contender),
        "rank": rank_of(vote, answer.side),
        "before": None if wait else vote.standings.get(key),
        "after": after.get(key),
        # How it counts tokens and what it costs would be as good as a name.
        **(_UNMEASURED if wait or contender.hidden else measured),
        "names_itself": answer.side.position in vote.naming,
    }


def rank_of(vote: Vote, side: Side) -> int | None:
    """Its place in the vote, 0 the best; None where none was given."""
    return vote.ranks[side.position] if vote.ranks else None


def _seconds(begin: Any, end: Any) -> float | None:
    return (end - begin).total_seconds() if begin and end else None


def _cost(answer: Answer) -> str | None:
    contender = answer.side.contender
    if None in (answer.input_tokens, answer.output_tokens, contender.price_input, contender.price_output):
        return None
    total = answer.input_tokens * contender.price_input + answer.output_tokens * contender.price_output
    return f"{total / 1_000_000:.6f}"


def summaries(battles: Sequence[Battle]) -> list[dict[str, Any]]:
    """Lines of a voter's history; names only once revealed."""
    wait = waiting.waiting(battles)
    return [_summary(battle, named=hasattr(battle, "vote") and battle.pk not in wait) for battle in battles]


def _summary(battle: Battle, *, named: bool) -> dict[str, Any]:
    vote = getattr(battle, "vote", None)
    answers = latest(battle).answers
    return {
        "id": str(battle.pk),
        "created_at": battle.created_at,
        "prompt": words(battle.said[0])[:200],
        "turns": len(battle.said),
        "state": _state(battle),
        "outcome": vote.outcome if vote else None,
        "sides": [
            {
                "side": answer.side.letter,
                "contender": name_of(answer.side.contender) if named else None,
                "rank": rank_of(vote, answer.side) if vote else None,
            }
            for answer in answers
        ],
        "points": vote.award if vote else 0,
    }


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
