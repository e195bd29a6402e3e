"""A secret shows itself only where it is asked to."""

import copy
import json
import pickle

import pytest

from arena.outbound import Secret

KEY = "sk-very-secret"


def test_it_prints_as_stars() -> None:
    secret = Secret(KEY)
    shown = f"{secret}{secret!r}{secret!s}{[secret]}{ {'k': secret} }{vars(type(secret)).keys()}"
    assert KEY not in shown
    assert secret.reveal() == KEY
    assert secret.within("Bearer {}").reveal() == f"Bearer {KEY}"


def test_it_is_not_copied_out_by_serialisers() -> None:
    for serialise in (pickle.dumps, json.dumps, copy.copy):
        with pytest.raises(TypeError) as caught:
            serialise(Secret(KEY))
        assert KEY not in str(caught.value)


def test_it_compares_by_its_text_and_is_false_when_empty() -> None:
    assert Secret(KEY) == Secret(KEY)
    assert hash(Secret(KEY)) == hash(Secret(KEY))
    assert Secret(KEY) != Secret("other")
    assert Secret(KEY) != KEY
    assert not Secret("")
