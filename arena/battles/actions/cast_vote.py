"""The vote: one transaction for the judgement, its commitment, its place in the log's queue, and its points."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import connection, transaction

from arena import clock, metrics
from arena.battles import blindness, budgets, openings, panels, queries, rewards, trials, whole
from arena.battles.actions import converse
from arena.battles.ballots import Ballot, ranks_of
from arena.battles.models import BROKEN, Battle, Outcome, Side, Vote, VoteSalt
from arena.errors import AlreadyVoted, BattleFailed, NothingToJudge, PoolSpent, SeatTaken, StaleAttempt
from arena.ledger import actions as ledger
from arena.ledger import queries as ledger_queries
from arena.ledger.models import Account
from arena.ratings import queries as ratings
from arena.users import queries as users
from arena.users.models import User
from arena.users.vouching import VOUCHED, vouched
from arena.votelog import actions as votelog
from arena.votelog import commitment

log = structlog.get_logger("arena.votes")
_WRITE = """
WITH cast_vote AS (
    INSERT INTO battles_vote (id, battle_id, turn, attempt, outcome, contenders, ranks, rated, unrated_reason, naming, standings,
                              award, award_reason, reward_policy, commit, commit_person, at)
    VALUES (%(id)s, %(battle_id)s, %(turn)s, %(attempt)s, %(outcome)s, %(contenders)s::bigint[], %(ranks)s::smallint[], %(rated)s,
            %(unrated_reason)s, %(naming)s::smallint[], %(standings)s::jsonb, %(award)s, %(award_reason)s, %(reward_policy)s,
            %(commit)s, %(commit_person)s, %(at)s)
    RETURNING standings
), salt AS (
    INSERT INTO battles_votesalt (vote_id, rating, person, person_opening) VALUES (%(id)s, %(rating)s, %(person)s, %(opening)s::jsonb)
), context AS (
    INSERT INTO battles_votecontext (vote_id, reasons, comment, measures, network)
    VALUES (%(id)s, %(reasons)s::jsonb, %(comment)s, %(measures)s::jsonb, %(network)s)
)
SELECT standings FROM cast_vote
"""
# By guests, and by accounts that nothing stands behind. What somebody earned before they got an account counts as a guest's.
_EARNED_BY_GUESTS = f"""
SELECT coalesce(sum(v.award), 0) FROM battles_votecontext c
JOIN battles_vote v ON v.id = c.vote_id JOIN battles_battle b ON b.id = v.battle_id JOIN users_user u ON u.id = b.voter_id
WHERE c.network = %s AND v.at >= %s AND (NOT {VOUCHED} OR v.at < u.registered_at)
"""


@transaction.atomic
def cast_vote(*, battle_id: uuid.UUID, voter: User, ballot: Ballot) -> Vote:
    """Record the voter's judgement of a battle, once (P1); the same judgement again gives the same vote, its battle whole.

    Raises NotFound, InvalidInput (not for a battle of so many sides), AlreadyVoted (another outcome or ranking was cast), StaleAttempt,
    BattleFailed (only a skip is possible), NothingToJudge, SeatTaken (too late for a panel or a pool's budget that is full).
    """
    battle = converse.lock(battle_id, voter)
    latest = queries.latest(battle)
    ranks = ranks_of(ballot, [answer.side.letter for answer in latest.answers])
    if hasattr(battle, "vote"):
        if (battle.vote.outcome, battle.vote.ranks) != (ballot.outcome, ranks):
            raise AlreadyVoted("You have already voted on this battle; a vote cannot be changed.")
        return battle.vote
    _check(ballot, latest)
    if ballot.outcome != Outcome.SKIP and panels.is_late(battle):
        _find_place(battle)
    if converse.halt(latest.answers):
        battle = whole.again(battle)
    vote = _record(battle, voter, ballot, ranks)
    panels.give_up(vote.battle)
    return vote


def _find_place(battle: Battle) -> None:
    """Who comes late finds a place in the pool's budget and on the panel, or raises SeatTaken. Held in the order in which a battle is opened."""
    assert battle.prompt is not None
    try:
        budgets.require_room(battle.prompt.pool)
    except PoolSpent as error:
        raise SeatTaken("Others have voted while you were away, and no more votes are wanted. Skip this battle.") from error
    if not panels.has_seat(battle):
        raise SeatTaken("Others have judged these answers while you were away. Skip this battle and take another prompt.")


def _check(ballot: Ballot, latest: queries.Latest) -> None:
    if (ballot.turn, ballot.attempt) != (latest.turn.number, latest.turn.attempt):
        raise StaleAttempt("The conversation has moved on; look at the latest answers and vote on those.")
    if ballot.outcome == Outcome.SKIP:
        return
    if any(answer.status in BROKEN for answer in latest.answers):
        raise BattleFailed("A side could not answer. Ask again, or skip this battle.")
    if not all(answer.text.strip() for answer in latest.answers):
        raise NothingToJudge("Wait until every side has begun to answer.")


def _record(battle: Battle, voter: User, ballot: Ballot, ranks: list[int]) -> Vote:
    now, id = clock.now(), clock.new_id()
    sides = [answer.side for answer in queries.latest(battle).answers]
    naming = _naming(battle, sides)
    spoiled = "skip" if ballot.outcome == Outcome.SKIP else "names_itself" if naming else ""
    unrated = "private_test" if trials.stood_in(battle) else spoiled or _quarantined(sides)
    # Care is paid for also where the arena has its own reasons not to count the vote: the voter could not know of them.
    till = None if spoiled else ledger.accounts_for_award(voter.pk)
    award = _award(voter, ballot, rated=not spoiled, now=now)
    vote = Vote(
        id=id,
        battle=battle,
        turn=ballot.turn,
        attempt=ballot.attempt,
        outcome=ballot.outcome,
        contenders=[side.contender_id for side in sides],
        ranks=ranks,
        rated=not unrated,
        unrated_reason=unrated,
        naming=naming,
        standings=ratings.standings_of(converse.BOARD, [side.contender_id for side in sides]),
        award=award.points,
        award_reason=award.reason,
        reward_policy=award.policy,
        at=now,
    )
    salt = _seal(vote, sides, voter, ballot)
    _write(vote, salt, ballot)
    votelog.submit(kind="vote", subject=id, commit=bytes(vote.commit), commit_person=bytes(vote.commit_person))
    vote.seq, vote.available_at = None, _pay(*till, vote) if till and vote.award else None
    transaction.on_commit(lambda: _tell(vote))
    return vote


def _quarantined(sides: Sequence[Side]) -> str:
    """Why a vote is not rated while somebody in it may not be who they were; empty when nobody is under that doubt."""
    return "quarantine" if any(side.contender.quarantined_at for side in sides) else ""


def _seal(vote: Vote, sides: Sequence[Side], voter: User, ballot: Ballot) -> VoteSalt:
    """Commit the vote to its two openings; gives the salts that open them."""
    person = openings.person_part(
        secret=settings.SECRET_KEY.encode(),
        person=voter.pk,
        at=vote.at,
        award=vote.award,
        reason=vote.award_reason,
        dwell=openings.dwell_class(ballot.measures.get("vote_ms")),
    )
    salt = VoteSalt(vote=vote, rating=clock.new_salt(), person=clock.new_salt(), person_opening=person)
    vote.commit = commitment.commit(bytes(salt.rating), queries.rating_opening(vote, [side.contender.slug for side in sides]))
    vote.commit_person = commitment.commit(bytes(salt.person or b""), person)
    whole.join(vote.battle, "vote", vote)
    whole.join(vote, "salt", salt)
    return salt


def _write(vote: Vote, salt: VoteSalt, ballot: Ballot) -> None:
    """The vote, its salts and its context, by one statement."""
    named = {
        **{field.attname: getattr(vote, field.attname) for field in Vote._meta.concrete_fields},
        "standings": json.dumps(vote.standings),
        "rating": salt.rating,
        "person": salt.person,
        "opening": json.dumps(salt.person_opening),
        "reasons": json.dumps(ballot.reasons),
        "comment": ballot.comment,
        "measures": json.dumps(ballot.measures),
        "network": ballot.network,
    }
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, named)
        vote.standings = json.loads(cursor.fetchone()[0])  # names in the order that is stored, so that every reply is the same
    for row in (vote, salt):
        row._state.adding = False


