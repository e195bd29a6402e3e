"""The way in: known providers by name, and `open_stream`, which bounds whatever an adapter does."""

import asyncio
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from arena import outbound
from arena.outbound import Secret
from arena.providers.anthropic import Anthropic
from arena.providers.base import Adapter, Delta, Done, End, Endpoint, Failed, FailureCode, Message, Params, Take
from arena.providers.breaker import Breaker
from arena.providers.google import Google
from arena.providers.openai import OpenAI
from arena.providers.scripted import Scripted

MAX_CHARACTERS = 200_000
RETRIES = 1
RETRY_WAIT = 0.2  # seconds, where the provider does not say
LONGEST_RETRY_WAIT = 2.0

PROTOCOLS: Mapping[str, Callable[[Endpoint], Adapter]] = {
    "openai": OpenAI,
    "anthropic": Anthropic,
    "google": Google,
    "scripted": Scripted,
}


@dataclass(frozen=True, slots=True)
class Preset:
    """A known provider: how it is spoken to, and the environment variable that usually holds its key (empty: it needs none)."""

    protocol: str
    base_url: str
    key_env: str = ""
    flags: frozenset[str] = frozenset()

    def endpoint(self, model: str, api_key: str | Secret = "") -> Endpoint:
        """An endpoint for one of its models."""
        key = api_key if isinstance(api_key, Secret) else Secret(api_key)
        return Endpoint(self.protocol, self.base_url, model, key, flags=self.flags)


PRESETS: Mapping[str, Preset] = {
    "anthropic": Preset("anthropic", "https://api.anthropic.com/v1", "ANTHROPIC_API_KEY"),
    "cerebras": Preset("openai", "https://api.cerebras.ai/v1", "CEREBRAS_API_KEY"),
    "cohere": Preset("openai", "https://api.cohere.ai/compatibility/v1", "COHERE_API_KEY"),
    "deepseek": Preset("openai", "https://api.deepseek.com/v1", "DEEPSEEK_API_KEY"),
    "fireworks": Preset("openai", "https://api.fireworks.ai/inference/v1", "FIREWORKS_API_KEY"),
    "google": Preset("google", "https://generativelanguage.googleapis.com/v1beta", "GEMINI_API_KEY"),
    "groq": Preset("openai", "https://api.groq.com/openai/v1", "GROQ_API_KEY"),
    "lmstudio": Preset("openai", "http://127.0.0.1:1234/v1"),
    "mistral": Preset("openai", "https://api.mistral.ai/v1", "MISTRAL_API_KEY", frozenset({"no_stream_options"})),
    "ollama": Preset("openai", "http://127.0.0.1:11434/v1"),
    "openai": Preset("openai", "https://api.openai.com/v1", "OPENAI_API_KEY", frozenset({"max_completion_tokens"})),
    "openrouter": Preset("openai", "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"),
    "scripted": Preset("scripted", "scripted:"),
    "together": Preset("openai", "https://api.together.xyz/v1", "TOGETHER_API_KEY"),
    "vllm": Preset("openai", "http://127.0.0.1:8000/v1"),
    "xai": Preset("openai", "https://api.x.ai/v1", "XAI_API_KEY"),
}

_log = structlog.get_logger(__name__)
_breakers: dict[tuple[str, ...], Breaker] = {}


def parse_contender(text: str) -> tuple[str, str]:
    """`"openrouter/meta-llama/llama-3"` -> `("openrouter", "meta-llama/llama-3")`. Raises ValueError, naming the known providers."""
    name, _, model = text.strip().partition("/")
    if name not in PRESETS or not model:
        raise ValueError(f"{text!r} is not <provider>/<model>; known providers: {', '.join(sorted(PRESETS))}")
    return name, model


def available(endpoint: Endpoint) -> bool:
    """Whether a request to this provider would be let through now; False while its breaker is open."""
    return _breaker(endpoint).would_enter(asyncio.get_running_loop().time())


async def open_stream(
    endpoint: Endpoint, messages: Sequence[Message], params: Params, take: Take, *, max_characters: int = MAX_CHARACTERS
) -> End:
    """Stream one answer: `take` is called with each delta, none of them empty, as it comes. Returns how it ended; raises nothing but CancelledError.

    Bounded in time (`endpoint.timeouts`) and length (`max_characters`, reasoning included: what fits is given, then `too_long`). Tried
    again once if it fails before the first delta, for a reason that may pass, within what the provider's Retry-After allows. Cancel it to
    hang up at once; after a Done its connection is kept for the next.
    """
    adapter = PROTOCOLS.get(endpoint.protocol)
    if adapter is None:
        return Failed("refused", "unknown protocol", ours=True)
    loop = asyncio.get_running_loop()
    breaker = _breaker(endpoint)
    ticket = breaker.enter(loop.time())
    if ticket is None:
        return Failed("unreachable", "left alone for a while after repeated failures", ours=True)
    answer = _Answer(endpoint, take, max_characters)
    try:
        while answer.end is None:
            await asyncio.sleep(answer.wait)
            await answer.attempt(adapter(endpoint), messages, params)
        return answer.end
    finally:
        breaker.settle(ticket, well=answer.well, now=loop.time())


