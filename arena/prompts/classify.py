"""What a prompt is about and in which language it is written: rules, and a language model of a few megabytes. Pure.

Only the first characters are looked at, in time that grows with their number alone. Where nothing is clear the answer is an empty
string, never a guess: a board of one category or language rather misses a vote than counts a stranger's.
"""

import functools
import re
from collections import Counter
from typing import NamedTuple

from arena.moderation.checker import UNSPACED
from arena.prompts.telltales import HINTS, TELLS

VERSION = "rules-1+py3langid-0.4"
"""Changes with every change of the rules, of the library, and of what is done with its answers."""

LOOKED_AT = 2000
_LANGUAGE_CHARS = 240  # more makes a language no surer, and the library takes its time for each
_SURE, _SURE_OF_HALF = 0.3, 0.8
_FEWEST_LETTERS, _FEWEST_OF_A_HALF = 8, 30


class Labels(NamedTuple):
    """A category of `CATEGORIES` and an ISO 639 code; empty where it is not clear. classifier: what decided, with its version."""

    category: str
    language: str
    classifier: str


def classify(text: str) -> Labels:
    """The labels of one prompt; the same text gives the same ones for as long as the version does not change."""
    prose, coded = _prose(text[:LOOKED_AT])
    return Labels(_category(prose, coded), _language(prose[:_LANGUAGE_CHARS]), VERSION)


def prepare() -> None:
    """Do now what the first prompt would wait for: read the model."""
    _guess("Which language is this?")


# What is said, without what is quoted

_FENCED = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_NO_WORDS = re.compile(r"`[^`\n]*`|https?://\S+")
# What somebody else said, or is to be said, may be in any language and about anything.
_QUOTED = re.compile(r"«[^«»]*»|„[^„“”]*[“”]|“[^“”]*”|「[^「」]*」|\"[^\"\n]*\"")
_CODE_LINE = re.compile(
    r"\s*+(?:(?:def|class|import|from|return|for|while|if|elif|const|let|var|function|public|private|static|void|int|print|async|await)\b"
    r"[^\n]*(?:\w\(|[={};<>])|(?:SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|FROM|WHERE|JOIN|GROUP|ORDER)\s[^a-z]*[a-z_*]"
    r"|(?:npm|pip|git|sudo|docker|curl|cd|ls) [\w./-]+|[\w.\[\]]+\s?[-+*/]?=[^=]|[]{}<#@$\[]|[^\n]*[;{}]\s*$)"
)
_LETTER = re.compile(r"[^\W\d_]")


def _prose(seen: str) -> tuple[str, bool]:
    """What is left of a text without code, links and quotations, if anything, and whether there was code in it."""
    words = _FENCED.sub("\n", seen)
    kept = [line for line in words.splitlines() if not _CODE_LINE.match(line)]
    coded = len(words) < len(seen) or len(kept) < len(words.splitlines())
    prose = _NO_WORDS.sub(" ", "\n".join(kept))
    own = _QUOTED.sub(" ", prose)
    return (own if _enough(own) else prose), coded


def _enough(text: str, fewest: int = _FEWEST_LETTERS) -> bool:
    return len(_LETTER.findall(text)) >= fewest


# Language

# Scripts that one language writes, as far as prompts go. Japanese has Chinese characters too, but no sentence of them alone.
_SCRIPTS = {
    "ja": re.compile("[\u3041-\u30ff]"),
    "ko": re.compile("[\uac00-\ud7a3]"),
    "th": re.compile("[\u0e01-\u0e4e]"),
    "el": re.compile("[\u0370-\u03ff]"),
    "he": re.compile("[\u05d0-\u05ea]"),
    "zh": re.compile("[\u3400-\u4dbf\u4e00-\u9fff]"),
}


