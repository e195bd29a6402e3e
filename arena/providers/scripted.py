"""The fake provider: plays declared streams with their timing, without a network. For tests, development and benchmarks; not for people.

An endpoint with protocol `scripted` names its script as its model: `story`, or `story@2` for a variant of it that answers differently.
A script is a list of steps, in `fixtures/streams/<name>.json` or registered with `register`:

    {"after_ms": 20, "text": "Hi"}                  more of the answer; a list of texts: one is chosen by variant and prompt
    {"after_ms": 5, "reasoning": "Hm", "repeat": 8} reasoning; `repeat` plays any step so many times
    {"fail": "rate_limited"}                        the end, badly
    {"after_ms": 5, "kept": "x/y.json", "pieces": 9}  the texts that `fixtures/x/y.json` keeps under the prompt, a rule between each and
                                                    the next, in at most so many uneven pieces; nothing in them is filled in
    {"hang": true}                                  nothing more, ever
    {"done": {"finish_reason": "stop", "usage": {"input_tokens": 3, "output_tokens": 5}}}   the end, well

In texts `{prompt}` is the last user message, `{variant}` the variant, `{turn}` the number of user messages, `{n}` the repetition.
`Params.extra["speed"]` divides all waits (2 is twice as fast; 0 waits for nothing). A script that just ends was interrupted.
"""

import asyncio
import functools
import itertools
import json
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from arena import clock
from arena.providers.base import Delta, Done, End, Endpoint, Event, Failed, Kind, Message, Params, Take, Usage, storable

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
FOLDER = FIXTURES / "streams"
RULE = "\n\n* * *\n\n"
PROMPT_CHARACTERS = 400
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_RETRYABLE = frozenset({"rate_limited", "server_error", "unreachable", "interrupted"})

Step = Mapping[str, Any]
_registered: dict[str, Sequence[Step]] = {}


def register(name: str, steps: Sequence[Step]) -> None:
    """Add a script, or replace it; wins over a file of that name."""
    _registered[name] = steps


def forget() -> None:
    """Drop all registered scripts."""
    _registered.clear()


def script(name: str) -> Sequence[Step]:
    """The steps of a script. Raises LookupError if there is none of that name."""
    if name in _registered:
        return _registered[name]
    return _from_file(name)


@functools.cache
def _from_file(name: str) -> Sequence[Step]:
    path = FOLDER / f"{name}.json"
    if not _NAME.fullmatch(name) or not path.is_file():
        raise LookupError(f"no script named {name!r}")
    steps: Sequence[Step] = json.loads(path.read_bytes())
    return steps


class Scripted:
    """Adapter for protocol `scripted`. The same endpoint, messages and parameters always give the same answer."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._name, _, self._variant = endpoint.model.partition("@")

    async def stream(self, messages: Sequence[Message], params: Params, take: Take) -> End:
        """See `base.Adapter`."""
        try:
            steps = script(self._name)
        except LookupError as error:
            return Failed("refused", str(error))
        asked = [message.text for message in messages if message.role == "user"]
        words = {
            "{prompt}": asked[-1][:PROMPT_CHARACTERS] if asked else "",
            "{variant}": self._variant,
            "{turn}": str(len(asked)),
        }
        speed = float(str(params.extra.get("speed", 1)))
        for number, step in enumerate(_spread(steps, words)):
            for repetition in range(step.get("repeat", 1)):
                if (wait := step.get("after_ms", 0)) and speed:
                    await asyncio.sleep(wait / 1000 / speed)
                if step.get("hang"):
                    await asyncio.Event().wait()
                event = _event(step, f"{self._variant}/{number}/{words['{prompt}']}", {**words, "{n}": str(repetition)})
                if not isinstance(event, Delta):
                    return event
                take(event)
        return Failed("interrupted", "the script has no end", retryable=True)


def _event(step: Step, seed: str, words: Mapping[str, str]) -> Event:
    if "fail" in step:
        return Failed(step["fail"], "scripted", step["fail"] in _RETRYABLE, step.get("retry_after"))
    if "done" in step:
        done = step["done"] or {}
        return Done(done.get("finish_reason", "stop"), Usage(**done.get("usage", {})))
    if "exact" in step:
        return Delta(storable(step["exact"]), "text")
    kind: Kind = "reasoning" if "reasoning" in step else "text"
    text = step[kind]
    if isinstance(text, list):
        # Chosen by a checksum, not `hash`, which differs between processes.
        text = text[zlib.crc32(seed.encode("utf-8", "replace")) % len(text)]
    return Delta(storable(_filled(text, words)), kind)


def _spread(steps: Sequence[Step], words: Mapping[str, str]) -> Iterator[Step]:
    """The steps, with one step for each piece of a kept text."""
    for step in steps:
        if "kept" not in step:
            yield step
            continue
        text = RULE.join(_kept(step["kept"]).get(words["{prompt}"], ()))
        # Each variant is cut at places of its own, the same in every process.
        rng = clock.rng(zlib.crc32(f"{words['{variant}']}/{len(text)}".encode()))
        cuts = sorted({0, len(text), *(rng.randrange(len(text) + 1) for _ in range(step["pieces"] - 1))})
        for start, end in itertools.pairwise(cuts):
            yield {"after_ms": step.get("after_ms", 0), "exact": text[start:end]}


@functools.cache
def _kept(name: str) -> Mapping[str, Sequence[str]]:
    """Texts by key. In the file a text is a string, or a list of `[string, times]`, so that a huge one is short to write."""
    groups = json.loads((FIXTURES / name).read_bytes())
    return {key: [_whole(text) for text in texts] for key, texts in groups.items()}


def _whole(text: str | Sequence[tuple[str, int]]) -> str:
    return text if isinstance(text, str) else "".join(part * times for part, times in text)


def _filled(text: str, words: Mapping[str, str]) -> str:
    # In one pass, so that a prompt which holds a placeholder is not filled in turn.
    return re.sub(r"\{(?:prompt|variant|turn|n)\}", lambda match: words[match[0]], text) if "{" in text else text
