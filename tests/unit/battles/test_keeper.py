"""The keeper: everybody's answers in one statement, at once for who is in a hurry, and nobody harmed by another."""

import asyncio
from dataclasses import dataclass, field

import psycopg
import pytest

from arena.battles.streaming import keeper, store
from arena.battles.streaming.keeper import Keeper
from arena.battles.streaming.store import AnswerState


@dataclass(eq=False)
class Writer:
    """Writes one answer, and remembers what it was told."""

    id: int
    drawing: bool = False
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.writing = [AnswerState(self.id, 0, 7, "streaming", text="so far")]

    def obey(self, answer: AnswerState, verdict: str) -> None:
        self.told.append(verdict)


@dataclass
class Table:
    """Stands in for the database: `rounds` are the ids that each statement stored."""

    rounds: list[list[int]] = field(default_factory=list)
    poison: set[int] = field(default_factory=set)
    away: bool = False

    async def grow(self, answers: list[AnswerState]) -> dict[int, str]:
        self.rounds.append([answer.id for answer in answers])
        await asyncio.sleep(0)
        if self.away:
            raise psycopg.OperationalError
        if any(answer.id in self.poison for answer in answers):
            raise psycopg.DataError
        return {answer.id: "go on" for answer in answers}


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Table:
    made = Table()
    monkeypatch.setattr(store, "grow", made.grow)
    monkeypatch.setattr(keeper, "FLUSH_SECONDS", 0.05)
    return made


async def kept(*writers: Writer, seconds: float) -> None:
    made = Keeper()
    for writer in writers:
        made.keep(writer)
    await asyncio.sleep(seconds)
    for writer in writers:
        await made.leave(writer)


@pytest.mark.asyncio
async def test_all_are_stored_by_one_statement_a_round(table: Table) -> None:
    await kept(Writer(1), Writer(2), Writer(3), seconds=0.13)
    assert all(sorted(ids) == [1, 2, 3] for ids in table.rounds)
    assert 2 <= len(table.rounds) <= 4


@pytest.mark.asyncio
async def test_a_fault_in_one_round_is_not_the_end_of_the_keeper(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    faults = [ZeroDivisionError, RuntimeError]
    good = table.grow

    async def faulty(answers: list[AnswerState]) -> dict[int, str]:
        if faults:
            raise faults.pop()
        return await good(answers)

    monkeypatch.setattr(store, "grow", faulty)
    writer = Writer(1)
    await kept(writer, seconds=0.3)
    assert not faults
    assert writer.told


@pytest.mark.asyncio
async def test_who_are_in_a_hurry_are_stored_soon_together_and_without_the_others(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "FLUSH_SECONDS", 60)
    made, writers = Keeper(), [Writer(1), Writer(2), Writer(3)]
    for writer in writers:
        made.keep(writer)
    await asyncio.sleep(0.01)
    made.hurry(writers[1])
    await asyncio.sleep(keeper.HURRY_SECONDS / 4)
    made.hurry(writers[2])
    async with asyncio.timeout(5):
        while len(table.rounds) < 2:
            await asyncio.sleep(0.001)
    assert [sorted(ids) for ids in table.rounds] == [[1, 2, 3], [2, 3]]
    for writer in writers:
        await made.leave(writer)
    assert made._task is not None
    made._task.cancel()


@pytest.mark.asyncio
async def test_an_answer_that_the_database_refuses_takes_no_other_with_it(table: Table) -> None:
    table.poison = {2}
    good, bad = Writer(1), Writer(2)
    await kept(good, bad, seconds=0.02)
    assert set(good.told) == {"go on"}
    assert bad.told == []


@pytest.mark.asyncio
async def test_a_database_that_is_away_is_tried_again(table: Table) -> None:
    table.away = True
    writer, made = Writer(1), Keeper()
    made.keep(writer)
    await asyncio.sleep(0.01)
    table.away = False
    await asyncio.sleep(0.12)
    await made.leave(writer)
    assert set(writer.told) == {"go on"}
    assert len(table.rounds) >= 2


@pytest.mark.asyncio
async def test_a_side_that_is_being_drawn_again_is_left_alone(table: Table) -> None:
    drawing, other = Writer(1, drawing=True), Writer(2)
    await kept(drawing, other, seconds=0.02)
    assert table.rounds == [[2]]
    assert drawing.told == []
