"""Does a text hold personal data? E-mail addresses, telephone numbers, IBANs, payment cards, addresses of networks, secret keys. Pure.

Linear in the length of the text, however hostile that is. A finding is checked where it can be: an IBAN and a card by their check digits,
an address by its ranges. What is plainly made up (example.com, the card numbers of manuals, private networks) is left alone.
"""

import ipaddress
import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

NAME = "personal-1"
"""Of this scan, with its version: changes with every change of what it finds."""

Kind = Literal["email", "phone", "iban", "card", "ip", "key"]


class Found(NamedTuple):
    """kind: of what. start, end: where in the text as `normal` gives it."""

    kind: Kind
    start: int
    end: int


def kinds(text: str) -> frozenset[Kind]:
    """The kinds of personal data in a text; of nothing an empty set."""
    return frozenset(found.kind for found in scan(text))


def scan(text: str) -> list[Found]:
    """All that is found, in order. No part of a text is found twice: keys before addresses, cards before telephone numbers."""
    seen = normal(text)
    found: list[Found] = []
    for look in _LOOKS if _DIGIT.search(seen) else _WITHOUT_DIGITS:
        if more := list(look(seen)):
            found += more
            seen = _blanked(seen, more)  # what was found is nothing else as well; the rest keeps its place
    return sorted(found, key=lambda one: one.start)


def normal(text: str) -> str:
    """Wide digits, dashes of all kinds and odd spaces as plain ones; the length stays the same."""
    if text.isascii():
        return text
    return text.translate(_PLAIN)


def _plain() -> dict[int, str]:
    wide = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0xFF01, 0xFF5F)}
    arabic = {first + digit: str(digit) for first in (0x660, 0x6F0, 0x966) for digit in range(10)}
    dashes = dict.fromkeys((0x2010, 0x2011, 0x2012, 0x2013, 0x2212), "-")
    spaces = dict.fromkeys((0xA0, 0x2007, 0x2009, 0x202F, 0x3000), " ")
    return wide | arabic | dashes | spaces


_PLAIN = _plain()


def _blanked(text: str, found: list[Found]) -> str:
    pieces, after = [], 0
    for one in sorted(found, key=lambda one: one.start):
        pieces += [text[after : one.start], "\n" * (one.end - one.start)]
        after = one.end
    return "".join((*pieces, text[after:]))


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Secret keys

_KEY_MARKS = ("sk-", "sk_", "rk_", "AKIA", "ASIA", "gh", "github_pat_", "xox", "AIza", "glpat-", "hf_", "eyJ", "PRIVATE KEY", "whsec_")
_KEY = re.compile(
    r"(?<![A-Za-z0-9_-])(?:sk-[A-Za-z0-9_-]{20,200}|[sr]k_(?:live|test)_[A-Za-z0-9]{16,200}|A[KS]IA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{30,200}"
    r"|github_pat_[A-Za-z0-9_]{30,200}|xox[abprs]-[A-Za-z0-9-]{10,200}|AIza[0-9A-Za-z_-]{35}|glpat-[0-9A-Za-z_-]{20,60}|hf_[A-Za-z0-9]{30,60}"
    r"|whsec_[A-Za-z0-9+/=]{24,100}|eyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{10,1000})"
    r"|-----BEGIN (?:[A-Z]{2,9} ){0,2}PRIVATE KEY-----"
)


def _keys(text: str) -> Iterator[Found]:
    if not any(mark in text for mark in _KEY_MARKS):
        return
    for match in _KEY.finditer(text):
        if "PRIVATE KEY" in match[0] or _is_random(match[0]):
            yield Found("key", match.start(), match.end())


def _is_random(key: str) -> bool:
    """No placeholder: of many different characters, digits among them."""
    body = key[6:]
    return len(set(body)) >= 8 and any(map(str.isdigit, body)) and "EXAMPLE" not in key.upper() and "xxxx" not in key.lower()


# E-mail addresses

