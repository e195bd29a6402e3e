"""Asking an endpoint that a vendor has submitted, before anybody else does. No transaction is open meanwhile."""

import asyncio

from arena import clock
from arena.battles.blindness import Identity, names_itself
from arena.providers import registry
from arena.providers.base import Delta, Done, Endpoint, Message, Params, Timeouts
from arena.vendors.submissions.checks import PROMPTS, Trial

AT_ONCE = 4
# An endpoint whose first answers all fail is asked no more.
PATIENCE = 3
CHARACTERS = 20_000
TIMEOUTS = Timeouts(first_token=30.0, idle=15.0, whole=60.0)
PARAMS = Params(max_tokens=300)


async def run(endpoint: Endpoint, identity: Identity, system: str = "") -> list[Trial]:
    """Every prompt's trial, in their order; fewer when the first PATIENCE all failed."""
    trials = [await _try(endpoint, identity, system, prompt) for prompt in PROMPTS[:1]]
    while trials[-1].fault and len(trials) < PATIENCE:
        trials.append(await _try(endpoint, identity, system, PROMPTS[len(trials)]))
    if all(trial.fault for trial in trials):
        return trials
    places = asyncio.Semaphore(AT_ONCE)

    async def one(prompt: str) -> Trial:
        async with places:
            return await _try(endpoint, identity, system, prompt)

    return trials + list(await asyncio.gather(*map(one, PROMPTS[len(trials) :])))


async def _try(endpoint: Endpoint, identity: Identity, system: str, prompt: str) -> Trial:
    begun, texts, firsts = clock.monotonic(), list[str](), list[float]()

    def take(delta: Delta) -> None:
        firsts.append(clock.monotonic())
        if delta.kind == "text":
            texts.append(delta.text)

    messages = [Message.of("system", system)] if system else []
    end = await registry.open_stream(endpoint, [*messages, Message.of("user", prompt)], PARAMS, take, max_characters=CHARACTERS)
    text = "".join(texts)
    found = names_itself(text, prompt, identity)
    return Trial(
        prompt=prompt,
        characters=len(text),
        fault="" if isinstance(end, Done) else end.code,
        first_ms=round((firsts[0] - begun) * 1000) if firsts else None,
        whole_ms=round((clock.monotonic() - begun) * 1000),
        pieces=len(texts),
        leak="" if found is None else found.excerpt,
    )
