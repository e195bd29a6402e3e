"""What a text can be found to hold, what is done then, and the rules that say so. Pure."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

ACTIONS = ("off", "log", "warn", "block")
"""From the mildest to the strictest. off: not looked for. log: counted. warn: the voter is told. block: refused, or withheld."""

Target = Literal["prompt", "answer"]
TARGETS: tuple[Target, ...] = ("prompt", "answer")


class Category(NamedTuple):
    """title: for operators. about: "it ... ", for the person whose text it is. remark: what a warning says. The last two: done by default."""

    title: str
    about: str
    remark: str
    prompt: str
    answer: str


CATEGORIES: dict[str, Category] = {
    "sexual_minors": Category(
        "Sexual content with minors",
        "it seems to ask for sexual content with minors",
        "This may be sexual content with minors.",
        "block",
        "block",
    ),
    "mass_weapons": Category(
        "Weapons of mass destruction",
        "it seems to ask how to make a weapon of mass destruction",
        "This may say how to make a weapon of mass destruction.",
        "block",
        "log",
    ),
    "self_harm": Category(
        "Self-harm",
        "it seems to be about harming oneself",
        "If you think of hurting yourself, talk to somebody now: a person you trust, or the emergency number of your country.",
        "warn",
        "log",
    ),
    "hate": Category("Hatred of groups", "it seems to hold hatred of a group of people", "This may hold hatred of a group.", "log", "log"),
    "threats": Category("Threats and harassment", "it seems to threaten somebody", "This may threaten somebody.", "log", "log"),
    "violence": Category("Violence and weapons", "it seems to ask how to hurt people", "This may say how to hurt people.", "log", "log"),
    "crime": Category("Crime", "it seems to ask for help with a crime", "This may help with a crime.", "log", "log"),
    "sexual": Category("Sexual content", "it seems to ask for sexual content", "This may hold sexual content.", "log", "log"),
    "personal_data": Category(
        "Personal data",
        "it seems to hold personal data, such as an address, a telephone number or an account",
        "This seems to hold personal data, such as an address, a telephone number or an account. It will not be published.",
        "warn",
        "log",
    ),
    "credentials": Category(
        "Keys and passwords",
        "it seems to hold a secret key",
        "This seems to hold a secret key. It will not be published; replace the key all the same, others have read it now.",
        "warn",
        "log",
    ),
}


class Finding(NamedTuple):
    """Something that a checker found. rule: which of its rules, never the person's own words. checker: who found it, with its version."""

    category: str
    rule: str
    checker: str


class Judged(NamedTuple):
    """A finding, and what the rules in force want done about it."""

    category: str
    action: str
    rule: str
    checker: str


@dataclass(frozen=True)
class Rules:
    """What is done about what. Compared by `version`: 0 is what the build brings along, others are rows.

    actions: category -> (of a prompt, of an answer). words: category -> the operators' own words and phrases. remote: whether the checker
    that the settings name is asked too. timeout_ms: how long it is waited for. on_failure: "open" (go on without it) or "closed".
    """

    version: int = 0
    actions: Mapping[str, tuple[str, str]] = field(
        default_factory=lambda: {name: (category.prompt, category.answer) for name, category in CATEGORIES.items()}
    )
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    remote: bool = False
    timeout_ms: int = 2_000
    on_failure: str = "open"

    def action(self, category: str, target: Target) -> str:
        """What is done; of a category that the rules do not know, what the build would do."""
        chosen = self.actions.get(category) or CATEGORIES[category][-2:]
        return chosen[TARGETS.index(target)]

    def looked_for(self, target: Target) -> frozenset[str]:
        """The categories that are not off."""
        return self._looked_for[target]

    @functools.cached_property
    def _looked_for(self) -> dict[Target, frozenset[str]]:
        return {target: frozenset(name for name in CATEGORIES if self.action(name, target) != "off") for target in TARGETS}


DEFAULT = Rules()


def judged(findings: Sequence[Finding], target: Target, rules: Rules) -> tuple[Judged, ...]:
    """What is done about each finding; those whose category is off are left out. One a category and checker, the strictest first."""
    seen: dict[tuple[str, str], Judged] = {}
    for finding in findings:
        action = rules.action(finding.category, target)
        if action != "off":
            seen.setdefault((finding.category, finding.checker), Judged(finding.category, action, finding.rule, finding.checker))
    return tuple(sorted(seen.values(), key=lambda one: -ACTIONS.index(one.action)))


def strictest(found: Sequence[Judged]) -> str:
    """The strictest action among these; "off" for none."""
    return max((one.action for one in found), key=ACTIONS.index, default="off")


def remarks(found: Sequence[Judged]) -> list[str]:
    """The categories of which the voter is told, each once."""
    return list(dict.fromkeys(one.category for one in found if one.action == "warn"))


def told(categories: Sequence[str]) -> list[dict[str, str]]:
    """Remarks as the voter reads them."""
    return [{"category": name, "message": CATEGORIES[name].remark} for name in categories if name in CATEGORIES]
