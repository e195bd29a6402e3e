"""A side while it is written: its provider's tokens are taken at the moment they come."""

import asyncio
import uuid
from collections.abc import Callable, Sequence

import pytest

from arena.battles.streaming import generation
from arena.battles.streaming.generation import Generation
from arena.battles.streaming.store import AnswerState, RouteRow, TurnState
from arena.providers import registry
from arena.providers.base import Delta, Done, End, Endpoint, Message, Params, Take

ROUTE = RouteRow("generation-test", "scripted", "scripted:", "", [], 10, "m", {})


class Keeper:
    """Notes for whom it was hurried, and whether the reader had been told by then."""

    def __init__(self) -> None:
        self.reader: asyncio.Future[bool] | None = None
        self.told: list[bool] = []

    def hurry(self, who: Generation) -> None:
        self.told.append(self.reader is not None and self.reader.done())


@pytest.fixture
def keeper(monkeypatch: pytest.MonkeyPatch) -> Keeper:
    made = Keeper()
    monkeypatch.setattr(generation, "keeper", lambda: made)
    return made


def written() -> tuple[Generation, AnswerState]:
    answer = AnswerState(1, 0, 7, "streaming")
    made = Generation(TurnState(uuid.uuid4(), 1, 0, 0, [answer], True))
    made.messages = {0: [Message.of("user", "Hello?")]}
    return made, answer


def playing(monkeypatch: pytest.MonkeyPatch, *steps: Delta | Callable[[], None]) -> None:
    """A provider that does these in one go."""

    async def stream(endpoint: Endpoint, messages: Sequence[Message], params: Params, take: Take, *, max_characters: int) -> End:
        for step in steps:
            if isinstance(step, Delta):
                take(step)
            else:
                step()
        return Done("stop")

    monkeypatch.setattr(registry, "open_stream", stream)


@pytest.mark.asyncio
async def test_the_reader_hears_of_the_first_word_before_it_is_stored_and_once(monkeypatch: pytest.MonkeyPatch, keeper: Keeper) -> None:
    made, answer = written()
    playing(monkeypatch, Delta("a"), Delta("hm", "reasoning"), Delta("b"))
    keeper.reader = made.changed()
    assert await made._stream(answer, ROUTE) == Done("stop")
    assert (answer.text, answer.reasoning) == ("ab", "hm")
    assert answer.first_token_at is not None
    assert keeper.told == [True]


@pytest.mark.asyncio
async def test_nothing_is_added_to_an_answer_that_was_stopped(monkeypatch: pytest.MonkeyPatch, keeper: Keeper) -> None:
    made, answer = written()
    made._sides[0] = asyncio.ensure_future(asyncio.sleep(0))
    playing(monkeypatch, Delta("a"), lambda: made.obey(answer, "stop"), Delta("b"))
    await made._stream(answer, ROUTE)
    assert (answer.status, answer.text) == ("stopped", "a")
