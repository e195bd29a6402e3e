"""Personal data in five languages' formats: what is found, and what only looks like it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.moderation import personal

FOUND: list[tuple[str, str, str]] = [
    # English
    ("email", "Mail me at john.smith+news@mailbox.co.uk, please.", "john.smith+news@mailbox.co.uk"),
    ("email", "john [at] gmail [dot] com", "john [at] gmail [dot] com"),
    ("phone", "Call (212) 867-5309 after six", "(212) 867-5309"),
    ("phone", "call me: 415-867-5309", "415-867-5309"),
    ("phone", "My number is +1 415 867 5309", "+1 415 867 5309"),
    ("phone", "My mobile: 07700 123456", "07700 123456"),
    ("phone", "London office, 020 7946 1234", "020 7946 1234"),
    ("iban", "pay to GB82 WEST 1234 5698 7654 32 by Friday", "GB82 WEST 1234 5698 7654 32"),
    ("card", "my card is 4539 1488 0343 6467, exp 12/29", "4539 1488 0343 6467"),
    ("card", "Amex 3714-496353-98431? no: 376449047333005", "376449047333005"),
    ("ip", "the visitor came from 91.198.174.192 twice", "91.198.174.192"),
    ("ip", "and 2620:0:862:ed1a::1 later", "2620:0:862:ed1a::1"),
    ("key", "OPENAI_KEY=sk-proj-a8Xk29dLmQ0pZr7TvB3nYc5W", "sk-proj-a8Xk29dLmQ0pZr7TvB3nYc5W"),
    ("key", "aws AKIA4QWERTY7UIOPLKJH", "AKIA4QWERTY7UIOPLKJH"),
    ("key", "ghp_1a2B3c4D5e6F7g8H9i0J1k2L3m4N5o6P7q8R", "ghp_1a2B3c4D5e6F7g8H9i0J1k2L3m4N5o6P7q8R"),
    ("key", "-----BEGIN RSA PRIVATE KEY-----\nMII", "-----BEGIN RSA PRIVATE KEY-----"),
    # German
    ("email", "Schreib an jürgen.müller@städtebau.de bitte", "jürgen.müller@städtebau.de"),
    ("phone", "Ruf mich an: 0171 2345678", "0171 2345678"),
    ("phone", "Büro: 030/9018 2044", "030/9018 2044"),
    ("phone", "Telefon 089 / 123 45 67", "089 / 123 45 67"),
    ("phone", "erreichbar unter +49 (0)30 901820", "+49 (0)30 901820"),
    ("iban", "IBAN: DE89 3704 0044 0532 0130 00 danke", "DE89 3704 0044 0532 0130 00"),
    # French
    ("phone", "Appelle-moi au 06 12 34 56 78", "06 12 34 56 78"),
    ("phone", "fixe 01.42.68.53.00", "01.42.68.53.00"),
    ("phone", "mon portable : 0612345678", "0612345678"),
    ("iban", "virement sur FR14 2004 1010 0505 0001 3M02 606", "FR14 2004 1010 0505 0001 3M02 606"),
    ("email", "écris à claire (arroba) poste (point) fr", "claire (arroba) poste (point) fr"),
    # Spanish
    ("phone", "Llámame al 612 345 678", "612 345 678"),
    ("phone", "mi móvil es el 655443322", "655443322"),
    ("phone", "Oficina 915 55 12 34", "915 55 12 34"),
    ("iban", "cuenta ES91 2100 0418 4502 0005 1332", "ES91 2100 0418 4502 0005 1332"),
    # Chinese
    ("phone", "我的手机号是13812345678，谢谢", "13812345678"),
    ("phone", "手机：１３８１２３４５６７８", "13812345678"),
    ("phone", "电话 010-62751234", "010-62751234"),
    ("email", "请发到 wang.wei@163.com", "wang.wei@163.com"),
]
CLEAN = [
    "Write to someone@example.com or info@test.invalid.",
    "git clone git@github.com:python/cpython.git",
    "numpy@1.26 and logo@2x.png and @property",
    "Follow @ada on the site",
    "In 1989-11-09 the wall fell; on 03.10.1990 the country was one.",
    "2024-01-15 12:30:45",
    "What is 123 456 789 + 987 654 321?",
    "1234567 times 7654321",
    "Pi is 3.14159265358979323846",
    "ISBN 978-3-16-148410-0",
    "The population was 1 402 112 000 in 2020.",
    "La population était de 67 413 000 habitants.",
    "El presupuesto fue de 612 345 678 euros.",
    "Die Zahl 0123456789 enthält jede Ziffer.",
    "555-0123 and (212) 555-0199 are from films",
    "Call 911 or 112 in an emergency.",
    "version 4.18.2.1 of the firmware",
    "Set the address to 192.168.0.17 or 10.0.0.1, the mask to 255.255.255.0, DNS to 8.8.8.8.",
    "std::vector<int> and a::b::c, 12:34:56",
    "2001:db8::1 is for manuals",
    "The test card is 4242 4242 4242 4242.",
    "Order number 4539 1488 0343 6468",  # no check digit of a card
    "DE89 3704 0044 0532 0130 01 has the wrong check digits",
    "sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "AKIAIOSFODNN7EXAMPLE",
    "import sk-learn-contrib-extensions-and-more-of-them",
    "一共有13812345个字，第2章第15节",
    "Compute 0.1234567890123456 * 10",
    "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]",
    "1000000000000000 is a quadrillion",
    "Unix time 1700000000, in ms 1700000000000",
    "f47ac10b-58cc-4372-a567-0e02b2c3d479",
    "SELECT * FROM t WHERE id IN (4111, 4222, 4333)",
]


def found(text: str) -> list[tuple[str, str]]:
    seen = personal.normal(text)
    return [(one.kind, seen[one.start : one.end]) for one in personal.scan(text)]


@pytest.mark.parametrize(("kind", "text", "what"), FOUND)
def test_personal_data_is_found_where_it_stands(kind: str, text: str, what: str) -> None:
    assert (kind, what) in found(text)


@pytest.mark.parametrize("text", CLEAN)
def test_what_only_looks_like_it_is_left_alone(text: str) -> None:
    assert found(text) == []


def test_a_part_of_a_text_is_one_thing_only() -> None:
    assert found("DE89 3704 0044 0532 0130 00") == [("iban", "DE89 3704 0044 0532 0130 00")]
    assert found("4539148803436467") == [("card", "4539148803436467")]


def test_several_are_found_in_their_order() -> None:
    assert [kind for kind, _ in found("ada@corp.org, +44 20 7946 1234, then bob@corp.org")] == ["email", "phone", "email"]


@given(st.text(max_size=300))
def test_any_text_is_scanned_and_every_finding_lies_within_it(text: str) -> None:
    assert len(personal.normal(text)) == len(text)
    ends = [0]
    for one in personal.scan(text):
        assert ends[-1] <= one.start < one.end <= len(text)
        ends.append(one.end)
