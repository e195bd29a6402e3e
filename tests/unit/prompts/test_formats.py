"""Prompts go into every kind of file and come out the same; what a spreadsheet opens does no harm."""

import csv
import io
import json
from typing import Any

import arro3.core as arrow
import arro3.io
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from arena.prompts import formats
from arena.prompts.formats import Row, table
from tests.unit.prompts.files import jsonl, problems, row, rows

WORDS = some.text(some.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=60)
TEXTS = some.text(
    some.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff\x7f" + "".join(map(chr, {*range(32)} - {9, 10, 13}))),
    min_size=1,
    max_size=80,
).filter(str.strip)
NAMES = some.from_regex(r"[a-z=+@'-][a-z0-9=+@'\-]{0,8}", fullmatch=True)
ROWS = some.builds(
    Row,
    key=NAMES,
    text=TEXTS,
    category=NAMES,
    language=some.sampled_from(["en", "de", "zh-Hant", "pt-BR"]),
    tags=some.lists(NAMES, max_size=3, unique=True).map(tuple),
    system=some.one_of(some.just(""), TEXTS),
    parameters=some.fixed_dictionaries(
        {},
        optional={"temperature": some.sampled_from([0, 0.1, 0.7, 1, 2]), "seed": some.integers(0, 2**31 - 1), "max_tokens": some.just(64)},
    ),
    held_out=some.booleans(),
)
POOLS = some.lists(ROWS, min_size=1, max_size=6, unique_by=lambda one: one.key)


@pytest.mark.parametrize(("kind", "examples"), [("jsonl", 80), ("csv", 80), ("parquet", 6)])
def test_what_is_exported_and_imported_again_is_the_same(kind: str, examples: int) -> None:
    @settings(max_examples=examples, deadline=None)
    @given(POOLS)
    def round_trip(pool: list[Row]) -> None:
        again = rows(formats.write(pool, kind), kind)
        assert formats.canonical(again) == formats.canonical(pool)
        assert sorted(again, key=lambda one: one.key) == sorted(pool, key=lambda one: one.key)

    round_trip()


