"""What a prompt is about and in which language it is: how often the rules are right, and that nothing makes them slow or wavering."""

import json
import random
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from arena.prompts import languages
from arena.prompts.classify import CATEGORIES, LOOKED_AT, VERSION, classify
from tests.stopwatch import at_best
from tests.unit.prompts.short import NO_LANGUAGE, SHORT

ROOT = Path(__file__).resolve().parents[3]
POOL = [json.loads(line) for line in (ROOT / "fixtures/prompts/starter.jsonl").read_text(encoding="utf-8").splitlines()]
# The rules were written with the odd ones in sight and without the even ones.
HELD_OUT = [row for row in POOL if int(row["id"][-3:]) % 2 == 0]
# How many looks of the language model at a whole prompt its labels may take. The rules look four times at most, and mostly at parts.
LOOKS = 5


def shares(rows: list[tuple[str, str]]) -> tuple[float, float]:
    """Of pairs (wanted, found): how many were found rightly, and wrongly; the rest was left open."""
    right = sum(wanted == found for wanted, found in rows)
    return right / len(rows), sum(bool(found) for _, found in rows) / len(rows) - right / len(rows)


# Language


def test_the_language_of_whole_prompts_is_found() -> None:
    right, wrong = shares([(row["language"], classify(row["text"]).language) for row in POOL])
    assert right >= 0.99
    assert wrong <= 0.005


def test_the_language_of_short_prompts_is_found() -> None:
    right, wrong = shares([(language, classify(text).language) for language, _, text in SHORT])
    assert right >= 0.95
    assert wrong <= 0.03


def test_every_language_has_its_prompts_found() -> None:
    total, right = Counter[str](), Counter[str]()
    for language, _, text in SHORT:
        total[language] += 1
        right[language] += classify(text).language == language
    assert len(total) >= 20
    assert not [language for language, count in total.items() if count > 2 and right[language] < 0.6 * count]


@pytest.mark.parametrize("text", NO_LANGUAGE)
def test_what_is_no_language_is_left_open(text: str) -> None:
    assert classify(text).language == ""


@pytest.mark.parametrize(
    "text",
    [
        "Hello my dear friend, I hope you are well, comment allez vous aujourd'hui, j'espère que tout va bien chez vous",
        "Ich möchte wissen wie das geht, and I would also like to know why it works that way",
        "¿Puedes ayudarme con esto por favor? I have been trying for hours and nothing works at all.",
    ],
)
def test_two_languages_in_one_breath_are_none(text: str) -> None:
    assert classify(text).language == ""


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Translate into English: Der Hund schläft unter dem Tisch und träumt von einem Knochen.", "en"),
        ("Was bedeutet dieser Satz genau? “The early bird catches the worm but the second mouse gets the cheese.”", "de"),
        ("Corrige les fautes : I has went to the market yesterday and buyed two apples.", "fr"),
        ("把下面的代码改成异步的：\n```python\ndef load(path):\n    return open(path).read()\n```", "zh"),
        ("用Python写HTML解析器", "zh"),
        ("Why does this fail?\n\nfor (let i = 0; i < 9; i++) {\n  console.log(i);\n}", "en"),
        ("日本語の勉強方法を教えてください。漢字が苦手です。", "ja"),
    ],
)
def test_the_task_has_the_language_not_what_it_is_about(text: str, language: str) -> None:
    assert classify(text).language == language


# Category


def test_the_categories_are_those_of_the_starter_pool() -> None:
    assert set(CATEGORIES) == {row["category"] for row in POOL}


def test_categories_of_prompts_that_no_rule_was_made_for_are_found_more_often_than_not() -> None:
    right, wrong = shares([(row["category"], classify(row["text"]).category) for row in HELD_OUT])
    assert right >= 0.56
    assert wrong <= 0.24


def test_categories_of_short_prompts_are_found() -> None:
    right, wrong = shares([(category, classify(text).category) for _, category, text in SHORT])
    assert right >= 0.85
    assert wrong <= 0.05


@pytest.mark.parametrize("text", ["", "hi", "ok", "👋👋👋", "asdfghjkl", "lorem ipsum dolor sit amet"])
def test_what_says_nothing_has_no_category(text: str) -> None:
    assert classify(text).category == ""


