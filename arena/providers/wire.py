"""What the HTTP protocols share: send, parse events, tell a refusal; each protocol adds a request and a `Decoder`."""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from arena import outbound
from arena.outbound import Secret
from arena.providers.base import (
    Delta,
    Done,
    End,
    Endpoint,
    Event,
    Failed,
    FailureCode,
    FinishReason,
    Kind,
    Message,
    Params,
    Take,
    Usage,
    redacted,
    storable,
)
from arena.providers.shape import Shape
from arena.providers.sse import Parser

ERROR_BYTES = 16 * 1024
_scan: Callable[[str, int], tuple[Any, int]] = json.JSONDecoder().scan_once  # type: ignore[attr-defined]

# What providers call their errors, in HTTP status, `type`, `code` or `status`; looked up in lower case.
_CODES: Mapping[str, FailureCode] = {
    "401": "auth",
    "403": "auth",
    "407": "auth",
    "408": "timed_out",
    "429": "rate_limited",
    "504": "timed_out",
    "authentication_error": "auth",
    "invalid_api_key": "auth",
    "permission_error": "auth",
    "permission_denied": "auth",
    "unauthenticated": "auth",
    "rate_limit_error": "rate_limited",
    "rate_limit_exceeded": "rate_limited",
    "rate_limit_reached": "rate_limited",
    "resource_exhausted": "rate_limited",
    "insufficient_quota": "rate_limited",
    "timeout_error": "timed_out",
    "deadline_exceeded": "timed_out",
    "api_error": "server_error",
    "internal": "server_error",
    "internal_server_error": "server_error",
    "overloaded_error": "server_error",
    "server_error": "server_error",
    "unavailable": "server_error",
    "unavailable_error": "server_error",
}
# A used-up quota will not come back within the second that a retry waits.
_FINAL = frozenset({"insufficient_quota"})
_RETRYABLE: frozenset[FailureCode] = frozenset({"rate_limited", "server_error"})


class Refusal(Exception):
    """An error that the provider sent within the stream; `body` is what it said."""

    def __init__(self, body: object) -> None:
        super().__init__("the provider sent an error")
        self.body = body


def parsed(data: str) -> Any:
    """What `json.loads` gives, which for a token spends half of its time around this call."""
    try:
        value, end = _scan(data, 0)
    except StopIteration:  # white space first, or no JSON
        return json.loads(data)
    return value if end == len(data) else json.loads(data)


class Decoder(ABC):
    """One answer's state: the events of a protocol in, text out. A wrong shape may raise anything of `SHAPE_ERRORS`."""

    def __init__(self) -> None:
        self.out: list[Event] = []
        self.finish_reason: FinishReason | None = None
        self.complete = False  # nothing that matters comes after this
        self.input_tokens: object = None  # as sent, checked at the end
        self.output_tokens: object = None

    @property
    def plain(self) -> bool:
        """Whether words are given on as they are, whatever they are."""
        return True

    @abstractmethod
    def decode(self, name: str, data: str) -> None:
        """Take one event; unknown ones are ignored. Raises Refusal for an error event."""

    def flush(self) -> None:
        """Emit what was held back; called once, at the end."""

    def emit(self, kind: Kind, text: str) -> None:
        """Add to the answer; neighbours of one kind become one delta, so that a burst costs the reader one event."""
        self.add(Delta(storable(text), kind))

    def add(self, event: Event) -> None:
        """As `emit`, of any event."""
        last = self.out[-1] if self.out else None
        if isinstance(event, Delta) and isinstance(last, Delta) and last.kind == event.kind:
            self.out[-1] = Delta(last.text + event.text, event.kind)
        else:
            self.out.append(event)


SHAPE_ERRORS = (AttributeError, IndexError, KeyError, TypeError, ValueError, RecursionError)


class Reader:
    """Bytes of a streamed answer in, in any pieces; deltas and one end out. Needs no network: tests feed it recordings."""

    __slots__ = ("_decoder", "_ended", "_parser", "_secrets", "_shape", "_spoken")

    def __init__(self, decoder: Decoder, secrets: Sequence[str] = ()) -> None:
        self._decoder, self._parser, self._secrets = decoder, Parser(), secrets
        self._shape = Shape()
        self._ended = False
        self._spoken = False  # whether any event came

    def feed(self, piece: bytes) -> list[Event]:
        """What `piece` completes. After an end, nothing more."""
        if self._shape.known:
            if delta := self._shape.read(piece):
                return [delta]
            self._shape.forget()
        if self._ended:
            return []
        failed: Failed | None = None
        try:
            if self._understand(piece):
                return self._end()
        except Refusal as refusal:
            failed = failure_of(None, refusal.body, self._secrets)
        except SHAPE_ERRORS as error:
            failed = Failed("malformed", f"not the protocol: {type(error).__name__}")
        if failed:
            return self._end(failed)
        out, self._decoder.out = self._decoder.out, []
        return out

    def _understand(self, piece: bytes) -> bool:
        """Parse and decode; tells whether the answer is complete. The shape of the last event is kept for those that come."""
        decoder, parser = self._decoder, self._parser
        apart = parser.between
        events = parser.feed(piece)
        if not events:
            return False
        self._spoken = True
        last = events.pop()
        for name, data in events:
            decoder.decode(name, data)
            if decoder.complete:
                return True
        before, decoder.out = decoder.out, []
        try:
            decoder.decode(*last)
        finally:
            said, decoder.out = decoder.out, before
            for event in said:
                decoder.add(event)
        if apart and parser.between and decoder.plain and len(said) == 1 and isinstance(said[0], Delta):
            self._shape.learn(piece, said[0])
        return decoder.complete

    def end(self) -> list[Event]:
        """The stream is over. It was whole if it told why it finished, even where its closing event is missing."""
        if self._ended:
            return []
        if self._decoder.finish_reason is not None:
            return self._end()
        if self._parser.strange and not self._spoken:
            return self._end(Failed("malformed", "the response is not an event stream"))
        return self._end(Failed("interrupted", "the stream ended before the answer did", retryable=True))

    def _end(self, failed: Failed | None = None) -> list[Event]:
        decoder = self._decoder
        self._ended = True
        decoder.flush()
        out, decoder.out = decoder.out, []
        usage = Usage(_count(decoder.input_tokens), _count(decoder.output_tokens))
        out.append(failed or Done(decoder.finish_reason or "other", usage))
        return out