class _Full(Exception):
    """The answer is as long as it may be."""


class _Answer:
    """One answer on its way, over both attempts."""

    def __init__(self, endpoint: Endpoint, take: Take, max_characters: int) -> None:
        self._loop = asyncio.get_running_loop()
        now = self._loop.time()
        self._take = take
        self._idle = endpoint.timeouts.idle
        self._first_by = now + endpoint.timeouts.first_token
        self._whole_by = now + endpoint.timeouts.whole
        self._alive = now  # the last sign of life
        self._left = max_characters
        self._retries = RETRIES
        self._patience: outbound.Patience | None = None
        self._text = False  # whether anything but white space was answered
        self.started = False
        self.wait = 0.0
        self.end: End | None = None

    @property
    def well(self) -> bool | None:
        """How the provider did; None if that cannot be told. What is the request's doing is not its fault."""
        if self.end is None:  # the reader left
            return True if self.started else None
        if isinstance(self.end, Done):
            return True
        return None if self.end.ours else self.end.code in ("refused", "empty", "too_long")

    async def attempt(self, adapter: Adapter, messages: Sequence[Message], params: Params) -> None:
        """Ask once. Then it is over: `end` is set, or another attempt is due after `wait` seconds."""
        self._patience = outbound.Patience(self._deadline)
        try:
            async with self._patience:
                end = await adapter.stream(messages, params, self._give)
        except TimeoutError:
            end = Failed("timed_out", "no answer in time")
        except _Full:
            end = Failed("too_long", "the answer is longer than allowed")
        except outbound.OutboundError as error:
            end = _failed(error)
        except Exception as error:
            # Without the message, which may quote what it choked on.
            where = traceback.extract_tb(error.__traceback__)[-1]
            _log.error("provider_adapter_fault", error=type(error).__name__, file=where.filename, line=where.lineno)
            end = Failed("malformed", f"fault in the adapter: {type(error).__name__}", ours=True)
        self._finish(end)

    def _deadline(self) -> float:
        return min(self._whole_by, self._alive + self._idle if self.started else self._first_by)

    def _give(self, delta: Delta) -> None:
        """One delta on its way from the adapter. Raises _Full."""
        self._alive = self._loop.time()
        text = delta.text
        if not text:
            return
        if not self.started:
            self.started = True
            assert self._patience is not None
            self._patience.look()
        self._text = self._text or (delta.kind == "text" and not text.isspace())
        self._left -= len(text)
        if self._left >= 0:
            self._take(delta)
            return
        if fits := text[: self._left]:
            self._take(Delta(fits, delta.kind))
        raise _Full

    def _finish(self, end: End) -> None:
        if isinstance(end, Done):
            if not self._text:
                code: FailureCode = "refused" if end.finish_reason == "content_filter" else "empty"
                end = Failed(code, f"no answer ({end.finish_reason})", usage=end.usage)
        elif end.retryable and not self.started and self._retries:
            self.wait = RETRY_WAIT if end.retry_after is None else end.retry_after
            if self.wait <= LONGEST_RETRY_WAIT and self._loop.time() + self.wait < self._first_by:
                self._retries -= 1
                return
        self.end = end


def _failed(error: outbound.OutboundError) -> Failed:
    detail = str(error)
    match error:
        case outbound.TimedOut():
            return Failed("timed_out", detail, retryable=error.phase == "connect")
        case outbound.Interrupted():
            return Failed("interrupted", detail, retryable=True)
        case outbound.Unreachable():
            return Failed("unreachable", detail, retryable=True)
        case outbound.Busy():
            return Failed("unreachable", detail, retryable=True, ours=True)
        case outbound.TooLarge():
            return Failed("too_long", detail)
        case outbound.BadResponse():
            return Failed("malformed", detail)
    return Failed("unreachable", detail, ours=True)


def _breaker(endpoint: Endpoint) -> Breaker:
    # Scripts fail on purpose, and each alone.
    # What a vendor has named fails apart from the same address of the operator's: a wrong key of theirs closes nobody's way.
    whose = endpoint.model if endpoint.protocol == "scripted" else "stranger" if endpoint.stranger else ""
    key = (endpoint.protocol, endpoint.base_url, whose)
    return _breakers.setdefault(key, Breaker())
