"""The starter prompt pool: its shape, its balance, and the promises its README makes.

No Django and no network: the pool is a plain file, and these tests read it as one.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter, defaultdict
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

POOL_DIR = Path(__file__).resolve().parents[3] / "fixtures" / "prompts"
POOL_FILE = POOL_DIR / "starter.jsonl"
README = POOL_DIR / "README.md"

FIELDS = ["id", "text", "category", "language", "tags", "chip"]


def listed(names: str) -> list[str]:
    """A list written as a paragraph, to keep long vocabularies readable."""
    return names.split()


CATEGORIES = frozenset(
    listed(
        """
        writing explaining coding maths reasoning planning
        summarising translation roleplay advice facts creativity
        """
    )
)
LANGUAGES = frozenset({"en", "es", "fr", "de", "zh"})
DEMAND_TAGS = listed("easy hard checkable constraint context")
SUBJECT_TAGS = listed(
    """
    culture everyday food history home humour kids language
    money nature people science study tech travel work
    """
)
CODE_TAGS = listed("html javascript python regex shell sql")
TAGS = frozenset([*DEMAND_TAGS, *SUBJECT_TAGS, *CODE_TAGS])

MIN_WORDS, MAX_WORDS = 8, 120
EASY_MAX_WORDS = 30
CHIP_MAX_CHARS = 70
NEAR_DUPLICATE = 0.6
HAN_PER_WORD = 1.6  # Chinese has no spaces; this is the usual exchange rate

# Makers, models and products whose names are not ordinary words: matched in any case, on word
# boundaries, with or without a version behind them (gpt4, qwen2.5). Regular expressions.
NAMES = listed(
    r"""
    openai chatgpt gpt dall\W?e anthropic deepmind google gmail lamda palm\W?2 gemma xai grok
    deepseek qwen alibaba tongyi mistralai mixtral ministral codestral magistral devstral pixtral
    cohere hugging\s?face smollm\w* olmo\W?\d allenai tulu vicuna wizardlm eleutherai stablelm
    stability\s?ai databricks dbrx mosaicml nvidia nemotron minitron ibm microsoft copilot github
    cortana phi-?\d baidu tencent hunyuan wechat bytedance doubao tiktok zhipu chatglm glm kimi
    minimax baichuan internlm stepfun xiaomi huawei pangu iflytek samsung lg\s?ai exaone naver
    hyperclova ai21 jamba character\.ai midjourney siri alexa iphone android facebook instagram
    whatsapp youtube linkedin ollama lmsys lmarena
    """
)
NAMES_RE = re.compile(rf"(?<![^\W_])(?:{'|'.join(NAMES)})(?:-?\d[\w.]*)?(?![^\W_])", re.IGNORECASE)

# Names which are also ordinary words in one of our languages (meta is "goal", olmo is "elm"):
# matched only when capitalised. Word an innocent sentence so that none of them has to open it.
CAPITALISED = listed(
    """
    Meta Llama LLaMA Claude Sonnet Haiku Opus Gemini Bard Mistral Falcon Titan Nova Amazon Apple
    Orca Alpaca Command Granite Yi Phi Aya Reka Solar Poe Replika Intel Oracle Salesforce Bing
    Excel Twitter Codex Ernie ERNIE Dolly Pythia Inflection Moonshot Perplexity Upstage OLMo Olmo
    """
)
CAPITALISED_RE = re.compile(rf"(?<![^\W_])(?:{'|'.join(CAPITALISED)})(?![^\W_])")

# Left out because they are first of all words: 苹果 (apple), 元宝 (ingot), 星火 (spark).
HAN_NAMES = listed(
    """
    百度 文心一言 阿里巴巴 通义 千问 腾讯 混元 字节跳动 豆包 智谱 月之暗面 百川 讯飞 华为 盘古
    商汤 深度求索 零一万物 阶跃星辰 谷歌 微软 英伟达 微信 抖音 支付宝 淘宝
    """
)

# Blind means blind: a prompt must not invite an answer to say which model it came from.
IDENTITY_RE = re.compile(
    r"\b(?:AI|LLM|IA|KI)s?\b|"
    r"(?i:language model|chat ?bot|who (?:made|trained|built|created) you|"
    r"modelo de lenguaje|inteligencia artificial|modèle de langage|"
    r"intelligence artificielle|Sprachmodell|künstliche Intelligenz)|"
    r"语言模型|大模型|人工智能|聊天机器人|谁开发了你|你是谁"
)
LATE_YEAR_RE = re.compile(r"(?<!\d)20(?:2[4-9]|[3-9]\d)(?!\d)")
LINK_RE = re.compile(r"https?:|www\.|\S@\S+\.\S", re.IGNORECASE)

HAN_RE = re.compile(r"[\u3400-\u9fff]")
WORD_RE = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


def load() -> list[dict[str, Any]]:
    return [json.loads(line) for line in POOL_FILE.read_text(encoding="utf-8").splitlines()]


def words(text: str) -> float:
    """Words in a text, counting Han characters at HAN_PER_WORD to a word."""
    han = len(HAN_RE.findall(text))
    return len(WORD_RE.findall(HAN_RE.sub(" ", text))) + han / HAN_PER_WORD


def normalise(text: str) -> str:
    """Case, accents' encoding, punctuation and spacing removed: what is left is what is said."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(re.findall(r"[^\W_]+", folded))


