"""Opening a battle, going on with it, asking again, stopping it; each gives the battle, whole, as it is then."""

import uuid
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from arena import clock, metrics
from arena.battles import budgets, pairing, queries, trials, whole
from arena.battles.actions.join import convene, join_panel
from arena.battles.models import BROKEN, RUNNING, Answer, Battle, Side, Status, Turn
from arena.contenders.models import Contender
from arena.errors import InvalidInput, NoContenders, NotFound, StillStreaming, TooLarge, TurnLimit
from arena.moderation import actions as moderation
from arena.moderation.categories import Finding, remarks
from arena.prompts import queries as prompts
from arena.prompts.classify import Labels, classify
from arena.prompts.models import MIN_SIDES, Prompt
from arena.providers import queries as providers
from arena.ratings import queries as ratings
from arena.users import queries as users
from arena.users.models import User

BOARD = "overall"
HEALED_AT_ONCE = 100


@transaction.atomic
def open_battle(
    *, voter: User, text: str = "", prompt_id: uuid.UUID | None = None, asked: Sequence[Finding] = (), network: str = ""
) -> Battle:
    """Draw blind contenders for a prompt of a pool, as many as it asks for or there are, or two for one of the voter's own.

    Where several people are to judge the same answers and some wait for it, those are shown instead. Stored with it: seed, candidates,
    standings seq, and the probability with which this unordered set was drawn. asked: what a checker outside has found in the text.
    network: the lasting hash of where they are, for panels. A pool's prompts are the operators' own words and not checked. Raises
    ConsentRequired, InvalidInput, TooLarge, ContentBlocked, NotFound (no such prompt), NoContenders, BudgetSpent, ShareSpent, PoolSpent.
    """
    users.hold_present(voter)
    consent = users.require_consent(voter)
    prompt = prompts.active_prompt(prompt_id) if prompt_id else None
    content = put(prompt) if prompt else typed(text)
    publish = consent.publish and not (prompt and prompt.held_out)
    if prompt:
        budgets.require_room(prompt.pool)
        if joined := join_panel(voter=voter, prompt=prompt, content=content, publish=publish, network=network):
            return joined
    budgets.require_budget(voter, prompt)
    found = () if prompt else moderation.check_prompt(text, asked)
    battle, sides = _drawn(voter, prompt, labels=_labels(prompt, text), publish=publish)
    turn = Turn(battle=battle, number=0, content=content, remarks=remarks(found))
    _ask(turn, sides)
    moderation.flag("prompt", str(turn.pk), found)
    convene(battle, prompt, network)
    whole.begun(battle, turn)
    transaction.on_commit(metrics.BATTLES.inc)
    return battle


def _labels(prompt: Prompt | None, text: str) -> Labels:
    return Labels(prompt.category, prompt.language, "pool") if prompt else classify(text)


def _drawn(voter: User, prompt: Prompt | None, *, labels: Labels, publish: bool) -> tuple[Battle, list[Side]]:
    """A battle and the contenders that chance gave it, stored with all that the draw depended on."""
    ready, hidden = _ready(prompt)
    candidates, standings_seq = ratings.candidates(BOARD, ready)
    seed, rules = clock.new_seed(), queries.pairing_policy()
    drawable = [pairing.Candidate(row.contender, row.vendor, row.mu, row.sigma, row.votes) for row in candidates]
    sides = _sides(prompt, len(drawable))
    choice, tried = trials.draw(drawable, hidden, seed, sides) or (_choose(drawable, rules, seed, sides), None)
    battle = Battle.objects.create(
        voter=voter,
        prompt=prompt,
        **labels._asdict(),
        seed=seed,
        candidates=[candidate.contender for candidate in drawable],
        standings_seq=standings_seq,
        policy=trials.label() if tried else rules.label,
        probability=choice.probability,
        publish=publish,
        created_at=clock.now(),
    )
    places = [
        Side(battle=battle, position=position, contender_id=contender, private_test=contender == tried)
        for position, contender in enumerate(choice.sides)
    ]
    return battle, Side.objects.bulk_create(places)


def _ready(prompt: Prompt | None) -> tuple[list[Contender], list[Contender]]:
    """Who can answer now, and who is in private test: of a pool that names its contenders those alone, and none in test.

    Nor where several people judge the same answers: each of them would meet the test.
    """
    ready, hidden = providers.drawable()
    if prompt is None:
        return ready, hidden
    wanted, alone = prompt.pool.contenders, prompt.pool.contenders or prompt.pool.shared_answers
    return [contender for contender in ready if not wanted or contender.slug in wanted], [] if alone else hidden


def _choose(drawable: list[pairing.Candidate], rules: pairing.Policy, seed: int, sides: int) -> pairing.Choice:
    try:
        return pairing.choose(drawable, rules, clock.rng(seed), sides=sides)
    except pairing.NotEnoughContenders as error:
        raise NoContenders(
            "Fewer than two contenders can answer now. Your prompt was not stored; try again later.", retry_after=30
        ) from error


@transaction.atomic
def add_turn(*, battle_id: uuid.UUID, voter: User, text: str, asked: Sequence[Finding] = ()) -> Battle:
    """Ask every side a follow-up. Raises StillStreaming, TurnLimit, InvalidInput, ContentBlocked; BattleFailed has to be asked again first."""
    battle = lock(battle_id, voter)
    latest = queries.latest(battle)
    _refuse_while_running(latest)
    if any(answer.status in BROKEN for answer in latest.answers):
        raise StillStreaming("A side has failed; ask again before you go on.")
    if latest.turn.number + 1 >= settings.TURNS:
        raise TurnLimit("This conversation is as long as it may be. Vote, or begin a new one.")
    if queries.one_turn(battle):
        raise TurnLimit("Several people judge these answers. Vote first, or come back when they have; then you can go on.")
    content = typed(text)
    found = moderation.check_prompt(text, asked)
    budgets.require_budget(voter, battle.prompt)
    turn = Turn(battle=battle, number=latest.turn.number + 1, content=content, remarks=remarks(found))
    _ask(turn, [answer.side for answer in latest.answers])
    moderation.flag("prompt", str(turn.pk), found)
    return whole.again(battle)


