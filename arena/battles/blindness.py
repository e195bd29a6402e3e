"""Does an answer give its author away? Pure, and linear in the length of the text, however hostile that is.

An answer names itself if its own name, alias or vendor stands in it and not in the prompt; if the prompt brought the
name up, or the name is also an ordinary word ("Command", "Nova", "Google"), only a self-reference counts ("I am ...",
"as ..., I", "trained by ..."). A self-reference to another well-known model counts too: true or not, it sways the voter.
A finding makes the vote unrated, so a doubtful case is better left alone than found.

The text is read as tokens: compatibility forms folded, accents and invisible characters dropped, look-alike letters
mapped to Latin, markup taken out of words, spelled-out letters joined.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

WELL_KNOWN_FAMILIES = tuple(
    """ChatGPT|GPT|Claude|Gemini|Bard|PaLM|Gemma|Llama|Mistral|Mixtral|Ministral|Magistral|Codestral|Qwen|Tongyi Qianwen
    |通义千问|DeepSeek|Grok|SmolLM|Command R|Phi|Nova|Sonar|Titan|Falcon|Orca|Vicuna|Alpaca|Dolly|Granite|Solar|Yi|Kimi|GLM
    |ChatGLM|Ernie Bot|文心一言|豆包|Doubao|Hunyuan|MiniMax|Baichuan|InternLM|Jamba|Jurassic|Hermes|Nemotron|OLMo|Tulu|Zephyr
    |Starling|WizardLM|StableLM|Pythia|Koala|Guanaco|OpenAssistant|Copilot|Bing Chat|LaMDA|BLOOM|Reka|Inflection|Luminous
    |DBRX|Aya|YandexGPT|GigaChat|Клод|Чат ГПТ|クロード|ジェミニ""".replace("\n", "")
    .replace("    ", "")
    .split("|")
)
WELL_KNOWN_MAKERS = tuple(
    """OpenAI|Anthropic|Google|Google DeepMind|DeepMind|Meta|Meta AI|Mistral AI|Alibaba|Alibaba Cloud|阿里云|阿里巴巴|xAI|Cohere
    |Microsoft|Amazon|Apple|IBM|Nvidia|Hugging Face|Baidu|百度|Tencent|腾讯|ByteDance|字节跳动|Moonshot AI|月之暗面|Zhipu AI|智谱
    |深度求索|Yandex|Sber|AI21 Labs|Databricks|Stability AI|EleutherAI|Perplexity|Aleph Alpha|LMSYS|Allen Institute for AI
    |Technology Innovation Institute""".replace("\n", "")
    .replace("    ", "")
    .split("|")
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words of everyday text: as a name they count only in a self-reference or with what follows them in the full name.
_ORDINARY = _words(
    """command sonar nova phi titan falcon orca vicuna alpaca dolly granite solar yi palm bard ernie bing copilot jurassic
    hermes zephyr starling koala bloom reka inflection luminous weaver aya pythia guanaco camel wizard dragon swallow jet
    meta google microsoft amazon apple ibm nvidia alibaba tencent baidu huawei samsung intel oracle salesforce databricks
    snowflake cohere together perplexity adept character writer you stanford berkeley tsinghua princeton moonshot yandex
    adobe bytedance servicenow xiaomi liquid essential arcade fuyu flux sky star open code chat toy test demo alpha beta
    model contender local custom scripted a b"""
)
# Names that are also something else: where these words stand about, a mere mention is not of the model.
_ELSEWHERE = {
    "claude": _words("monet debussy shannon levi chabrol rains lorrain makelele juncker jean bernard giroux"),
    "gemini": _words("zodiac horoscope taurus aries virgo astrology nasa apollo constellation pollux twins"),
    "llama": _words("llamas alpaca alpacas wool andes andean animal animals camelid peru farm herd"),
    "mistral": _words("wind winds provence rhone vent marseille sirocco"),
    "gpt": _words("partition partitions mbr uefi disk"),
    "grok": _words("heinlein"),
}
_GENERIC = _words(
    """instruct chat base it mini small large medium big tiny nano micro turbo preview latest exp experimental pro flash lite
    ultra plus max opus sonnet haiku thinking reasoning vision coder code online instant fast free beta alpha the at with
    temperature temp v"""
)
_COMPANY = _words("inc ltd llc gmbh corp corporation co company team the limited labs research")
_NOBODY = _words("unknown local community independent various anonymous none other self hosted open source")

Kind = Literal["own_name", "self_reference"]


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose answer it is: the public name ("Claude 3.5 Sonnet"), its vendor, other names that voters would know."""

    name: str
    vendor: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """name: the name found, as listed. kind: a mention of its own name, or a claim to be somebody. excerpt: <= 120
    characters of folded text around it. Names a contender: never to be sent before the vote."""

    name: str
    kind: Kind
    excerpt: str


