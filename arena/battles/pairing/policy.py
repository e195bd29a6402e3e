"""What a draw is made of: who may be drawn, by which rule, within which bounds."""

from dataclasses import dataclass

MIN_SIDES, MAX_SIDES = 2, 6
NAMES = {
    "uniform": "Uniform: every pair alike",
    "fresh_first": "Fresh first: those with few votes sooner",
    "misorder": "Misorder: pairs whose order may be wrong",
    "contested": "Contested: pairs whose order may be wrong, the least known sooner",
}


class NotEnoughContenders(Exception):
    """Fewer candidates than the draw needs; `needed` and `available` say how many."""

    def __init__(self, needed: int, available: int) -> None:
        super().__init__(f"needs {needed} contenders to draw from, has {available}")
        self.needed = needed
        self.available = available


@dataclass(frozen=True, slots=True)
class Candidate:
    """A contender that may be drawn now: whose it is, its skill on the board, and its rated votes so far."""

    contender: int
    vendor: str
    mu: float
    sigma: float
    votes: int


@dataclass(frozen=True, slots=True)
class Bounds:
    """Floor and cap on a contender's, and on a vendor's, share of exposure.

    The share is that of all sides of battles between two: shares sum to 1, and who is in every battle has 0.5. All lie
    within 0 and 1, a floor is never above its cap; raises ValueError otherwise. `exposure` says what gives way when
    not all of them can hold.
    """

    contender_floor: float = 0.0
    contender_cap: float = 1.0
    vendor_floor: float = 0.0
    vendor_cap: float = 1.0

    def __post_init__(self) -> None:
        for floor, cap in ((self.contender_floor, self.contender_cap), (self.vendor_floor, self.vendor_cap)):
            if not 0.0 <= floor <= cap <= 1.0 or cap == 0.0:
                raise ValueError("a share's floor must be at least 0, and its cap above 0, at most 1 and not below the floor")


FREE = Bounds()


@dataclass(frozen=True, slots=True)
class Policy:
    """How to draw.

    name: one of NAMES. version: of the rule behind the name. uniform_share: in (0, 1], chance that a draw is uniform
    whatever the policy. bounds: on the shares of exposure. Raises ValueError otherwise.
    """

    name: str
    version: str
    uniform_share: float
    bounds: Bounds = FREE

    def __post_init__(self) -> None:
        if self.name not in NAMES:
            raise ValueError(f"no pairing policy is called {self.name!r}")
        if not 0.0 < self.uniform_share <= 1.0:
            raise ValueError("uniform_share must be above 0 and at most 1")

    @property
    def label(self) -> str:
        """All that the rule depends on, in one line: stored with every battle that it drew."""
        parts = [self.version, f"uniform_share={self.uniform_share:g}"]
        kinds = {"contender": (self.bounds.contender_floor, self.bounds.contender_cap)}
        kinds["vendor"] = (self.bounds.vendor_floor, self.bounds.vendor_cap)
        parts += [f"{kind}={floor:g}-{cap:g}" for kind, (floor, cap) in kinds.items() if (floor, cap) != (0.0, 1.0)]
        return ";".join(parts)


@dataclass(frozen=True, slots=True)
class Choice:
    """Contenders by side (a first), already shuffled, and the probability in (0, 1] of drawing this unordered set."""

    sides: tuple[int, ...]
    probability: float