class HttpAdapter(ABC):
    """A protocol over HTTP, bound to an endpoint."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint

    @abstractmethod
    def request(self, messages: Sequence[Message], params: Params) -> tuple[str, dict[str, str | Secret], dict[str, Any]]:
        """The path below the base address, the headers and the JSON body."""

    @abstractmethod
    def decoder(self) -> Decoder:
        """A fresh decoder for one answer."""

    async def stream(self, messages: Sequence[Message], params: Params, take: Take) -> End:
        """See `base.Adapter`. Time to the first token and between tokens is watched by the caller, who sees the signs of life."""
        path, headers, body = self.request(messages, params)
        url = self.endpoint.base_url.rstrip("/") + path
        timeouts, stranger = outbound.Timeouts(connect=self.endpoint.timeouts.connect), self.endpoint.stranger
        headers = {**headers, **self.endpoint.headers}
        async with outbound.stream("POST", url, headers=headers, json=body, timeouts=timeouts, stranger=stranger) as response:
            if response.status != 200 or response.headers.get("content-type", "").startswith(_NOT_STREAMS):
                return await self._refused(response)
            reader = Reader(self.decoder(), self.endpoint.secrets)
            ends: list[End] = []
            want = outbound.Want.AT_ONCE

            def tell(events: Sequence[Event]) -> None:
                nonlocal want
                for event in events:
                    if isinstance(event, Delta):
                        take(event)
                        if event.text:
                            want = outbound.Want.GATHERED
                    else:
                        ends.append(event)

            def read(piece: bytes) -> outbound.Want:
                tell(reader.feed(piece) or _ALIVE)
                return outbound.Want.NOTHING if ends else want

            # A connection that breaks after the answer was whole took nothing with it: the reader knows.
            with suppress(outbound.Interrupted):
                await response.pour(read)
            tell(reader.end())
            return ends[0]

    async def _refused(self, response: outbound.Response) -> Failed:
        raw = await response.read(ERROR_BYTES)
        try:
            body: object = json.loads(raw)
        except (ValueError, RecursionError):
            body = raw.decode("utf-8", "replace")
        if response.status == 200 and not (isinstance(body, dict) and body.get("error")):
            return Failed("malformed", "the response is not an event stream")
        failed = failure_of(None if response.status == 200 else response.status, body, self.endpoint.secrets)
        after = response.headers.get("retry-after")
        return Failed(failed.code, failed.detail, failed.retryable, _seconds(after) if after else None)


_ALIVE: tuple[Event, ...] = (Delta(""),)
_NOT_STREAMS = ("application/json", "text/html")


def failure_of(status: int | None, body: object, secrets: Sequence[str] = ()) -> Failed:
    """What a provider's error means: from the HTTP status, if any, else from what its body calls itself."""
    said = body[0] if isinstance(body, list) and body else body
    error = said.get("error", said) if isinstance(said, dict) else said
    names: list[str] = []
    message = str(error)
    if isinstance(error, dict):
        names = [str(error[key]).lower() for key in ("code", "type", "status") if error.get(key) is not None]
        message = str(error.get("message") or error)
    code = _code([str(status), *names] if status is not None else names)
    detail = redacted(f"{'' if status is None else f'HTTP {status}: '}{message}", secrets)
    return Failed(code, detail, code in _RETRYABLE and _FINAL.isdisjoint(names))


def _code(names: Sequence[str]) -> FailureCode:
    for name in names:
        if name in _CODES:
            return _CODES[name]
        if len(name) == 3 and name.startswith("5") and name.isdigit():
            return "server_error"
    return "refused"


def _count(value: object) -> int | None:
    """A number of tokens, if it can be one (and be stored in 32 bits)."""
    return value if type(value) is int and 0 <= value < 2**31 else None


def _seconds(text: str) -> float:
    """RFC 9110, 10.2.3. A date is taken for a long time: whoever names one does not mean this second."""
    try:
        return max(0.0, float(text))
    except ValueError:
        return float("inf")