@dataclass(frozen=True, slots=True)
class _Entry:
    tokens: tuple[str, ...]
    name: str
    own: bool
    ordinary: bool
    maker: bool


@dataclass(frozen=True, slots=True)
class _Index:
    by_first: dict[str, list[_Entry]]
    spelled: re.Pattern[str]


def names_itself(answer_text: str, prompt_text: str, own: Identity, others: tuple[str, ...] = WELL_KNOWN_FAMILIES) -> Finding | None:
    """The first self-reference, else the first mention of its own name, else None. prompt_text: all that the voter wrote."""
    index = _index(own, others)
    mention: Finding | None = None
    for tokens in _readings(answer_text, index):
        for start, end, entry in _occurrences(tokens, index):
            if _is_claim(tokens, start, end, entry):
                return Finding(entry.name, "self_reference", _excerpt(tokens, start, end))
            if mention is None and entry.own and not entry.ordinary and not _is_elsewhere(tokens, entry):
                mention = Finding(entry.name, "own_name", _excerpt(tokens, start, end))
    return None if mention is None or _brings_up(prompt_text, index) else mention


def _brings_up(prompt_text: str, index: _Index) -> bool:
    readings = _readings(prompt_text, index)
    return any(entry.own for tokens in readings for _, _, entry in _occurrences(tokens, index))


def _excerpt(tokens: Sequence[str], start: int, end: int) -> str:
    return " ".join(token[:40] for token in tokens[max(0, start - 8) : end + 4])[:120]


# ---- Reading: text to tokens

_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9]{0,9}(?:\s[^<>]{0,200})?/?>|<!--.{0,200}?-->", re.DOTALL)
_ENTITY = re.compile(r"&(?:#(\d{1,6})|#[xX]([0-9a-fA-F]{1,5})|(?:nbsp|ensp|emsp|thinsp)|(?:shy|zwnj|zwj));")
_MARKS = str.maketrans(dict.fromkeys("*_~`\\^|"))
_MARKS_TO_SPACES = str.maketrans(dict.fromkeys("*_~`\\^|", " "))
_LETTERS = "a-zA-Z\u00c0-\u052f\u13a0-\u13f5\u1d00-\u1dbf\u1e00-\u1fff\ua720-\ua7ff\uab30-\uab6f"
# A word of the scripts that imitate each other, digits, any other letter alone, or a stop.
_TOKEN = re.compile(rf"[{_LETTERS}]+|\d+|[^\W\d_]|[.!?]+|[。;\u2026]|\n\s*\n|,|、")
_LOOKALIKES = str.maketrans(
    "АВЕЅІЈКМНОРСТХУҮԌаеѕіјкмнорстхуүԁһԛԝӏѵвгΑΒΕΖΗΙΚΜΝΟΡΤΥΧαεικνορτυχηϲɑɡıᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢꞮɩⅼ",
    "ABESIJKMHOPCTXYYGaesijkmhopctxyydhqwlvbrABEZHIKMNOPTYXaeiknoptuxncagiabcdefghijklmnoprstuvwyzIil",
)


def _unescape(match: re.Match[str]) -> str:
    code = int(match[1]) if match[1] else int(match[2], 16) if match[2] else -1
    if code < 0:
        return "" if match[0] in ("&shy;", "&zwnj;", "&zwj;") else " "
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else " "


def _fold(text: str) -> str:
    # Marks are dropped before decomposing as well: sorting a long run of them takes quadratic time.
    if "&" in text:
        text = _ENTITY.sub(_unescape, text)
    if "<" in text:
        text = _TAG.sub("", text)
    if not text.isascii():
        text = _without_marks(unicodedata.normalize("NFKD", _without_marks(text)))
        text = unicodedata.normalize("NFC", text)
    return text


