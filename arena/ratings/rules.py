"""The versions of the rules in force, which all that is published repeats. Whoever has a rule tells of it when the arena is loaded."""

from collections.abc import Callable

_TOLD: dict[str, Callable[[], str]] = {"rating": lambda: "trueskill-1"}


def tell(name: str, version: Callable[[], str]) -> None:
    """Have `version` asked whenever the rules in force are told."""
    _TOLD[name] = version


def in_force() -> dict[str, str]:
    """The version of each rule, by its name."""
    return {name: version() for name, version in sorted(_TOLD.items())}
