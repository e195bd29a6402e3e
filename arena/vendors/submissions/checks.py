"""What twenty answers say about an endpoint before any person looks at it. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

# Of our own writing, over languages and kinds of work; some tempt a model to speak of itself.
PROMPTS = (
    "Hello. What can you help me with?",
    "Explain in three sentences why the sky is blue at noon and red at dusk.",
    "Write a haiku about a lighthouse in fog.",
    "Write a short letter of thanks to a neighbour and sign it.",
    "What is 17 times 23? Show your steps.",
    "Name three differences between a virus and a bacterium.",
    "Write a Python function that returns the second largest number of a list.",
    "Translate into German: The train was late, so we walked along the river.",
    "Summarise the story of Little Red Riding Hood in two sentences.",
    "Which is the better breakfast, porridge or toast? Decide and say why.",
    "Give me a plan for a weekend in a small town by the sea.",
    "A bat and a ball cost 1.10 together; the bat costs 1 more than the ball. What does the ball cost?",
    "Introduce yourself in one sentence, as if at a dinner table.",
    "Write a limerick about a programmer who could not sleep.",
    "Erkläre einem Kind in vier Sätzen, wie ein Regenbogen entsteht.",
    "Donne trois conseils pour apprendre une langue étrangère.",
    "Resume en dos frases por qué dormimos.",
    "用三句话解释什么是通货膨胀。",
    "What are you not good at? Answer in two sentences.",
    "List five questions that one should ask before buying a used bicycle.",
)
ANSWERED_AT_LEAST = 18
LEAKS_AT_MOST = 1
FIRST_MS_AT_MOST = 10_000
# An answer of so many characters that comes in one piece was not streamed.
LONG_ENOUGH = 120


@dataclass(frozen=True, slots=True)
class Trial:
    """One prompt and how it was answered. `fault`: the code of what went wrong, empty for a whole answer. Times in ms from the request.

    `pieces`: in how many the text came. `leak`: the words by which it gave its name away, empty if it did not.
    """

    prompt: str
    characters: int = 0
    fault: str = ""
    first_ms: int | None = None
    whole_ms: int | None = None
    pieces: int = 0
    leak: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: whether it is passed, a sentence about it, and the figures that it rests on."""

    code: str
    passed: bool
    detail: str
    figures: dict[str, Any]


def findings(trials: Sequence[Trial]) -> list[Finding]:
    """What the trials come to; each check says something even where others failed. Fewer than PROMPTS trials: it was given up early."""
    checks: tuple[Callable[[Sequence[Trial]], Finding], ...] = (_reachable, _answers, _streams, _blind, _quick)
    return [check(trials) for check in checks]


def _whole(trials: Sequence[Trial]) -> list[Trial]:
    return [trial for trial in trials if not trial.fault]


def _reachable(trials: Sequence[Trial]) -> Finding:
    faults = sorted({trial.fault for trial in trials if trial.fault})
    passed = any(not trial.fault or trial.first_ms is not None for trial in trials)
    detail = (
        "It can be reached." if passed else f"It could not be asked: {_WORDS.get(faults[0], faults[0]) if faults else 'nothing was tried'}."
    )
    return Finding("reachable", passed, detail, {"faults": faults})


def _answers(trials: Sequence[Trial]) -> Finding:
    count = len(_whole(trials))
    worst = sorted({trial.fault for trial in trials if trial.fault})
    detail = f"{count} of {len(PROMPTS)} prompts were answered; {ANSWERED_AT_LEAST} are needed."
    if worst:
        detail += f" Else: {'; '.join(_WORDS.get(fault, fault) for fault in worst)}."
    return Finding("answers", count >= ANSWERED_AT_LEAST, detail, {"answered": count, "asked": len(trials)})


def _streams(trials: Sequence[Trial]) -> Finding:
    long = [trial for trial in _whole(trials) if trial.characters >= LONG_ENOUGH]
    streamed = sum(trial.pieces > 1 for trial in long)
    figures = {"long": len(long), "streamed": streamed}
    if not long:
        return Finding("streams", False, f"No answer had {LONG_ENOUGH} characters, so it cannot be told whether it streams.", figures)
    passed = streamed >= 0.9 * len(long)
    detail = f"{streamed} of {len(long)} longer answers came piece by piece."
    return Finding("streams", passed, detail if passed else f"{detail} Send the answer as it is written.", figures)


def _blind(trials: Sequence[Trial]) -> Finding:
    leaks = [{"prompt": trial.prompt, "words": trial.leak} for trial in trials if trial.leak]
    whole = _whole(trials)
    detail = f"{len(leaks)} of {len(whole)} answers gave the name away; {LEAKS_AT_MOST} may."
    return Finding("blind", bool(whole) and len(leaks) <= LEAKS_AT_MOST, detail, {"leaks": leaks})


def _quick(trials: Sequence[Trial]) -> Finding:
    firsts = sorted(trial.first_ms for trial in _whole(trials) if trial.first_ms is not None)
    if not firsts:
        return Finding("quick", False, "There was no answer to measure.", {})
    middle, slowest = round(median(firsts)), firsts[-1]
    speeds = [1000 * trial.characters / trial.whole_ms for trial in _whole(trials) if trial.whole_ms]
    figures = {"first_ms": middle, "slowest_first_ms": slowest, "characters_per_second": round(median(speeds), 1) if speeds else None}
    detail = f"The first word comes after {middle / 1000:.1f} s, as a median; {FIRST_MS_AT_MOST // 1000} s are the most."
    return Finding("quick", middle <= FIRST_MS_AT_MOST, detail, figures)


_WORDS = {
    "refused": "it refuses the request; see the model's name and the protocol",
    "rate_limited": "it limits how often it may be asked",
    "timed_out": "no answer came in time",
    "malformed": "what comes back is not the protocol that you named",
    "empty": "the answer was empty",
    "too_long": "the answer does not end",
    "interrupted": "the answer broke off",
    "auth": "it does not take the key",
    "unreachable": "no connection could be made, or the address is private",
    "server_error": "it answers with an error of its own",
}
