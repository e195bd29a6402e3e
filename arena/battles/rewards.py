"""What a vote earns. Pure and in whole points; the award and its policy's version are stored as facts with the vote."""

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import Literal

OUTCOMES = frozenset({"a", "b", "tie", "ranking", "both_bad", "skip"})

Reason = Literal["flat", "daily_cap", "network_cap", "skip", "unrated"]


@dataclass(frozen=True, slots=True)
class RewardPolicy:
    """version: as votes carry it. points: for a rated vote. daily_cap: a person's most in a day. guest_network_daily_cap:
    the most that all guests of one network earn together in a day. Whole points, none below 0, or ValueError."""

    version: str
    points: int
    daily_cap: int
    guest_network_daily_cap: int

    def __post_init__(self) -> None:
        if min(self.points, self.daily_cap, self.guest_network_daily_cap) < 0:
            raise ValueError("points and caps must not be below 0")

    @classmethod
    def flat(cls, *, points: int, daily_cap: int, guest_network_daily_cap: int) -> "RewardPolicy":
        """The policy of these figures, whose version names them all; see RewardPolicy."""
        return cls(f"flat-1-{points}-{daily_cap}-{guest_network_daily_cap}", points, daily_cap, guest_network_daily_cap)


@dataclass(frozen=True, slots=True)
class VoteFacts:
    """What the decision may look at.

    outcome: a, b, tie, ranking, both_bad or skip. rated: whether the vote counts for ratings (an answer that named itself makes
    it unrated). is_guest: a guest, or an account that is held like one because nothing stands behind it. earned_today: points of this
    person so far today; network_earned_today: of all guests of this network (read for guests only). Raises ValueError for any other
    outcome, or points below 0.
    """

    outcome: str
    rated: bool
    is_guest: bool
    earned_today: int
    network_earned_today: int = 0

    def __post_init__(self) -> None:
        if self.outcome not in OUTCOMES:
            raise ValueError(f"no outcome is called {self.outcome!r}")
        if self.earned_today < 0 or self.network_earned_today < 0:
            raise ValueError("points earned must not be below 0")


@dataclass(frozen=True, slots=True)
class Award:
    """points >= 0. reason: 'flat' if in full, else what lowered or refused it. policy: the version that decided."""

    points: int
    reason: Reason
    policy: str


def decide(vote: VoteFacts, policy: RewardPolicy) -> Award:
    """The award of one vote. A tie and both_bad earn like any rated vote; skips and unrated votes earn nothing.

    A ranking of three or four answers earns what a vote between two does: were it worth more, the battles to look for
    would be those with the most answers, and orders be given of answers that nobody read.

    The last award before a cap is cut to what is left of it, and names the cap that left least.
    """
    if vote.outcome == "skip":
        return Award(0, "skip", policy.version)
    if not vote.rated:
        return Award(0, "unrated", policy.version)
    # A cap may be below what was earned already: it was lowered since.
    limits: list[tuple[int, Reason]] = [(max(0, policy.daily_cap - vote.earned_today), "daily_cap")]
    if vote.is_guest:
        limits.append((max(0, policy.guest_network_daily_cap - vote.network_earned_today), "network_cap"))
    left, reason = min(limits, key=lambda limit: limit[0])
    if left >= policy.points:
        return Award(policy.points, "flat", policy.version)
    return Award(left, reason, policy.version)


@dataclass(frozen=True, slots=True)
class Cast:
    """A vote of the past. day: of its award, which caps are counted by. person, network: any names for them, the same for the same
    one; the network is read for guests only. award: what it earned, whole points. capped: whether a cap had cut or refused that."""

    day: Hashable
    person: Hashable
    network: Hashable
    is_guest: bool
    outcome: str
    rated: bool
    award: int
    capped: bool


@dataclass(slots=True)
class DryRun:
    """What votes of the past would have earned by another policy. All in whole points; counts of votes, and of people.

    capped, capped_now: rated votes that a cap cut or refused, by the policy that is tried and as it was.
    """

    votes: int = 0
    rated: int = 0
    paid: int = 0
    paid_now: int = 0
    capped: int = 0
    capped_now: int = 0
    by_day: dict[Hashable, tuple[int, int]] = field(default_factory=dict)
    by_person: Counter[Hashable] = field(default_factory=Counter)

    @property
    def gaining(self) -> int:
        """People who would have earned more than they did."""
        return sum(1 for difference in self.by_person.values() if difference > 0)

    @property
    def losing(self) -> int:
        return sum(1 for difference in self.by_person.values() if difference < 0)


def dry_run(votes: Iterable[Cast], policy: RewardPolicy) -> DryRun:
    """Decide every vote again, in the order given (that of casting), each day from nothing."""
    run = DryRun()
    persons: Counter[Hashable] = Counter()
    networks: Counter[Hashable] = Counter()
    for vote in votes:
        own, shared = (vote.day, vote.person), (vote.day, vote.network)
        facts = VoteFacts(vote.outcome, vote.rated, vote.is_guest, persons[own], networks[shared] if vote.is_guest else 0)
        award = decide(facts, policy)
        persons[own] += award.points
        networks[shared] += award.points if vote.is_guest else 0
        run.votes += 1
        run.rated += vote.rated
        run.paid += award.points
        run.paid_now += vote.award
        run.capped += award.reason in ("daily_cap", "network_cap")
        run.capped_now += vote.capped
        then, now = run.by_day.get(vote.day, (0, 0))
        run.by_day[vote.day] = then + award.points, now + vote.award
        run.by_person[vote.person] += award.points - vote.award
    return run