def _without_marks(text: str) -> str:
    drop = [
        letter
        for letter in set(text)
        if unicodedata.combining(letter) or unicodedata.category(letter) in ("Mn", "Me", "Cf") or letter in "ᅟᅠㅤ"
    ]
    return text.translate(str.maketrans(dict.fromkeys(drop))) if drop else text


def _readings(text: str, index: _Index | None) -> Iterator[list[str]]:
    # Marks inside a word may hide it (C*l*aude) or part words (I_am_Claude): both readings are tried.
    folded = _fold(text)
    joined = folded.translate(_MARKS)
    yield _tokens(joined, index)
    if len(joined) != len(folded):
        yield _tokens(folded.translate(_MARKS_TO_SPACES), index)


def _tokens(text: str, index: _Index | None) -> list[str]:
    tokens: list[str] = []
    letters: list[str] = []
    for match in _TOKEN.finditer(text):
        if match[0][0] == "." and match.end() < len(text) and not text[match.end()].isspace():
            continue  # a dot within: 3.5, C.l.a.u.d.e
        token = _word(match[0])
        if len(token) == 1 and token.isascii() and token.isalpha():
            letters.append(token)
            continue
        if letters:
            tokens += _spelled(letters, index)
            letters = []
        tokens.append(token)
    return tokens + _spelled(letters, index)


def _word(token: str) -> str:
    if token[0] in ",、":
        return ","
    if not token[0].isalnum():
        return "."
    if not token.isascii() and (plain := token.translate(_LOOKALIKES)).isascii():
        return plain.casefold()
    return token.casefold()


def _spelled(letters: list[str], index: _Index | None) -> list[str]:
    # "I a m C l a u d e": a name found in the joined letters becomes one token, "iam" before it two.
    if index is None or len(letters) < 3 or not (match := index.spelled.search(joined := "".join(letters))):
        return letters
    before = ["i", "am"] if joined[: match.start()] in ("im", "iam") else letters[: match.start()]
    return [*before, match[0], *letters[match.end() :]]


# ---- Names: what to look for

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@lru_cache(maxsize=512)
def _index(own: Identity, others: tuple[str, ...]) -> _Index:
    entries: dict[tuple[str, ...], _Entry] = {}
    for text in (own.name, *own.aliases):
        _enter(entries, text, own=True, maker=False)
    _enter(entries, own.vendor, own=True, maker=True)
    for text in others:
        _enter(entries, text, own=False, maker=False)
    for text in WELL_KNOWN_MAKERS:
        _enter(entries, text, own=False, maker=True)
    by_first: dict[str, list[_Entry]] = {}
    for entry in sorted(entries.values(), key=lambda entry: -len(entry.tokens)):
        by_first.setdefault(entry.tokens[0], []).append(entry)
    spelled = [re.escape(word) for word in by_first if word.isascii() and word.isalpha() and len(word) >= 3]
    return _Index(by_first, re.compile("|".join(sorted(spelled, key=len, reverse=True)) or "(?!)"))


def _enter(entries: dict[tuple[str, ...], _Entry], text: str, *, own: bool, maker: bool) -> None:
    camel = _CAMEL.sub(" ", text)
    for form in dict.fromkeys((text, camel)):
        words = [word for word in _tokens(_fold(form).translate(_MARKS_TO_SPACES), None) if word not in (",", ".")]
        for tokens, ordinary in _forms(words, maker):
            # The arena's own names come first: what another contender shares with this one stays this one's.
            entries.setdefault(tokens, _Entry(tokens, text.strip(), own, ordinary, maker))


def _forms(words: list[str], maker: bool) -> Iterator[tuple[tuple[str, ...], bool]]:
    # Each form in which a name is found, and whether it needs a self-reference there.
    if maker:
        words = [word for word in words if word not in _COMPANY]
    if not words or all(word in _NOBODY or word in _GENERIC for word in words):
        return
    stem = tuple(words[: next((n for n, word in enumerate(words) if n and _ends_stem(word)), len(words))])
    yield tuple(words), _is_ordinary(tuple(words))
    if len(stem) > 1 or (stem[0] not in _NOBODY | {"ai", "model", "assistant", "bot"} and (len(stem[0]) > 1 or not stem[0].isascii())):
        yield stem, _is_ordinary(stem)
    if len(words) > len(stem):
        longer = (*stem, words[len(stem)])
        yield longer, _is_ordinary(longer)
    if len(stem) > 1 and all(word.isascii() for word in stem) and len("".join(stem)) >= 6:
        yield ("".join(stem),), False
    if maker and len(stem) > 1 and len(stem[0]) > 2 and stem[0].isascii():
        yield (stem[0],), True


