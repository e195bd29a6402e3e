"""Tables that spreadsheets open without running anything."""

import pytest

from arena.http.tables import table


@pytest.mark.parametrize("text", ["=1+1", " =1+1", "'=1+1", "+1", "-1", "@x", "|x", "%x", "＝1", "＠x", "\tx", "\nx"])
def test_a_text_that_could_be_a_formula_is_none(text: str) -> None:
    (cell,) = table(["name"], [[text]]).decode().split("\r\n", 1)[1:]
    assert cell.removeprefix('"').startswith(f"'{text}")


def test_other_texts_and_numbers_stay_as_they_are() -> None:
    assert table(["name", "mu"], [["a-b = c", -1]]) == b"name,mu\r\na-b = c,-1\r\n"