def _tell(vote: Vote) -> None:
    """One line and three counts for a vote that is committed; who cast it is not said."""
    metrics.VOTES.labels(vote.outcome).inc()
    metrics.POINTS.inc(vote.award)
    log.info("vote cast", battle=str(vote.battle_id), outcome=vote.outcome, rated=vote.rated, points=vote.award)


def _naming(battle: Battle, sides: Sequence[Side]) -> list[int]:
    """Positions whose answers, in any turn, gave their own name away."""
    asked = "\n".join(queries.prompt_texts(battle))
    told = queries.texts_by_position(battle)
    found = []
    for side in sides:
        if blindness.names_itself(told.get(side.position, ""), asked, queries.identity(side.contender)):
            found.append(side.position)
    return found


def _award(voter: User, ballot: Ballot, *, rated: bool, now: datetime) -> rewards.Award:
    """Decide the points while the person's account is held (and, where nobody vouches for them, their network), so that no cap is overrun."""
    like_a_guest = rated and not vouched(voter)
    facts = rewards.VoteFacts(outcome=ballot.outcome, rated=rated, is_guest=like_a_guest, earned_today=0)
    if rated:
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        shared = _earned_by_guests(ballot.network, today) if like_a_guest and ballot.network else 0
        own = ledger_queries.earned_since(today, *users.selves(voter))
        facts = replace(facts, earned_today=own, network_earned_today=shared)
    return rewards.decide(facts, queries.reward_policy())


def _earned_by_guests(network: str, since: datetime) -> int:
    """Points of all of a network who are held like guests; it is held against others until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"network:{network}"])
        cursor.execute(_EARNED_BY_GUESTS, [network, since])
        return int(cursor.fetchone()[0])


def _pay(source: Account, target: Account, vote: Vote) -> datetime:
    """Award the vote's points; gives when they may be spent."""
    ledger.post(
        key=whole.award_key(vote),
        source=source,
        target=target,
        amount=vote.award,
        kind="award",
        reason=vote.award_reason,
        policy=vote.reward_policy,
        subject=vote.battle_id,
        hold_seconds=settings.HOLD_SECONDS,
        at=vote.at,
    )
    return vote.at + timedelta(seconds=settings.HOLD_SECONDS)