@transaction.atomic
def ask_again(*, battle_id: uuid.UUID, voter: User) -> Battle:
    """Put the latest prompt to every side again, as a new attempt that the vote will name."""
    battle = lock(battle_id, voter)
    latest = queries.latest(battle)
    _refuse_while_running(latest)
    if not queries.may_ask_again(latest, voted=hasattr(battle, "vote")):
        raise TurnLimit("This prompt cannot be asked again: vote, skip, or begin a new battle.")
    budgets.require_budget(voter, battle.prompt)
    latest.turn.attempt += 1
    _ask(latest.turn, [answer.side for answer in latest.answers])
    return whole.again(battle)


@transaction.atomic
def stop(*, battle_id: uuid.UUID, voter: User, side: str | None = None) -> Battle:
    """Ask for no more of one side, or of all; what was written is kept. Harmless when they have ended."""
    battle = lock(battle_id, voter)
    chosen = [answer for answer in queries.latest(battle).answers if side is None or answer.side.letter == side]
    if not chosen:
        raise InvalidInput("This battle has no such side.")
    return whole.again(battle) if halt(chosen) else battle


def halt(answers: list[Answer]) -> bool:
    """Stop answers that are being written (their writer sees it within a moment) and those not begun; whether there were any."""
    ids = [answer.pk for answer in answers if answer.status in RUNNING]
    if not ids:  # what has ended never runs again
        return False
    Answer.objects.filter(pk__in=ids, status=Status.PENDING).update(status=Status.STOPPED, stop_requested=True, finished_at=clock.now())
    Answer.objects.filter(pk__in=ids, status=Status.STREAMING).update(stop_requested=True)
    return True


def heal(battle: Battle) -> None:
    """Mark answers interrupted whose writer has died: its lease has run out."""
    Answer.objects.filter(turn__battle=battle, status=Status.STREAMING, lease_until__lt=clock.now()).update(
        status=Status.INTERRUPTED, error="interrupted", finished_at=clock.now(), lease_until=None
    )


def heal_abandoned() -> int:
    """Heal the battles whose writer has died and that nobody looks at; gives how many, at most HEALED_AT_ONCE.

    One at a time: what answers used up is counted in rows that other battles wait for.
    """
    late = Answer.objects.filter(status=Status.STREAMING, lease_until__lt=clock.now())
    battles = Battle.objects.filter(pk__in=late.values("turn__battle"))[:HEALED_AT_ONCE]
    for battle in battles:
        heal(battle)
    return len(battles)


def lock(battle_id: uuid.UUID, voter: User) -> Battle:
    """The voter's battle, whole, held against others until the transaction ends.

    Raises NotFound for a stranger's as for none and for a deleted one, NotSignedIn when the voter was deleted or merged meanwhile.
    """
    users.hold_present(voter)
    mine = users.selves(voter)
    with connection.cursor() as cursor:  # first held, then read: what others changed while we waited is seen
        cursor.execute("SELECT 1 FROM battles_battle WHERE id = %s AND voter_id = ANY(%s) FOR UPDATE", [battle_id, mine])
    battle = whole.read(battle_id, mine)
    if battle is None:
        raise NotFound("There is no such battle, or it is not yours.")
    if hasattr(battle, "erasure"):
        raise NotFound("This conversation has been deleted.")
    return healed(battle)


def healed(battle: Battle) -> Battle:
    """The battle, whole, with no answer that still waits for a writer who has died."""
    if not queries.is_abandoned(battle):
        return battle
    heal(battle)
    return whole.again(battle)


def _sides(prompt: Prompt | None, ready: int) -> int:
    """How many sides a battle has: fewer than its pool asks for while fewer can answer, never fewer than two."""
    return max(MIN_SIDES, min(prompt.pool.sides, ready)) if prompt else MIN_SIDES


def typed(text: str) -> list[dict[str, str]]:
    """A prompt as typed parts. Raises InvalidInput for an empty one, TooLarge above the limit."""
    if not text.strip():
        raise InvalidInput("Write a prompt first.", errors=[{"field": "prompt", "message": "must not be empty"}])
    if len(text) > settings.PROMPT_CHARS:
        raise TooLarge(f"A prompt has at most {settings.PROMPT_CHARS} characters; this one has {len(text)}.")
    return [{"text": text, "type": "text"}]  # names in the order that is stored, so that every reply is the same


def put(prompt: Prompt) -> list[dict[str, Any]]:
    """A pool's prompt as typed parts, before them what the contenders alone are told, if anything: a system prompt, how to sample."""
    setting = {"type": "setting", "system": prompt.system, "parameters": prompt.parameters}
    return [setting, *typed(prompt.text)] if prompt.system or prompt.parameters else [*typed(prompt.text)]


def _ask(turn: Turn, sides: list[Side]) -> None:
    turn.save()
    turn.given = Answer.objects.bulk_create([Answer(turn=turn, side=side, attempt=turn.attempt) for side in sides])


def _refuse_while_running(latest: queries.Latest) -> None:
    if any(answer.status in RUNNING for answer in latest.answers):
        raise StillStreaming("Every answer must have ended, or be stopped, first.")
