"""What the arena tells, as typed dictionaries. Numbers of ratings and prices are decimal strings."""

from typing import Any, NotRequired, TypedDict


class Meta(TypedDict):
    """Of when a document is, up to which log entry, by which rules, on which terms, and how to cite it."""

    as_of: str
    seq: int | None
    policies: dict[str, str]
    licence: str
    citation: str


class Contender(TypedDict):
    slug: str
    name: str
    vendor: str
    licence: str
    openness: str
    parameters: str
    url: str
    price_input: str | None
    price_output: str | None
    state: str
    toy: bool


class Place(TypedDict):
    """A place on a board; `low` to `high` is the interval of 95%, `rank_low` to `rank_high` the places that it leaves open."""

    rank: int
    rank_low: int
    rank_high: int
    tier: int | None
    preliminary: bool
    group: int
    mu: str
    sigma: str
    low: str
    high: str
    votes: int
    wins: int
    losses: int
    ties: int
    both_bad: int


class Row(Place):
    contender: Contender


class BoardSummary(TypedDict):
    slug: str
    title: str
    seq: int
    votes: int
    updated_at: str
    state: str
    progress: float
    generation: int
    amended_seq: int
    filter: dict[str, Any]


class Board(BoardSummary):
    """`at` is there when it is a state of the past."""

    groups: int
    parameters: dict[str, str]
    rows: list[Row]
    meta: Meta
    at: NotRequired[str]


class Boards(TypedDict):
    results: list[BoardSummary]


class Event(TypedDict):
    at: str
    kind: str
    slug: str
    name: str
    reason: str
    facts: dict[str, Any]


class Point(TypedDict):
    """A kept state in brief; of each contender slug, rank, mu, low, high."""

    at: str
    seq: int
    votes: int
    rows: list[tuple[str, int, str, str, str]]


class BoardHistory(TypedDict):
    slug: str
    points: list[Point]
    events: list[Event]


class Contenders(TypedDict):
    results: list[Contender]
    meta: Meta


class OnBoard(TypedDict):
    slug: str
    title: str
    seq: int


class Standing(Place):
    board: OnBoard


class ContenderDetail(TypedDict):
    contender: Contender
    system_prompt: str
    standings: list[Standing]
    events: list[Event]
    meta: Meta


class Past(TypedDict):
    at: str
    seq: int
    rank: int
    mu: str
    low: str
    high: str


class ContenderHistory(TypedDict):
    contender: str
    board: str
    points: list[Past]
    events: list[Event]
    meta: Meta


class Meeting(TypedDict):
    contender: str
    opponent: str
    votes: int
    wins: int
    losses: int
    ties: int
    both_bad: int


class HeadToHead(TypedDict):
    board: str
    results: list[Meeting]
    meta: Meta


class Snapshot(TypedDict):
    date: str
    at: str
    seq: int
    manifest_sha256: str


class Snapshots(TypedDict):
    results: list[Snapshot]


class File(TypedDict):
    name: str
    type: str
    size: int
    sha256: str


class Manifest(TypedDict):
    v: int
    arena: str
    date: str
    files: list[File]
    meta: Meta


class Organisation(TypedDict):
    """With its contenders in whatever state."""

    slug: str
    name: str
    website: str
    role: str | None
    contenders: list[Contender]