def _ends_stem(word: str) -> bool:
    return word.isdigit() or word in _GENERIC or (len(word) == 1 and word.isascii())


def _is_ordinary(tokens: tuple[str, ...]) -> bool:
    if len(tokens) > 1:
        return all(len(token) <= 2 and token.isascii() for token in tokens)
    return tokens[0] in _ORDINARY or (len(tokens[0]) <= 2 and tokens[0].isascii())


def _occurrences(tokens: Sequence[str], index: _Index) -> Iterator[tuple[int, int, _Entry]]:
    for start, token in enumerate(tokens):
        entries = index.by_first.get(token)
        if entries is None and len(token) <= 40 and token.endswith(("ai", "bot", "gpt", "s", "lm")):
            entries = index.by_first.get(re.sub("(?:ai|bot|gpt|s|lm)$", "", token))
        for entry in entries or ():
            end = start + len(entry.tokens)
            if len(entry.tokens) == 1 or tuple(tokens[start + 1 : end]) == entry.tokens[1:]:
                yield start, end, entry


def _is_elsewhere(tokens: Sequence[str], entry: _Entry) -> bool:
    words = _ELSEWHERE.get(entry.tokens[0])
    return words is not None and len(entry.tokens) == 1 and not words.isdisjoint(tokens)


# ---- Claims: "I am ...", in the languages that voters write


def _phrases(text: str) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(_tokens(_fold(phrase), None)) for phrase in text.replace("\n", "|").split("|") if phrase.strip())


def _one_word(text: str) -> frozenset[str]:
    return frozenset(token for phrase in _phrases("|".join(text.split())) for token in phrase)


# Who speaks. After a plain pronoun at least one word of _BETWEEN or a comma must follow ("Part I: Claude" is no claim).
_SPEAKER = _phrases("""i|my|je|j|mon|ich|mein|yo|mi|eu|meu|io|mio|ik|mijn|ja|moje|мое|меня|мои|мой""")
_CUE = _phrases(
    """call me|talking to|talking with|chatting with|speaking with|speaking to|i have been|i ve been|soy|sou|sono un assistente|sono un modello|jestem|fui
    |i go by|me llamo|mi chiamo|me chamo|nazywam sie|mam na imie|zostalem|zostalam|nennt mich|appelez moi|noem me|я|меня зовут
    |我|我叫|我是|本模型|私|僕|俺|わたし|ぼく|저는|나는|제|benim adim|انا|ich heiße|ik heet"""
)
_CUE_AT_START = _phrases("this is|sono|im|it s|hier ist|hier spricht|aqui|ici|hello from|greetings from")
_BETWEEN = _one_word(
    """i m am is was be been being a an the s name model version called named known by from on as and ai assistant chatbot
    llm large language based powered running developed created made trained built designed fine tuned finetuned product
    helpful harmless honest friendly virtual digital actually really simply just your own of artificial intelligence machine
    learning generative conversational system bot here creator creators developer developers maker makers company team
    at open source advanced state art neural network small tiny tool to which team group researchers engineers instance
    virtual virtuale specifically namely version family part named done training chat here microsoft google openai meta
    suis m appelle ai ete cree concu par un une le la l modele de langage assistant nom est ia intelligence artificielle
    bin ein eine einer heisse heiße name ist wurde worden von der die das ki sprachmodell großes modell assistent
    soy el lo un una modelo lenguaje nombre es fui he sido creado creada por asistente inteligencia artificial gran llamado
    sou o um uma meu nome e pela pelo linguagem assistente criado criada chamado
    sono il uno stato stata creato creata da dal dalla linguistico nome
    ben een het naam taalmodel gemaakt door groot
    jestem modelem jezykowym jezykowy duzym przez imie to asystent asystentem nazywa sie
    это имя зовут от был была языковая языковой модель большая нейросеть компанией компания ии
    是 由 一 个 個 款 名 字 的 叫 做 大 型 语 語 言 模 人 工 智 能 助 手 公 司 开 開 发 發 训 訓 练 練 基 于 於 就
    は の 名 前 が です である た ち に よ っ て 作 ら れ 開 発 さ 言 語 デ ル モ 大 規 模 는 은 이 름 제 인 공 지 능"""
)
_STEMS = tuple(
    _one_word(
        """entrain desarroll desenvolv entren trein svilupp addestr entwick trainier ontwikk getrain stworz opracow
        wytrenow разработ созда обуч языков компани ассистент помощник искусств интеллект нейрос модел называ sprachmod"""
    )
)
_NOT = _one_word("not t never no isn wasn neither nor pas ne kein keine nicht non nao niet geen nie не 不 没 非 안 아 unlike")
_NOT_AFTER = _phrases("ではあ|ではな|じゃな")
_BY = _one_word("by par von por pela pelo da dal dalla door przez компания компанией 由")
_MODEL = _one_word(
    """ai llm assistant chatbot bot model models language trained developed ia ki assistente asistente assistent modele
    modello modelo modell sprachmodell taalmodel entwickelt entraine ии 模 型 训 开 開 発"""
)
_FIRST_PERSON = _one_word("i my me im je j mon mes ich mein meine yo mi mis eu meu minha io mio mia ik mijn ja moj moje я мои 我 私")
_AS = _one_word("as als como come jako comme")
_ARTICLE = _one_word("a an the un une ein eine una uma uno een")
_REACH = 16  # tokens looked back


