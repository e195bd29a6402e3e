"""One battle with all that was said in it and what came of it, by two statements: read at each vote, each look and each step.

Rows become the models' own instances, their relations set, so that whoever holds a battle reads on without asking the database.
"""

import json
from collections.abc import Sequence
from typing import Any, Generic, TypeVar, cast
from uuid import UUID

from django.db import connection
from django.db.models import JSONField, Model

from arena.battles.models import Answer, Battle, Erasure, Share, Side, Turn, Vote, VoteSalt
from arena.contenders.models import Contender
from arena.ledger import queries as ledger
from arena.prompts.models import Pool, Prompt
from arena.votelog import queries as votelog

M = TypeVar("M", bound=Model)


class _Table(Generic[M]):
    """A model's columns in a statement of ours, under an alias, and its instance out of a row."""

    def __init__(self, model: type[M], alias: str):
        fields = model._meta.concrete_fields
        self.model, self.width = model, len(fields)
        self.columns = ", ".join(f"{alias}.{field.column}" for field in fields)
        self.names = [field.attname for field in fields]
        self.key = next(place for place, field in enumerate(fields) if field.primary_key)
        self.json = [(place, field) for place, field in enumerate(fields) if isinstance(field, JSONField)]

    def instance(self, values: list[Any]) -> M | None:
        """None where an outer join found nothing."""
        if values[self.key] is None:
            return None
        for place, field in self.json:
            values[place] = None if values[place] is None else json.loads(values[place], cls=field.decoder)
        return self.model.from_db(connection.alias, self.names, values)


class _Tables:
    """Several in one statement."""

    def __init__(self, *tables: _Table[Any]):
        self.tables = tables
        self.columns = ", ".join(table.columns for table in tables)

    def instances(self, row: Sequence[Any]) -> list[Any]:
        found, begin = [], 0
        for table in self.tables:
            found.append(table.instance(list(row[begin : begin + table.width])))
            begin += table.width
        return found


_BATTLE = _Tables(
    _Table(Battle, "b"),
    _Table(Prompt, "p"),
    _Table(Pool, "o"),
    _Table(Vote, "v"),
    _Table(VoteSalt, "x"),
    _Table(Erasure, "e"),
    _Table(Share, "h"),
)
_READ_BATTLE = f"""
SELECT {_BATTLE.columns} FROM battles_battle b
LEFT JOIN prompts_prompt p ON p.id = b.prompt_id LEFT JOIN prompts_pool o ON o.id = p.pool_id
LEFT JOIN battles_vote v ON v.battle_id = b.id LEFT JOIN battles_votesalt x ON x.vote_id = v.id
LEFT JOIN battles_erasure e ON e.battle_id = b.id LEFT JOIN battles_share h ON h.battle_id = b.id
WHERE b.id = %s AND b.voter_id = ANY(%s)
"""
_SAID = _Tables(_Table(Turn, "t"), _Table(Answer, "a"), _Table(Side, "s"), _Table(Contender, "c"))
_READ_SAID = f"""
SELECT {_SAID.columns} FROM battles_turn t
JOIN battles_answer a ON a.turn_id = t.id JOIN battles_side s ON s.id = a.side_id JOIN contenders_contender c ON c.id = s.contender_id
WHERE t.battle_id = %s ORDER BY t.number, a.attempt, s.position, s.draw
"""


def read(id: UUID, voters: list[UUID]) -> Battle | None:
    """The battle with this id, if it is one of these people's."""
    with connection.cursor() as cursor:
        cursor.execute(_READ_BATTLE, [id, voters])
        row = cursor.fetchone()
        if row is None:
            return None
        cursor.execute(_READ_SAID, [id])
        said = cursor.fetchall()
    battle, prompt, pool, vote, salt, erasure, share = _BATTLE.instances(row)
    if prompt:
        join(prompt, "pool", pool)
    if vote:
        join(vote, "salt", salt)
        join(vote, "battle", battle)
        vote.seq = votelog.seq_of("vote", vote.pk)
        vote.available_at = ledger.award_available_at(award_key(vote)) if vote.award else None
    for name, value in (("prompt", prompt), ("vote", vote), ("erasure", erasure), ("share", share)):
        join(battle, name, value)
    battle.said = _turns(battle, said)
    return cast(Battle, battle)


def award_key(vote: Vote) -> str:
    """The key of the transfer that pays for a vote."""
    return f"award:{vote.pk}"


def again(battle: Battle) -> Battle:
    """The same battle, as it is now."""
    found = read(battle.pk, [battle.voter_id])
    assert found is not None
    return found


def begun(battle: Battle, turn: Turn) -> None:
    """Make a battle whole that was just stored with its first turn: nothing has come of it yet."""
    battle.said = [turn]
    for name in ("vote", "erasure", "share"):
        join(battle, name, None)


def join(one: Model, name: str, other: Model | None) -> None:
    """Set a relation to one, or to none, as if the database had been asked."""
    one._meta.get_field(name).set_cached_value(one, other)  # type: ignore[union-attr]


def _turns(battle: Battle, rows: Sequence[Sequence[Any]]) -> list[Turn]:
    turns: dict[int, Turn] = {}
    sides: dict[int, Side] = {}
    for row in rows:
        turn, answer, side, contender = _SAID.instances(row)
        if turn.pk not in turns:
            join(turn, "battle", battle)
            turns[turn.pk], turn.given = turn, []
        if side.pk not in sides:
            join(side, "contender", contender)
            sides[side.pk] = side
        join(answer, "turn", turns[turn.pk])
        join(answer, "side", sides[side.pk])
        turns[turn.pk].given.append(answer)
    return list(turns.values())
