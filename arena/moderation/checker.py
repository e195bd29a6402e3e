"""The built-in checker: lists of words and patterns. Pure, and linear in the length of the text, however hostile that is.

A clean prompt costs some microseconds: its words are looked up as one set, and nothing else is done unless a listed word is among them.
"""

import functools
import re
import unicodedata
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from arena.moderation import personal
from arena.moderation.categories import Finding, Rules, Target
from arena.moderation.words import CONCEPTS, RULES, WordRule

NAME = "words-1"
"""Of this checker, with its version: changes with every change of its lists and of what is done with them."""

_STEM = 4  # letters of a `word*` by which it is looked up
_AGE = re.compile(r"(?:years?|yrs?|yo|jahr\w{0,4}|ans|anos)\Z")
_WORD, _ASCII_WORD = re.compile(r"[^\W_]+"), re.compile(r"[a-z0-9]+")
UNSPACED = re.compile("[\u0e01-\u0e4e\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
"""A letter of a script whose words are not set apart by spaces (and of Korean, which joins them to others)."""
_JOINERS = re.compile(r"(?<=[^\W_])[*_~`|\\]+(?=[^\W_])")  # marks within a word, which hide it
_LEET = str.maketrans("0134578", "oieastb")
_LOOKALIKES = str.maketrans("аеорсухіјѕԁһкмнтвαεικνορτυχɑɡı", "aeopcyxijsdhkmhtbaeiknoptuxagi")


class Hit(NamedTuple):
    """A listed word in a text. place: in words, or half characters where a script has no spaces."""

    place: int
    concept: str


class _Index(NamedTuple):
    """Phrases by their first word, and by its first letters where all that begin so are meant; and those in scripts without spaces."""

    words: dict[str, list[tuple[tuple[str, ...], str]]]
    stems: dict[str, list[tuple[tuple[str, ...], str]]]
    unspaced: dict[str, list[str]]
    anywhere: re.Pattern[str] | None
    rules: tuple[WordRule, ...]


def find(text: str, target: Target, rules: Rules) -> list[Finding]:
    """All that is found of what these rules look for in a prompt or an answer; of each rule once."""
    wanted = rules.looked_for(target)
    found: list[Finding] = []
    if wanted & _BY_WORDS or rules.words:
        found = [Finding(rule.category, rule.name, NAME) for rule in _matched(text, _index_of(rules)) if rule.category in wanted]
    if wanted & _BY_PATTERN:
        for kind in sorted(personal.kinds(text)):
            category = "credentials" if kind == "key" else "personal_data"
            if category in wanted:
                found.append(Finding(category, kind, personal.NAME))
    return found


_BY_WORDS = frozenset(rule.category for rule in RULES)
_BY_PATTERN = frozenset(("credentials", "personal_data"))


def is_word(phrase: str) -> bool:
    """Whether there is anything in a phrase that could be looked for."""
    return bool(_WORD.search(fold(phrase)))


def fold(text: str) -> str:
    """Small letters without accents, invisible characters or look-alikes, compatibility forms resolved."""
    if not text.isascii():
        # Marks are dropped before decomposing as well: sorting a long run of them takes quadratic time.
        text = _without_marks(unicodedata.normalize("NFKD", _without_marks(text)))
        text = unicodedata.normalize("NFC", text).casefold().translate(_LOOKALIKES)
    text = text.lower()
    return _JOINERS.sub("", text) if any(mark in text for mark in "*_~`|\\") else text


def _without_marks(text: str) -> str:
    drop = [letter for letter in set(text) if unicodedata.category(letter) in ("Mn", "Me", "Cf")]
    return text.translate(dict.fromkeys(map(ord, drop))) if drop else text


def _matched(text: str, index: _Index) -> Iterable[WordRule]:
    folded = fold(text)
    words = (_WORD if not folded.isascii() else _ASCII_WORD).findall(folded)
    known = set(words)
    rules = _possible(known, index)
    holding: list[WordRule] = []
    if rules:
        hits = _hits([word if word.isalpha() or word.isdecimal() else word.translate(_LEET) for word in words], index)
        holding = [rule for rule in rules if _holds(rule, hits)]
    if index.anywhere and not folded.isascii() and UNSPACED.search(folded):
        hits = [Hit(match.start() // 2, concept) for match in index.anywhere.finditer(folded) for concept in index.unspaced[match[0]]]
        holding += [rule for rule in index.rules if hits and _holds(rule, hits)]
    return dict.fromkeys(holding)


def _possible(known: set[str], index: _Index) -> list[WordRule]:
    """The rules that could hold for a text of these words: most often none, and then nothing else is looked at."""
    leet = {word.translate(_LEET) for word in known if not word.isalpha()}
    concepts: set[str] = {"minor"} if len(leet) and any(map(str.isdecimal, known)) else set()
    for word in (known | leet) & index.words.keys():
        concepts.update(concept for _, concept in index.words[word])
    for stem in {word[:_STEM] for word in known | leet} & index.stems.keys():
        concepts.update(concept for _, concept in index.stems[stem])
    return [rule for rule in index.rules if concepts.issuperset(rule.concepts)]


def _hits(words: Sequence[str], index: _Index) -> list[Hit]:
    hits: list[Hit] = []
    for place, word in enumerate(words):
        if word.isdecimal():
            if len(word) < 3 and 0 < int(word) < 18 and any(_AGE.match(after) for after in words[place + 1 : place + 2]):
                hits.append(Hit(place, "minor"))
            continue
        for phrase, concept in index.words.get(word, ()):
            if len(phrase) == 1 or tuple(words[place : place + len(phrase)]) == phrase:
                hits.append(Hit(place, concept))
        for phrase, concept in index.stems.get(word[:_STEM], ()):
            if _begins(words[place : place + len(phrase)], phrase):
                hits.append(Hit(place, concept))
    return hits


def _begins(words: Sequence[str], phrase: tuple[str, ...]) -> bool:
    """Whether these words are the phrase's, of which the last may go on."""
    return len(words) == len(phrase) and tuple(words[:-1]) == phrase[:-1] and words[-1].startswith(phrase[-1])


def _holds(rule: WordRule, hits: Sequence[Hit]) -> bool:
    """One pass over the hits in their order, remembering where each concept was last."""
    last: dict[str, int] = {}
    excuses = [hit.place for hit in hits if hit.concept in rule.unless]
    waiting: deque[int] = deque(excuses)
    for hit in hits:
        if hit.concept not in rule.concepts:
            continue
        last[hit.concept] = hit.place
        begin = min(last.values())
        if len(last) < len(rule.concepts) or hit.place - begin > rule.near:
            continue
        while waiting and waiting[0] < begin - rule.near:
            waiting.popleft()
        if not waiting or waiting[0] > hit.place + rule.near:
            return True
    return False


def _index_of(rules: Rules) -> _Index:
    return _made(tuple(sorted((category, tuple(words)) for category, words in rules.words.items() if words)))


@functools.lru_cache(maxsize=4)
def _made(own: tuple[tuple[str, tuple[str, ...]], ...]) -> _Index:
    """The built-in lists and the operators' own, made ready to be looked up."""
    index = _Index({}, {}, {}, None, ())
    concepts: Mapping[str, Iterable[str]] = {name: text.split("|") for name, text in CONCEPTS.items()}
    concepts = {**concepts, **{f"own {category}": words for category, words in own}}
    for concept, phrases in concepts.items():
        for phrase in phrases:
            _enter(index, phrase, concept)
    anywhere = "|".join(map(re.escape, sorted(index.unspaced, key=len, reverse=True)))
    own_rules = tuple(WordRule(category, "own words", (f"own {category}",)) for category, _ in own)
    return index._replace(anywhere=re.compile(anywhere) if anywhere else None, rules=RULES + own_rules)


def _enter(index: _Index, phrase: str, concept: str) -> None:
    folded = fold(phrase.strip())
    words = tuple(_WORD.findall(folded))
    if not words:
        return
    if UNSPACED.search(folded):
        entries = index.unspaced.setdefault("".join(words), [])
        if concept not in entries:
            entries.append(concept)
    elif phrase.strip().endswith("*") and len(words[0]) >= _STEM:
        index.stems.setdefault(words[0][:_STEM], []).append((words, concept))
    else:
        index.words.setdefault(words[0], []).append((words, concept))