def test_code_alone_is_coding() -> None:
    for text in NO_LANGUAGE:
        if "return" in text or "SELECT" in text or "console" in text:
            assert classify(text).category == "coding"


# Whatever comes


def hostile() -> dict[str, str]:
    rng = random.Random(7)
    size = 200_000
    return {
        "one letter": "a" * size,
        "spaces": " " * size,
        "lines": "\n" * size,
        "fences": "```" * (size // 3),
        "open quotes": "«„“「" * (size // 4),
        "quotes": '"' * size,
        "ticks": "`" * size,
        "semicolons": "; " * (size // 2),
        "almost code": "for " * (size // 4),
        "brackets": "a[" * (size // 2),
        "dots": "a." * (size // 2),
        "links": "https://" * (size // 8),
        "digits": "1 + " * (size // 4),
        "colons": "a:" * (size // 2),
        "one word of every rule": " ".join(["translate python poem plan"] * (size // 27)),
        "han": "写" * size,
        "kana": "の" * size,
        "accents": "e" + "\u0301" * size,
        "nulls": "\x00" * size,
        "surrogates": "\ud800" * size,
        "emoji": "👩‍👩‍👧" * (size // 5),
        "turned": "\u202e" * size,
        "chance": "".join(chr(rng.randrange(1, 0x10FFFF)) for _ in range(size)),
        "letters by chance": "".join(rng.choice("abcdefghij éü,.;:{}()\"'`«»") for _ in range(size)),
    }


@pytest.mark.parametrize(("name", "text"), hostile().items(), ids=hostile().keys())
def test_hostile_text_takes_hardly_longer_than_any_other(name: str, text: str) -> None:
    classify("The model is read before the clock runs.")
    usual = " ".join(row["text"] for row in POOL)
    assert at_best(lambda: classify(text)) < 4 * at_best(lambda: classify(usual))
    found = classify(text)
    assert len(found.language) <= 12
    assert found.category in (*CATEGORIES, "")


def test_only_the_beginning_is_looked_at() -> None:
    prompt = POOL[0]["text"]
    filled = prompt + " " * (LOOKED_AT - len(prompt))
    assert classify(filled + "Übersetze das ins Englische. " * 1000) == classify(filled)


def test_labels_take_little_beside_the_looks_at_the_language_model_that_they_need() -> None:
    texts = [row["text"] for row in POOL]
    list(map(classify, texts[:20]))
    labels = at_best(lambda: list(map(classify, texts)))
    looks = at_best(lambda: [languages.guess(text[:240]) for text in texts])
    assert labels < LOOKS * looks


def test_the_same_text_always_has_the_same_labels() -> None:
    texts = [row["text"] for row in POOL[::7]] + [text for _, _, text in SHORT[::5]]
    first = [classify(text) for text in texts]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(classify, texts * 4)) == first * 4
    script = "import json, sys\nfrom arena.prompts.classify import classify\nprint(json.dumps([classify(t) for t in json.load(sys.stdin)]))"
    told: Any = subprocess.run(
        [sys.executable, "-c", script], input=json.dumps(texts), capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert [tuple(labels) for labels in json.loads(told.stdout)] == first


def test_the_model_is_read_only_when_it_is_needed() -> None:
    script = "import sys, arena.prompts.classify as c\nc.classify('写一首诗')\nprint('py3langid' in sys.modules, 'numpy' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert told.stdout.split() == ["False", "False"]


def test_many_first_prompts_at_once_read_the_model_once() -> None:
    script = """
import threading
from py3langid import modelio
read, times = modelio.load_model, []
modelio.load_model = lambda path: (times.append(1), read(path))[1]
from arena.prompts.classify import classify
found = []
threads = [threading.Thread(target=lambda: found.append(classify("Which language is this?").language)) for _ in range(6)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(len(times), *found)
"""
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert told.stdout.split() == ["1", *["en"] * 6]


def test_the_version_names_what_decides() -> None:
    assert classify("").classifier == VERSION
    assert len(VERSION) <= 40
