"""The vote: one transaction for the judgement, its commitment, its place in the log's queue, and its points."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q, Sum
from django.utils.translation import gettext as _

from arena import clock, metrics
from arena.battles import blindness, openings, queries, rewards
from arena.battles.actions import converse
from arena.battles.models import BROKEN, Battle, Outcome, Vote, VoteContext, VoteSalt
from arena.errors import AlreadyVoted, BattleFailed, NothingToJudge, StaleAttempt
from arena.ledger import actions as ledger
from arena.ledger import queries as ledger_queries
from arena.ledger.models import Account, Kind
from arena.ratings import queries as ratings
from arena.users import queries as users
from arena.users.models import User
from arena.votelog import actions as votelog
from arena.votelog import commitment

log = structlog.get_logger("arena.votes")
RANKS: Mapping[str, list[int]] = {
    Outcome.A: [0, 1],
    Outcome.B: [1, 0],
    Outcome.TIE: [0, 0],
    Outcome.BOTH_BAD: [0, 0],
    Outcome.SKIP: [],
}


@dataclass(frozen=True, slots=True)
class Ballot:
    """What the voter sends: the judgement, which turn and attempt it is about, and how it came about."""

    outcome: str
    turn: int
    attempt: int
    reasons: dict[str, list[str]] = field(default_factory=dict)
    comment: str = ""
    measures: dict[str, Any] = field(default_factory=dict)
    network: str = ""


@transaction.atomic
def cast_vote(*, battle_id: uuid.UUID, voter: User, ballot: Ballot) -> Vote:
    """Record the voter's judgement of a battle, once (P1); the same judgement again gives the same vote.

    Raises NotFound, AlreadyVoted (another outcome was cast), StaleAttempt, BattleFailed (only a skip is possible), NothingToJudge.
    """
    battle = converse.lock(battle_id, voter)
    if cast := Vote.objects.filter(battle=battle).first():
        if cast.outcome != ballot.outcome:
            raise AlreadyVoted(_("You have already voted on this battle; a vote cannot be changed."))
        return cast
    latest = queries.latest(battle)
    _check(ballot, latest)
    converse.halt(latest.answers)
    return _record(battle, voter, ballot, latest)


def _check(ballot: Ballot, latest: queries.Latest) -> None:
    if (ballot.turn, ballot.attempt) != (latest.turn.number, latest.turn.attempt):
        raise StaleAttempt(_("The conversation has moved on; look at the latest answers and vote on those."))
    if ballot.outcome == Outcome.SKIP:
        return
    if any(answer.status in BROKEN for answer in latest.answers):
        raise BattleFailed(_("A side could not answer. Ask again, or skip this battle."))
    if not all(answer.text.strip() for answer in latest.answers):
        raise NothingToJudge(_("Wait until both sides have begun to answer."))


def _record(battle: Battle, voter: User, ballot: Ballot, latest: queries.Latest) -> Vote:
    now, id = clock.now(), clock.new_id()
    naming = _naming(battle, latest)
    unrated = "skip" if ballot.outcome == Outcome.SKIP else "names_itself" if naming else ""
    account = ledger.account(Kind.PENDING, voter.pk)
    award = _award(account, voter, ballot, rated=not unrated, now=now)
    sides = [answer.side for answer in latest.answers]
    salt = VoteSalt(vote_id=id, rating=clock.new_salt(), person=clock.new_salt())
    person = openings.person_part(
        secret=settings.SECRET_KEY.encode(),
        person=voter.pk,
        at=now,
        award=award.points,
        reason=award.reason,
        dwell=openings.dwell_class(ballot.measures.get("vote_ms")),
    )
    vote = Vote(
        id=id,
        battle=battle,
        turn=ballot.turn,
        attempt=ballot.attempt,
        outcome=ballot.outcome,
        contenders=[side.contender_id for side in sides],
        ranks=RANKS[ballot.outcome],
        rated=not unrated,
        unrated_reason=unrated,
        naming=naming,
        standings=ratings.standings_of(converse.BOARD, [side.contender_id for side in sides]),
        award=award.points,
        award_reason=award.reason,
        reward_policy=award.policy,
        at=now,
    )
    opening = queries.rating_opening(vote, [side.contender.slug for side in sides])
    vote.commit = commitment.commit(bytes(salt.rating), opening)
    vote.commit_person = commitment.commit(bytes(salt.person or b""), person)
    vote.save(force_insert=True)
    salt.person_opening = person
    salt.save(force_insert=True)
    VoteContext.objects.create(vote=vote, reasons=ballot.reasons, comment=ballot.comment, measures=ballot.measures, network=ballot.network)
    votelog.submit(kind="vote", subject=id, commit=vote.commit, commit_person=vote.commit_person)
    _pay(account, vote)
    transaction.on_commit(lambda: _tell(vote))
    return vote


def _tell(vote: Vote) -> None:
    """One line and three counts for a vote that is committed; who cast it is not said."""
    metrics.VOTES.labels(vote.outcome).inc()
    metrics.POINTS.inc(vote.award)
    log.info("vote cast", battle=str(vote.battle_id), outcome=vote.outcome, rated=vote.rated, points=vote.award)


def _naming(battle: Battle, latest: queries.Latest) -> list[int]:
    """Positions whose answers, in any turn, gave their own name away."""
    asked = "\n".join(queries.prompt_texts(battle))
    told = queries.texts_by_position(battle)
    found = []
    for answer in latest.answers:
        contender = answer.side.contender
        own = blindness.Identity(name=contender.name, vendor=contender.vendor, aliases=tuple(contender.aliases))
        if blindness.names_itself(told.get(answer.side.position, ""), asked, own):
            found.append(answer.side.position)
    return found


def _award(account: Account, voter: User, ballot: Ballot, *, rated: bool, now: datetime) -> rewards.Award:
    """Decide the points under a lock on the person's account (and, for guests, on their network), so that no cap is overrun."""
    Account.objects.select_for_update().get(pk=account.pk)
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    shared = 0
    if voter.is_guest and ballot.network:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"network:{ballot.network}"])
        as_guest = Q(battle__voter__is_guest=True) | Q(at__lt=F("battle__voter__registered_at"))
        earned = Vote.objects.filter(as_guest, context__network=ballot.network, at__gte=today)
        shared = earned.aggregate(total=Sum("award"))["total"] or 0
    facts = rewards.VoteFacts(
        outcome=ballot.outcome,
        rated=rated,
        is_guest=voter.is_guest,
        earned_today=ledger_queries.earned_since(today, *users.selves(voter)),
        network_earned_today=shared,
    )
    return rewards.decide(facts, queries.reward_policy())


def _pay(account: Account, vote: Vote) -> None:
    if vote.award:
        ledger.post(
            key=queries.award_key(vote),
            source=ledger.account(Kind.ISSUANCE),
            target=account,
            amount=vote.award,
            kind="award",
            reason=vote.award_reason,
            policy=vote.reward_policy,
            subject=vote.battle_id,
            hold_seconds=settings.HOLD_SECONDS,
            at=vote.at,
        )