def _is_claim(tokens: Sequence[str], start: int, end: int, entry: _Entry) -> bool:
    # The way back from the name to whoever speaks may hold nothing but words of _BETWEEN, in one sentence.
    if entry.tokens[0] in _ELSEWHERE and end < len(tokens) and tokens[end] in _ELSEWHERE[entry.tokens[0]]:
        return False
    if tuple(tokens[end : end + 3]) in _NOT_AFTER:
        return False
    if entry.ordinary and len(entry.tokens) == 1 and not entry.maker and start and tokens[start - 1] in _ARTICLE:
        return False  # "I am a command line tool"
    cue = _cue(tokens, start, end)
    if cue is None or not _NOT.isdisjoint(tokens[max(0, cue - 1) : start]):
        return False
    # A maker, or another's name that is an everyday word, needs more: "trained by Google", "Nova, an AI"; not
    # "I am a Google engineer", "I am Nova". Its own name in a self-reference is enough.
    if not entry.maker and (entry.own or not entry.ordinary):
        return True
    if entry.maker and start and tokens[start - 1] in _BY:
        return True
    return any(token in _MODEL or token.startswith(_STEMS) for token in _until_stop(tokens, cue, end + 6))


def _until_stop(tokens: Sequence[str], start: int, end: int) -> Iterator[str]:
    for token in tokens[start:end]:
        if token == ".":
            return
        yield token


def _cue(tokens: Sequence[str], start: int, end: int) -> int | None:
    # Where the claim begins, if there is one.
    if tokens[end : end + 1] == ["here"] and _is_stop(tokens, start - 1) and _is_stop(tokens, end + 1):
        return start
    for place in range(start - 1, max(-1, start - 1 - _REACH), -1):
        token = tokens[place]
        if token in _AS and _is_stop(tokens, place - 1) and _speaks_soon(tokens, end):
            return place
        for length in range(4, 0, -1):
            phrase = tuple(tokens[max(0, place + 1 - length) : place + 1])
            if phrase in _CUE or (phrase in _SPEAKER and place < start - 1):
                return place + 1 - len(phrase)
            if phrase in _CUE_AT_START and place == start - 1 and _is_stop(tokens, place - length) and _is_stop(tokens, end):
                return place + 1 - len(phrase)
        if token != "," and token not in _BETWEEN and token not in _NOT and not token.startswith(_STEMS):
            return None
    return None


def _is_stop(tokens: Sequence[str], place: int) -> bool:
    return not 0 <= place < len(tokens) or tokens[place] in (",", ".", "and", "but", "hello", "hi", "so", "well")


def _speaks_soon(tokens: Sequence[str], end: int) -> bool:
    return any(token in _FIRST_PERSON for token in _until_stop(tokens, end, end + 10))