@given(WORDS | some.text("=+-@'\t\r\n ＝%|a", max_size=8))
def test_a_cell_is_made_harmless_and_can_be_had_back(text: str) -> None:
    cell = table.harmless(text)
    assert table.original(cell) == text
    assert not cell.lstrip(" '").startswith(("=", "+", "-", "@")) or cell.startswith("'")


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "'=1", "＝1", '=HYPERLINK("https://x.test")', "%x", "|cmd"]
)
def test_no_cell_of_an_export_begins_as_a_formula_does(text: str) -> None:
    content = formats.write([Row("a", text, "facts", "en", system=text)], "csv")
    assert content.startswith(b"\xef\xbb\xbf")
    cells = dict(zip(*csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")), strict=True))
    assert cells["text"] == cells["system"] == f"'{text}"
    assert rows(content, "csv")[0].text == text


def test_a_canonical_file_does_not_depend_on_the_order_of_prompts_or_names() -> None:
    one = rows(jsonl(row("b", tags=["x"], chip=True), row("a", parameters={"top_p": 0.5, "temperature": 1.0})), "jsonl")
    names = {
        "parameters": {"temperature": 1, "top_p": 0.5},
        "language": "en",
        "category": "facts",
        "text": "What of a?",
        "id": "a",
        "tags": [],
    }
    two = rows(jsonl(names, row("b", chip=True, tags=["x"], held_out=False)), "jsonl")
    assert formats.canonical(one) == formats.canonical(two)
    first = formats.canonical(one).split(b"\n")[0]
    assert first == b'{"id":"a","text":"What of a?","category":"facts","language":"en","parameters":{"temperature":1,"top_p":0.5}}'


def test_spreadsheets_may_separate_by_semicolons_or_tabs_and_write_a_byte_order_mark() -> None:
    for separator in ",;\t":
        lines = [["ID", "text", "category", "language", "tags", "chip", "parameters"], ["a", "Why?", "facts", "en", "", "YES", ""]]
        content = "\r\n".join(separator.join(cells) for cells in lines).encode("utf-8-sig")
        assert rows(content, "csv") == [Row("a", "Why?", "facts", "en", chip=True)]


def test_lines_of_a_table_are_numbered_as_an_editor_does() -> None:
    content = b'id,text,category,language\na,"two\nlines",facts,en\n\nb,,facts,en\n'
    assert problems(content, "csv") == [(5, "text", "It is missing.")]


def test_parquet_may_hold_structs_and_texts_where_we_write_lists_and_json() -> None:
    text = arrow.DataType.string()
    sampling = arrow.struct_array(
        [arrow.Array([0.5, None], arrow.DataType.float64())], fields=[arrow.Field("temperature", arrow.DataType.float64())]
    )
    columns: dict[str, Any] = {name: arrow.Array(["one", "two"], text) for name in ("id", "text", "category")}
    columns |= {"language": arrow.Array(["en", "en"], text), "tags": arrow.Array(["x; y", None], text), "parameters": sampling}
    out = io.BytesIO()
    arro3.io.write_parquet(arrow.RecordBatch.from_pydict(columns), out)
    assert rows(out.getvalue(), "parquet") == [
        Row("one", "one", "one", "en", tags=("x", "y"), parameters={"temperature": 0.5}),
        Row("two", "two", "two", "en"),
    ]


BAD_FIELDS: dict[str, tuple[dict[str, Any], str]] = {
    "no id": ({"id": None}, "id"),
    "an id with spaces around it": ({"id": " a"}, "id"),
    "an id of two lines": ({"id": "a\nb"}, "id"),
    "a long id": ({"id": "a" * 121}, "id"),
    "a number as id": ({"id": 7}, "id"),
    "an empty text": ({"text": " \n"}, "text"),
    "a long text": ({"text": "x" * 12_001}, "text"),
    "a bell in a text": ({"text": "a\x07"}, "text"),
    "no category": ({"category": ""}, "category"),
    "a language in words": ({"language": "English"}, "language"),
    "tags as text": ({"tags": "x"}, "tags"),
    "a tag twice": ({"tags": ["x", "x"]}, "tags"),
    "a tag with a semicolon": ({"tags": ["x;y"]}, "tags"),
    "many tags": ({"tags": [str(number) for number in range(21)]}, "tags"),
    "parameters as a list": ({"parameters": []}, "parameters"),
    "a made-up parameter": ({"parameters": {"magic": 1}}, "parameters"),
    "too hot": ({"parameters": {"temperature": 2.1}}, "parameters"),
    "half a token": ({"parameters": {"max_tokens": 1.5}}, "parameters"),
    "a true seed": ({"parameters": {"seed": True}}, "parameters"),
    "a huge seed": ({"parameters": {"seed": 10**400}}, "parameters"),
    "a word as flag": ({"held_out": "yes"}, "held_out"),
    "a held-out suggestion": ({"held_out": True, "chip": True}, "chip"),
    "an unknown field": ({"txt": "x"}, "txt"),
}


@pytest.mark.parametrize("name", BAD_FIELDS)
def test_a_wrong_field_is_named_with_its_line(name: str) -> None:
    change, field = BAD_FIELDS[name]
    (found,) = problems(jsonl(row("good"), row("a") | change), "jsonl")
    assert found[:2] == (2, field)
    assert found[2].endswith(".")


def test_everything_that_is_wrong_with_a_line_is_told_at_once() -> None:
    found = problems(jsonl({"id": "", "text": 1, "langauge": "en"}), "jsonl")
    assert {field for _, field, _ in found} == {"id", "text", "category", "language", "langauge"}


def test_an_old_text_is_given_back_whatever_the_bounds_are_today() -> None:
    pool = [Row("a", "x" * 50_000, "facts", "en", tags=("t",), parameters={"seed": 1}), Row("b", "a\u2028b\x85c", "facts", "en")]
    assert formats.restored(formats.canonical(pool)) == pool
    assert json.loads(formats.canonical(pool).split(b"\n")[1])["text"] == "a\u2028b\x85c"
