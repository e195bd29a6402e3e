"""What all wire protocols share: what goes in (messages, parameters, an endpoint) and what comes out (deltas, then one end)."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol, TypeAlias

from arena.outbound import Secret

Kind = Literal["text", "reasoning"]
Role = Literal["system", "user", "assistant"]
FinishReason = Literal["stop", "length", "content_filter", "other"]
FailureCode = Literal[
    "refused",  # the provider will not answer this request
    "rate_limited",
    "timed_out",
    "malformed",  # what came is not the protocol
    "empty",  # ended well, without an answer
    "too_long",
    "interrupted",  # ended before its end
    "auth",
    "unreachable",
    "server_error",
]

DETAIL_CHARACTERS = 300
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff\s]+")
_KEY_SHAPED = re.compile(r"\b(?:bearer|basic)\s+\S+|\b(?:sk|pk|rk|gsk|xai|csk|fw|key|tok|AIza)[-_]?[A-Za-z0-9][\w*.-]{10,}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of a message that is text."""

    text: str


# The union of what a message can hold: images and tool traces become further members.
Part: TypeAlias = Text


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation, in typed parts."""

    role: Role
    parts: tuple[Part, ...]

    @classmethod
    def of(cls, role: Role, text: str) -> "Message":
        """A message of one text."""
        return cls(role, (Text(text),))

    @property
    def text(self) -> str:
        """Its text parts, joined."""
        return "".join(part.text for part in self.parts)


@dataclass(frozen=True, slots=True)
class Params:
    """How to sample. None leaves the provider's default; `extra` is merged into the request's body, below what the protocol sets."""

    max_tokens: int = 1024
    temperature: float | None = None
    top_p: float | None = None
    seed: int | None = None
    extra: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. `first_token` and `whole` count from the request, over any retry; `idle` from the last sign of life.

    `connect` None takes the operator's `OUTBOUND_CONNECT_TIMEOUT` (5 unless set).
    """

    connect: float | None = None
    first_token: float = 60.0
    idle: float = 30.0
    whole: float = 300.0


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where and how a contender is reached.

    `flags`: `max_completion_tokens` (OpenAI's newer name of the limit), `no_stream_options` (for servers that refuse that field).
    `headers` are sent besides the protocol's own; give secret values as `Secret`. `stranger`: see `outbound.stream`.
    """

    protocol: str
    base_url: str
    model: str
    api_key: Secret = Secret()
    timeouts: Timeouts = Timeouts()
    headers: Mapping[str, str | Secret] = field(default_factory=dict)
    flags: frozenset[str] = frozenset()
    stranger: bool = False

    @property
    def secrets(self) -> tuple[str, ...]:
        """The plain texts that must not show anywhere."""
        values = (self.api_key, *self.headers.values())
        return tuple(value.reveal() for value in values if isinstance(value, Secret) and value)


CHARACTERS_A_TOKEN = 4  # where a provider does not say


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the provider counts them; None where it does not say. Reasoning counts as output."""

    input_tokens: int | None = None
    output_tokens: int | None = None


class Delta(NamedTuple):
    """More of the answer. An adapter gives an empty one as a sign of life; `registry.open_stream` keeps those to itself."""

    text: str
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class Done:
    """The answer is whole."""

    finish_reason: FinishReason
    usage: Usage = Usage()


@dataclass(frozen=True, slots=True)
class Failed:
    """The answer will not be whole. `detail` is for the operator: it holds no secret, but may name the provider.

    `retryable`: the same request may succeed at once. `retry_after`: seconds the provider asks for. `ours`: the fault is on this side,
    so the provider is not blamed for it.
    """

    code: FailureCode
    detail: str = ""
    retryable: bool = False
    retry_after: float | None = None
    ours: bool = False
    usage: Usage = Usage()


End: TypeAlias = Done | Failed
Event: TypeAlias = Delta | Done | Failed
# Called with each delta at the moment it is known; it must not wait. What it raises ends the stream.
Take: TypeAlias = Callable[[Delta], None]


class Adapter(Protocol):
    """One wire protocol, bound to one endpoint."""

    async def stream(self, messages: Sequence[Message], params: Params, take: Take) -> End:
        """Give `take` the deltas as they come; returns how it ended. Cancelling it hangs up. May raise OutboundError, and what `take` raises."""
        ...


def storable(text: str) -> str:
    """`text` with NUL and lone surrogates as U+FFFD: neither can be stored by PostgreSQL, and the latter not even be encoded."""
    if text.isascii():
        return text.replace("\x00", "\ufffd") if "\x00" in text else text
    return _UNSTORABLE.sub("\ufffd", text)


def redacted(text: str, secrets: Sequence[str] = ()) -> str:
    """`text` on one line, bounded, without the given secrets and without anything that is shaped like a key."""
    for secret in secrets:
        text = text.replace(secret, "***")
    return _KEY_SHAPED.sub("***", _CONTROL.sub(" ", text[: 20 * DETAIL_CHARACTERS])).strip()[:DETAIL_CHARACTERS]