_SAID_AT = re.compile(r" ?[\[({] ?(?:at|AT|arroba|chez|ät) ?[\])}] ?")
_LOCAL = re.compile(r"[\w.+%-]{1,64}\Z")
_DOMAIN = re.compile(r"(?:[^\W_][\w-]{0,62}(?:\.| ?[\[({] ?(?:dot|DOT|punkt|point|punto) ?[\])}] ?)){1,6}[^\W\d_]{2,24}(?![\w-])")
_MADE_UP = re.compile(
    r"(?:^|\.)(?:example\.[a-z]{2,3}|[a-z0-9-]+\.example|test|invalid|localhost|local|beispiel\.de|exemple\.fr|ejemplo\.(?:com|es)"
    r"|domain\.com|yourdomain\.com|email\.com|company\.com|acme\.com|(?:png|jpe?g|gif|svg|webp|js|css|py|ts|html|json|md))$",
    re.IGNORECASE,
)
_NOBODY = frozenset(("git", "noreply", "no-reply", "donotreply", "user", "username", "you", "your.name", "name"))


def _emails(text: str) -> Iterator[Found]:
    for at in re.finditer(rf"@|{_SAID_AT.pattern}", text) if "@" in text or "(" in text or "[" in text or "{" in text else ():
        local = _LOCAL.search(text[max(0, at.start() - 64) : at.start()])
        domain = _DOMAIN.match(text[at.end() : at.end() + 256])
        if local is None or domain is None or not local[0].strip(".-"):
            continue
        if local[0].lower() not in _NOBODY and not _MADE_UP.search(domain[0]):
            yield Found("email", at.start() - len(local[0]), at.end() + domain.end())


# IBANs

_OF_LENGTH = {
    15: "NO", 16: "BE", 18: "DK FI FO GL NL", 19: "MK SI", 20: "AT BA EE KZ LT LU XK", 21: "CH CR HR LI LV", 22: "BG BH DE GB GE IE ME RS",
    23: "AE GI IL IQ OM", 24: "AD CZ ES MD PK RO SA SE SK TN VG", 25: "PT", 26: "IS TR", 27: "BI FR GR IT MC MR SM",
    28: "AL AZ BY CY DO GT HU LB PL SV", 29: "BR EG QA", 30: "JO KW MU", 31: "MT SC", 32: "LC",
}  # fmt: skip
_LENGTHS = {country: length for length, countries in _OF_LENGTH.items() for country in countries.split()}
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}", re.IGNORECASE)


def _ibans(text: str) -> Iterator[Found]:
    for match in _IBAN.finditer(text):
        length = _LENGTHS.get(match[0][:2].upper(), 0)
        end, seen = match.start(), 0
        while seen < length and end < match.end():
            seen += text[end].isalnum()
            end += 1
        if length and seen == length and _mod97(re.sub("[ -]", "", text[match.start() : end])):
            yield Found("iban", match.start(), end)


def _mod97(iban: str) -> bool:
    return int("".join(str(int(letter, 36)) for letter in iban[4:] + iban[:4])) % 97 == 1


# Payment cards

_CARD = re.compile(r"(?<![\d.,])\d(?:[ -]?\d){12,18}(?![\d.,]?\d)")
_ISSUERS = re.compile(r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:2[2-9]|[3-6]\d|7[01]|720)\d{12,13}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}"
                      r"|6(?:011|5\d\d|4[4-9]\d)\d{12}|62\d{14,17}|35\d{14}|(?:50|5[6-9]|6[37])\d{10,17}")  # fmt: skip
# From the manuals of those who take cards.
_SAMPLE_CARDS = _words(
    """4111111111111111 4242424242424242 4012888888881881 4222222222222 4000056655665556 5555555555554444 5105105105105100 2223003122003222
    378282246310005 371449635398431 6011111111111117 6011000990139424 3530111333300000 30569309025904 38520000023237 4000000000000002
    1234567890123456"""
)


def _cards(text: str) -> Iterator[Found]:
    for match in _CARD.finditer(text):
        digits = re.sub("[ -]", "", match[0])
        if _ISSUERS.fullmatch(digits) and digits not in _SAMPLE_CARDS and len(set(digits)) > 3 and _luhn(digits):
            yield Found("card", match.start(), match.end())


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(map(int, reversed(digits))):
        doubled = digit * 2 if place % 2 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


# Addresses of networks

_V4 = re.compile(r"(?<![\w.-])(?:\d{1,3}\.){3}\d{1,3}(?![\w-]|\.\d)")
_V6 = re.compile(r"(?<![\w:.])[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{0,4}){2,7}(?![\w:])")
_VERSION = re.compile(r"\b(?:version|release|firmware|build|v\.|ver\.?)\s?\Z", re.IGNORECASE)
# Everybody's: the name servers that manuals name.
_PUBLIC = _words("8.8.8.8 8.8.4.4 1.1.1.1 1.0.0.1 9.9.9.9 208.67.222.222 4.4.4.4 1.2.3.4 5.6.7.8")