def _language(prose: str) -> str:
    if not prose.isascii() and (found := _by_script(prose)):
        return found
    # A task says what is to be done with what comes behind it.
    task, colon, rest = prose.partition(":")
    if colon and _enough(rest) and (found := _guess(task)):
        return found
    middle = prose.find(" ", len(prose) // 2) + 1
    halves = prose[:middle], prose[middle:]
    if all(_enough(half, _FEWEST_OF_A_HALF) for half in halves):
        surely = {_guess(half, _SURE_OF_HALF) for half in halves}
        if "" not in surely:
            return surely.pop() if len(surely) == 1 else ""
    return _guess(prose)


def _by_script(prose: str) -> str:
    """The language whose script most of the letters are of; a Chinese character says as much as two letters of an alphabet."""
    letters = len(_LETTER.findall(prose))
    counts = {language: len(script.findall(prose)) for language, script in _SCRIPTS.items()}
    if counts["ja"]:
        counts["ja"], counts["zh"] = counts["ja"] + counts["zh"], 0
    language, count = max(counts.items(), key=lambda item: item[1])
    wide = 2 if language in ("ja", "zh", "ko") else 1
    return language if count >= 2 and count * wide > letters - count else ""


def _guess(text: str, sure: float = _SURE) -> str:
    if not _enough(text):
        return ""
    from arena.prompts import languages  # not before it is needed

    language, probability = languages.guess(text)
    return language if probability >= sure else ""


# Category

CATEGORIES = tuple(TELLS)
_CATEGORY_CHARS, _BEGINNING = 600, 5
_TELLS, _HINTS, _FIRST = 4, 1, 2  # points, and how often they count near the beginning
_LEAD = 2
_BEGINNINGS = range(3, 12)
_WORD = re.compile(r"\w+")
_SUM = re.compile(r"\d ?(?:[-+*/^=×÷] ?\d|%|x\b)")


class _Rule(NamedTuple):
    phrase: tuple[str, ...]
    category: str
    weight: int


class _Rules(NamedTuple):
    """Rules by the first word of their phrase, by the beginning of their one word, and those in scripts without spaces."""

    by_word: dict[str, list[_Rule]]
    by_beginning: dict[str, list[_Rule]]
    anywhere: list[_Rule]


def _category(prose: str, coded: bool) -> str:
    said = prose[:_CATEGORY_CHARS].lower()
    points = Counter(dict.fromkeys(CATEGORIES, 0))
    for rule, place in (_met(_WORD.findall(said)) | _met_anywhere(said)).items():
        points[rule.category] += rule.weight * _FIRST if place < _BEGINNING else rule.weight
    points["coding"] += 2 * _TELLS * coded
    points["maths"] += _TELLS * bool(_SUM.search(said))
    (best, most), (_, second) = points.most_common(2)
    return best if most - second >= _LEAD else ""


def _met(words: list[str]) -> dict[_Rule, int]:
    """The rules that hold, and the place where each does first."""
    rules, met = _rules(), dict[_Rule, int]()
    for place, word in enumerate(words):
        for rule in rules.by_word.get(word, ()):
            if len(rule.phrase) == 1 or tuple(words[place : place + len(rule.phrase)]) == rule.phrase:
                met.setdefault(rule, place)
        for length in _BEGINNINGS:
            for rule in rules.by_beginning.get(word[:length], ()):
                met.setdefault(rule, place)
    return met


def _met_anywhere(said: str) -> dict[_Rule, int]:
    if not UNSPACED.search(said):
        return {}
    return {rule: place for rule in _rules().anywhere if (place := said.find(rule.phrase[0])) >= 0}


@functools.cache
def _rules() -> _Rules:
    rules = _Rules({}, {}, [])
    for weight, table in ((_TELLS, TELLS), (_HINTS, HINTS)):
        for category, phrases in table.items():
            for phrase in map(str.strip, phrases.split(",")):
                if UNSPACED.search(phrase):
                    rules.anywhere.append(_Rule((phrase,), category, weight))
                elif phrase.endswith("*"):
                    rules.by_beginning.setdefault(phrase[:-1], []).append(_Rule((phrase,), category, weight))
                else:
                    rule = _Rule(tuple(_WORD.findall(phrase)), category, weight)
                    rules.by_word.setdefault(rule.phrase[0], []).append(rule)
    return rules