def grams(text: str, n: int = 5) -> frozenset[str]:
    """Character n-grams, which serve Chinese as well as spaced languages."""
    norm = normalise(text)
    return frozenset(norm[i : i + n] for i in range(max(1, len(norm) - n + 1)))


def jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    return len(a & b) / len(a | b)


def names_in(text: str) -> list[str]:
    found = [m.group() for m in NAMES_RE.finditer(text)]
    found += [m.group() for m in CAPITALISED_RE.finditer(text)]
    found += [name for name in HAN_NAMES if name in text]
    return found


POOL = load()


# ---------------------------------------------------------------- the file


def test_file_is_utf8_without_bom_and_with_lf() -> None:
    raw = POOL_FILE.read_bytes()
    assert not raw.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in raw
    assert raw.endswith(b"}\n")
    raw.decode("utf-8")


def test_lines_are_canonical_json() -> None:
    """One object a line, written one way only, so that diffs show nothing but content."""
    for line in POOL_FILE.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        assert list(row) == FIELDS, line
        assert line == json.dumps(row, ensure_ascii=False)


def test_sorted_by_unique_id() -> None:
    ids = [row["id"] for row in POOL]
    assert ids == sorted(ids)
    assert len(ids) == len(set(ids))


# ---------------------------------------------------------------- each prompt


@pytest.mark.parametrize("row", POOL, ids=lambda row: row["id"])
def test_prompt(row: dict[str, Any]) -> None:
    text, tags = row["text"], row["tags"]

    assert row["category"] in CATEGORIES
    assert row["language"] in LANGUAGES
    assert re.fullmatch(rf"{row['language']}-{row['category']}-\d{{3}}", row["id"])

    assert isinstance(row["chip"], bool)
    assert isinstance(tags, list)
    assert tags
    assert tags == sorted(set(tags))
    assert set(tags) <= TAGS
    assert not {"easy", "hard"} <= set(tags)

    assert isinstance(text, str)
    assert text == text.strip()
    assert text == unicodedata.normalize("NFC", text)
    assert all(c == "\n" or unicodedata.category(c) not in {"Cc", "Cf", "Co", "Cs"} for c in text)
    assert MIN_WORDS <= words(text) <= MAX_WORDS

    assert not names_in(text)
    assert not IDENTITY_RE.search(text)
    assert not LATE_YEAR_RE.search(text)
    assert not LINK_RE.search(text)

    if row["chip"]:
        assert len(text) <= CHIP_MAX_CHARS
        assert "\n" not in text
    if "easy" in tags:
        assert words(text) <= EASY_MAX_WORDS
    if row["language"] == "zh":
        assert len(HAN_RE.findall(text)) >= 10


# ---------------------------------------------------------------- no prompt twice


def test_no_exact_duplicates() -> None:
    seen: dict[str, str] = {}
    for row in POOL:
        norm = normalise(row["text"])
        assert norm not in seen, (seen[norm], row["id"])
        seen[norm] = row["id"]


def test_no_near_duplicates() -> None:
    shingled = [(row["id"], grams(row["text"])) for row in POOL]
    close = [
        (a, b, round(score, 2))
        for (a, grams_a), (b, grams_b) in combinations(shingled, 2)
        if (score := jaccard(grams_a, grams_b)) >= NEAR_DUPLICATE
    ]
    assert close == []


