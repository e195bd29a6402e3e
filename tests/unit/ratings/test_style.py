"""What is counted in an answer's markdown, and that no text however hostile takes long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.ratings.style import NAMES, Style, covariates, measure
from tests.stopwatch import at_best

ANSWER = """# Title
Some **bold** words, __more__ of them, and `code` in a line.

- one
* two
  1. nested
> - quoted
##### deeper
#hashtag
```python
# a comment, no header
- no item, **no bold**
```
~~~
never closed `either`
"""


def test_headers_items_bold_passages_and_code_are_counted() -> None:
    assert measure(ANSWER) == Style(length=len(ANSWER), headers=2, lists=4, bold=2, code=3)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Style(0, 0, 0, 0, 0)),
        ("2023. A year", Style(12, 0, 1, 0, 0)),
        ("-5 degrees, 3.5 metres, #1", Style(26, 0, 0, 0, 0)),
        ("2 ** 3 is ** not bold", Style(21, 0, 0, 0, 0)),
        ("snake_case and __init__", Style(23, 0, 0, 1, 0)),
        ("``a`b`` and `c`", Style(15, 0, 0, 0, 1)),
        ("````\n```\n# still code\n````\n# header", Style(35, 1, 0, 0, 1)),
    ],
)
def test_doubtful_marks(text: str, expected: Style) -> None:
    assert measure(text) == expected


@pytest.mark.parametrize(
    "unit", ["#", "*", "**", "`", "``", "_", "-", "- ", "> ", "1", "1. ", " ", "\n", "# \n", "**a", "`a", "``` ", "~~~\n", "**a*", "__a_"]
)
def test_hostile_text_takes_linear_time(unit: str) -> None:
    short, long = ((unit * length)[:length] for length in (10_000, 100_000))
    # Ten times the text: quadratic work would take a hundred times as long.
    assert at_best(lambda: measure(long), of=3) < 30 * at_best(lambda: measure(short))


@given(st.text(alphabet="#*_`~-+>1.) \nab", max_size=200))
def test_no_count_exceeds_the_text(text: str) -> None:
    style = measure(text)
    assert 0 <= style.headers + style.lists + style.bold + style.code <= style.length == len(text)


def test_differences_are_normalised_by_sums() -> None:
    long, short = Style(300, 2, 0, 0, 1), Style(100, 0, 0, 4, 1)
    assert dict(zip(NAMES, covariates(long, short), strict=True)) == {
        "length": 0.5,
        "headers": 1.0,
        "lists": 0.0,
        "bold": -1.0,
        "code": 0.0,
    }
    assert covariates(short, long) == tuple(-value for value in covariates(long, short))
