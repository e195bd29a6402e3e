"""Sitting down at a panel: a battle that shows again the answers of another one, to another voter."""

from typing import Any

from django.db import transaction

from arena import clock, metrics
from arena.battles import panels, whole
from arena.battles.models import Answer, Battle, Panel, Side, Status, Turn
from arena.prompts import budgets
from arena.prompts.models import Prompt
from arena.users.models import User

_COPIED = ("text", "reasoning", "truncated", "remarks", "input_tokens", "output_tokens", "started_at", "first_token_at", "finished_at")


def join_panel(*, voter: User, prompt: Prompt, content: list[dict[str, Any]], publish: bool, network: str = "") -> Battle | None:
    """A new battle of this person on a panel of the prompt, put in these very parts, that has a seat for them, if there is one; the prompt is held until the end.

    Nothing is asked of a provider: the answers are there at once. Blind as any: the sides are shuffled anew, from a seed of its own, and
    nobody else of the same network (its lasting hash; empty: unknown) has sat there, unless this person is vouched for. A prompt whose
    pool wants one voter has no panel.
    """
    if not prompt.pool.shared_answers:
        return None
    budgets.hold("panels", prompt.pk)
    panels.close_done(prompt)
    for source, its_voter in panels.free_for(panels.Newcomer.of(voter, network), prompt):
        battle = panels.kept(source, its_voter)
        if battle is None:
            continue
        if answers := panels.good_answers(battle, prompt.pool, content):
            panels.remember(source, network)
            return _sit_down(battle, answers, voter, prompt, publish)
        if not panels.may_improve(battle):
            Panel.objects.filter(pk=source).update(closed=True)
    return None


def convene(battle: Battle, prompt: Prompt | None, network: str) -> None:
    """Let others judge what will be answered in this battle, begun from this network, if its pool wants that."""
    if prompt is not None and prompt.pool.shared_answers:
        Panel.objects.create(battle=battle, prompt=prompt)
        panels.remember(battle.pk, network)


def _sit_down(source: Battle, answers: list[Answer], voter: User, prompt: Prompt, publish: bool) -> Battle:
    seed, now = clock.new_seed(), clock.now()
    drawn = ("category", "language", "classifier", "candidates", "standings_seq", "policy", "probability")
    battle = Battle.objects.create(
        voter=voter,
        prompt=prompt,
        reuses=source,
        seed=seed,
        publish=publish,
        created_at=now,
        **{name: getattr(source, name) for name in drawn},
    )
    rng = clock.rng(seed)
    order = sorted(answers, key=lambda answer: rng.random())
    sides = Side.objects.bulk_create([_side(battle, place, answer.side) for place, answer in enumerate(order)])
    turn = Turn(battle=battle, number=0, content=source.said[0].content, created_at=now)
    turn.save()
    turn.given = Answer.objects.bulk_create(
        [
            Answer(turn=turn, side=side, attempt=0, status=Status.DONE, **{name: getattr(answer, name) for name in _COPIED})
            for side, answer in zip(sides, order, strict=True)
        ]
    )
    whole.begun(battle, turn)
    transaction.on_commit(metrics.BATTLES.inc)
    return battle


def _side(battle: Battle, position: int, of: Side) -> Side:
    return Side(battle=battle, position=position, draw=of.draw, contender=of.contender, probability=of.probability)