# ---------------------------------------------------------------- balance


def test_size() -> None:
    assert len(POOL) >= 300


def test_counts_per_language() -> None:
    counts = Counter(row["language"] for row in POOL)
    assert set(counts) == LANGUAGES
    assert counts["en"] >= 130
    for language in LANGUAGES - {"en"}:
        assert counts[language] >= 36, language


def test_counts_per_category() -> None:
    counts = Counter(row["category"] for row in POOL)
    assert set(counts) == CATEGORIES
    assert min(counts.values()) >= 20
    # even-handed: no category crowds out another
    assert max(counts.values()) <= 2 * min(counts.values())


def test_every_category_in_every_language() -> None:
    counts = Counter((row["language"], row["category"]) for row in POOL)
    for language in LANGUAGES:
        for category in CATEGORIES:
            need = 10 if language == "en" else 3
            assert counts[language, category] >= need, (language, category)


def test_enough_easy_prompts_for_tiny_models() -> None:
    easy = [row for row in POOL if "easy" in row["tags"]]
    english = [row for row in easy if row["language"] == "en"]
    assert len(english) >= 40
    assert {row["category"] for row in english} == CATEGORIES
    for language in LANGUAGES - {"en"}:
        assert sum(row["language"] == language for row in easy) >= 6, language


def test_chips() -> None:
    chips: dict[str, list[str]] = defaultdict(list)
    for row in POOL:
        if row["chip"]:
            chips[row["language"]].append(row["category"])
    assert 35 <= sum(map(len, chips.values())) <= 60
    for language in LANGUAGES:
        assert len(chips[language]) >= 6, language
        # a row of suggestions should not be six of the same thing
        assert len(set(chips[language])) >= 5, language


def test_lengths_vary() -> None:
    for language in LANGUAGES:
        lengths = [words(row["text"]) for row in POOL if row["language"] == language]
        for low, high in ((8, 15), (15, 40), (40, 121)):
            inside = sum(low <= n < high for n in lengths)
            assert inside >= len(lengths) / 10, (language, low, high, inside)


# ---------------------------------------------------------------- the README and the checks


def test_readme_documents_the_vocabulary() -> None:
    readme = README.read_text(encoding="utf-8")
    for word in [*FIELDS, *CATEGORIES, *LANGUAGES, *TAGS]:
        assert f"`{word}`" in readme, word
    assert "CC0" in readme


@pytest.mark.parametrize(
    "text",
    [
        "Is ChatGPT better than the others?",
        "Ask GPT-4 about it",
        "qwen2.5 said so",
        "My friend Claude works there",
        "Compare Llama with it",
        "Amazon sells this",
        "用微信发给他",
        "豆包怎么说",
    ],
)
def test_name_check_fires(text: str) -> None:
    assert names_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "¿Cómo se llama tu perro y cuál es su meta?",
        "Le mistral souffle et l'opus est long",
        "Ein Apfel und ein Falke",
        "An alpaca ate an apple by the solar panel",
        "We need an excellent plan to palm off the goods",
        "El olmo viejo da sombra",
        "小明买了三个苹果",
    ],
)
def test_name_check_spares_ordinary_words(text: str) -> None:
    assert names_in(text) == []


@pytest.mark.parametrize(
    "text",
    ["Who trained you?", "Are you an AI?", "Bist du ein Sprachmodell?", "你是谁开发的大模型？"],
)
def test_identity_check_fires(text: str) -> None:
    assert IDENTITY_RE.search(text)


def test_near_duplicate_check_fires() -> None:
    a = grams("Plan a rainy Sunday at home for two adults and a toddler.")
    b = grams("plan a rainy sunday at home, for two adults and one toddler!")
    assert jaccard(a, b) >= NEAR_DUPLICATE
    c = grams("帮我安排一个不用花钱的周末下午。")
    d = grams("帮我安排一个不用花钱的周末下午吧！")
    assert jaccard(c, d) >= NEAR_DUPLICATE
    assert jaccard(a, c) == 0


def test_word_count() -> None:
    assert words("It's a well-known fact") == 4
    assert words("用 Python 写") == pytest.approx(1 + 2 / HAN_PER_WORD)