def _networks(text: str) -> Iterator[Found]:
    if text.count(".") >= 3:
        for match in _V4.finditer(text):
            if _is_somebody(match[0]) and not _VERSION.search(text[max(0, match.start() - 10) : match.start()]):
                yield Found("ip", match.start(), match.end())
    if text.count(":") >= 2:
        for match in _V6.finditer(text):
            if _is_somebody(match[0]):
                yield Found("ip", match.start(), match.end())


def _is_somebody(address: str) -> bool:
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return False
    if known.version == 6 and int(known) >> 125 != 1:  # 2000::/3 is all that is given out
        return False
    return known.is_global and not known.is_multicast and address not in _PUBLIC and not address.endswith(".0")


# Telephone numbers

# How digits stand together where no word says that they are a telephone number.
_SHAPES = re.compile(
    r"(?<![\w.,+(/-])(?<!\d[ -])(?:"
    r"(?P<world>(?:\+|00)[1-9]\d{0,2}[ .()/-]{0,3}\d(?:[ .()/-]{0,2}\d){5,12})"
    r"|(?P<us>(?:1[ .-])?(?:\([2-9]\d\d\) ?|[2-9]\d\d[.-])[2-9]\d\d[ .-]\d{4})"
    r"|(?P<de>\(?0(?:1[5-7]\d|[2-9]\d{1,4})\)?[ /-]{1,3}\d{3,8}(?:[ -]?\d{1,4}){0,3})"
    r"|(?P<fr>0[1-9](?:[ .-]\d\d){4}|0[67]\d{8})"
    r"|(?P<es>[6-9]\d\d \d\d \d\d \d\d)"
    r"|(?P<zh>1[3-9]\d{9}|1[3-9]\d[ -]\d{4}[ -]\d{4}|0\d{2,3}-[2-9]\d{6,7})"
    r"|(?P<uk>07\d{3} ?\d{3} ?\d{3}|0[12]\d{1,3} \d{3,4} ?\d{3,4})"
    r")(?![\w-]|[.,/]\d)"
)
_DIGITS = re.compile(r"(?<![\d.,])\+?\(?\d(?:[ .()/-]{0,2}\d){6,14}(?![.,]?\d)")
_CALLED = re.compile(
    r"(?:phone|call me|call us|mobile|\bcell|text me|whatsapp|\btel|telefon|handy|mobil|anrufen|ruf mich|\bfon|t[ée]l[ée]phone|portable|appel"
    r"|num[ée]ro|tel[ée]fono|m[óo]vil|celular|ll[áa]m[ae]|电话|電話|手机|手機|微信|致电|联系方式)[^\d\n]{0,18}\Z",
    re.IGNORECASE,
)
_CUE_REACH = 36


def _phones(text: str) -> Iterator[Found]:
    found = [
        Found("phone", match.start(), match.end())
        for match in _DIGITS.finditer(text)
        if _CALLED.search(text[max(0, match.start() - _CUE_REACH) : match.start()]) and _is_number(match[0])
    ]
    yield from found
    for match in _SHAPES.finditer(_blanked(text, found) if found else text):
        if _is_number(match[0]):
            yield Found("phone", match.start(), match.end())


_DATE = re.compile(
    r"(?:19|20)\d\d[-./ ](?:0?[1-9]|1[0-2])[-./ ](?:0?[1-9]|[12]\d|3[01])|(?:0?[1-9]|[12]\d|3[01])[-./ ](?:0?[1-9]|1[0-2])[-./ ](?:19|20)\d\d"
)


def _is_number(said: str) -> bool:
    digits = re.sub(r"\D", "", said)
    if not 7 <= len(digits) <= 15 or len(set(digits)) < 3 or _DATE.match(said):
        return False
    # 555-0100 to 555-0199 are for stories; so is what counts up.
    return not re.search(r"555[ .-]?01\d\d$", said) and digits not in "012345678901234567890"


_DIGIT = re.compile(r"\d")
_WITHOUT_DIGITS: tuple[Callable[[str], Iterator[Found]], ...] = (_keys, _emails)
_LOOKS = (*_WITHOUT_DIGITS, _ibans, _cards, _networks, _phones)
