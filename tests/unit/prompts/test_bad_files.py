"""Files that are not what they should be: each refused with a sentence that says what to do, or line by line."""

import gzip
import io
import json
import zipfile
from typing import Any

import arro3.core as arrow
import arro3.io
import pytest

from arena.errors import FileRefused
from arena.prompts import formats
from arena.prompts.formats import Bounds, Row, unpacking
from tests.unit.prompts.files import jsonl, problems, read, row, rows

HEAD = b"id,text,category,language\n"
GOOD = [Row("a", "Why?", "facts", "en")]


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("pool.jsonl", b"0" * 10_000_000)
    return out.getvalue()


def parquet(**columns: Any) -> bytes:
    out = io.BytesIO()
    arro3.io.write_parquet(arrow.RecordBatch.from_pydict(columns), out, compression="zstd(19)")
    return out.getvalue()


def texts(*values: str) -> Any:
    return arrow.Array(values, arrow.DataType.string())


PARQUET = formats.write(GOOD, "parquet")
REFUSED: dict[str, tuple[bytes, str, str]] = {
    "empty": (b"", "jsonl", "is empty"),
    "white": (b" \n\n ", "csv", "is empty"),
    "nothing but lines": (b" \n" * 20, "jsonl", "empty"),
    "lines of spaces behind a byte order mark": (b"\xef\xbb\xbf" + b"\n" * 20, "jsonl", "holds no prompt"),
    "a head alone": (HEAD, "csv", "holds no prompt"),
    "no row": (formats.write([], "parquet"), "parquet", "holds no prompt"),
    "latin 1": (HEAD + "b,Wie heißt du?,facts,de\n".encode("latin-1"), "csv", "Line 2 is not UTF-8 (byte 0xDF at place 10)"),
    "latin 1 in json": (jsonl(row("a")) + '{"id": "ü"}'.encode("latin-1"), "jsonl", "Line 2 is not UTF-8"),
    "utf-16": (HEAD.decode().encode("utf-16"), "csv", "UTF-16"),
    "zip bomb": (zipped(), "jsonl", "zip archive or an Excel workbook"),
    "gzip": (gzip.compress(jsonl(row("a"))), "jsonl", "compressed with gzip"),
    "parquet as csv": (PARQUET, "csv", "a Parquet file: send it as one"),
    "csv as parquet": (HEAD, "parquet", "does not begin with PAR1"),
    "broken parquet": (PARQUET[:-40] + PARQUET[-8:], "parquet", "broken or incomplete"),
    "half a parquet": (PARQUET[: len(PARQUET) // 2], "parquet", "broken or incomplete"),
    "parquet of nothing": (b"PAR1" + b"\xff" * 100 + b"PAR1", "parquet", "broken or incomplete"),
    "a column too many": (parquet(**{name: texts("en") for name in ("id", "text", "category", "language", "rank")}), "parquet", "'rank'"),
    "a column too few": (parquet(id=texts("a"), text=texts("b")), "parquet", "no column category, language"),
    "no head": (b"a,Why?,facts,en\n", "csv", "does not name id, text, category, language"),
    "a strange head": (b"id,text,category,language,rank\n", "csv", "no field 'rank'"),
    "a name twice": (b"id,text,category,language,text\n", "csv", "a name comes twice"),
    "a line without end": (b'{"id": "' + b"x" * 1_100_000, "jsonl", "Line 1 is longer than 1024 KiB"),
    "too many rows": (jsonl(*(row(str(number)) for number in range(1001))), "jsonl", "more than 1,000 prompts"),
    "too many rows in parquet": (formats.write([Row(str(n), "x", "x", "en") for n in range(1001)], "parquet"), "parquet", "larger than"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_read_is_refused_with_what_to_do(name: str) -> None:
    content, kind, told = REFUSED[name]
    with pytest.raises(FileRefused) as refused:
        read(content, kind)
    assert told in refused.value.detail
    assert "othing was changed" in refused.value.detail


def test_broken_json_on_line_9999_is_told_there_and_the_rest_is_read() -> None:
    lines: list[Any] = [row(str(number)) for number in range(10_000)]
    lines[9_998] = '{"id": "9998", "text": "half'
    found = read(jsonl(*lines), "jsonl", Bounds(size=10**7, rows=10_000, chars=1000))
    assert [(line.number, one.detail) for line in found for one in line.problems] == [
        (9_999, "The line is not valid JSON: Unterminated string starting at column 24.")
    ]
    assert len(found) == 10_000


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("[1]", "not a JSON object"),
        ("7", "not a JSON object"),
        ('{"id": "a", "id": "b"}', "occurs twice"),
        ('{"id": NaN}', "NaN"),
        ('{"id": "\\ud800"}', "half a character"),
        ("[" * 30, "nested deeper"),
        ('{"id": "a"} {"id": "b"}', "Extra data"),
    ],
)
def test_a_line_that_is_no_prompt_is_one_problem(line: str, told: str) -> None:
    ((number, field, detail),) = problems(jsonl(row("x"), line, row("y")), "jsonl")
    assert (number, field) == (2, "")
    assert told in detail
    assert "body" not in detail
    assert "nothing was changed" not in detail


def test_a_byte_order_mark_is_no_part_of_the_file() -> None:
    assert rows(b"\xef\xbb\xbf" + jsonl(row("a")), "jsonl")[0].key == "a"
    assert rows(b"\xef\xbb\xbf" + HEAD + b"a,Why?,facts,en\n", "csv") == GOOD


def test_a_cell_too_many_or_too_few_is_told_and_the_rest_is_read() -> None:
    content = HEAD + b"a,Why?,facts,en,more\nb,Why?,facts\nc,Why?,facts,en\n"
    assert problems(content, "csv") == [
        (2, "", "It has 5 cells where the first line names 4 columns."),
        (3, "", "It has 3 cells where the first line names 4 columns."),
    ]
    assert len(read(content, "csv")) == 3


@pytest.mark.parametrize(
    "tail", [b'b,"Why?,facts,en\nc,Why?,facts,en\n', b'b,"Why?"x,facts,en\n', b'b,"' + b"x" * 200_000 + b'",facts,en\n']
)
def test_quotes_that_do_not_fit_end_the_reading_and_are_told_where_they_begin(tail: bytes) -> None:
    ((number, field, detail),) = problems(HEAD + b"a,Why?,facts,en\n" + tail, "csv")
    assert (number, field) == (3, "")
    assert "the rest of the file was not read" in detail


@pytest.mark.parametrize("text", ["{", "NaN", '{"seed": Infinity}', "[" * 100_000, "7"])
def test_parameters_that_are_no_object_are_a_problem_of_their_line(text: str) -> None:
    cell = text.replace('"', '""')
    ((number, field, _),) = problems(f'id,text,category,language,parameters\na,Why?,facts,en,"{cell}"\n'.encode(), "csv")
    assert (number, field) == (2, "parameters")


def test_a_parquet_bomb_is_stopped_at_what_a_file_may_hold() -> None:
    columns = {name: texts(*(["x"] * 400)) for name in ("id", "category", "language")}
    bomb = parquet(**columns, text=texts(*(["x" * 100_000] * 400)))
    assert len(bomb) < 20_000
    with pytest.raises(FileRefused, match="larger than 1 MiB"):
        read(bomb, "parquet")


@pytest.mark.parametrize("mebibytes", [120, 200])
def test_a_parquet_file_gets_so_much_memory_and_no_more(mebibytes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too little for its pages, or for its values."""
    monkeypatch.setattr("arena.prompts.formats.parquet.MEMORY", mebibytes * 1024**2)
    columns = {name: texts(*(["x"] * 64)) for name in ("id", "category", "language")}
    bomb = parquet(**columns, text=texts(*(["x" * 1_500_000] * 64)))
    with pytest.raises(FileRefused, match="with the memory"):
        read(bomb, "parquet", Bounds(size=10**9, rows=100, chars=100))


def test_what_a_parquet_file_holds_of_other_types_is_told_by_row() -> None:
    columns = {name: texts("a", "b") for name in ("id", "text", "category")}
    columns["language"] = arrow.Array([1, 2], arrow.DataType.int64())
    assert [(number, field) for number, field, _ in problems(parquet(**columns), "parquet")] == [(1, "language"), (2, "language")]


def test_the_unpacker_needs_nothing_of_the_arena_and_is_given_no_secret() -> None:
    assert "arena" not in unpacking.__dict__
    out = io.BytesIO()
    assert unpacking.unpack(PARQUET, out, 10_000, 10) == 0
    names, only = out.getvalue().splitlines()
    assert json.loads(names)[:4] == ["id", "text", "category", "language"]
    assert json.loads(only) == {**row("a", text="Why?"), "tags": [], "system": "", "parameters": None, "held_out": False, "chip": False}
    assert unpacking.unpack(PARQUET, io.BytesIO(), 10, 10) == unpacking.TOO_LARGE
