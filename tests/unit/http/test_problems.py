"""Every error leaves as a problem with a stable type."""

import re

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import OperationalError
from django.http import Http404
from psycopg_pool import PoolTimeout
from rest_framework import exceptions as drf

from arena import errors
from arena.http import problems

CASES: list[tuple[Exception, int, str]] = [
    (errors.NotFound("Gone."), 404, "not-found"),
    (drf.ParseError("Bad."), 400, "malformed-json"),
    (drf.NotAuthenticated(), 401, "not-signed-in"),
    (drf.AuthenticationFailed(), 401, "not-signed-in"),
    (drf.PermissionDenied("CSRF Failed: no cookie"), 403, "csrf-failed"),
    (drf.PermissionDenied(), 403, "forbidden"),
    (PermissionDenied(), 403, "forbidden"),
    (drf.NotFound(), 404, "not-found"),
    (Http404(), 404, "not-found"),
    (drf.MethodNotAllowed("PUT"), 405, "method-not-allowed"),
    (drf.UnsupportedMediaType("text/plain"), 415, "unsupported-media-type"),
    (drf.NotAcceptable(), 406, "not-acceptable"),
    (drf.Throttled(wait=7.2), 429, "throttled"),
    (RequestDataTooBig(), 413, "too-large"),
    (PoolTimeout(), 503, "busy"),
    (OperationalError("server closed the connection"), 503, "busy"),
    (ValueError("secret"), 500, "internal"),
    (RecursionError(), 500, "internal"),
]


@pytest.mark.parametrize(
    ("raised", "status", "code"), CASES, ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None
)
def test_an_exception_becomes_its_problem(raised: Exception, status: int, code: str) -> None:
    document = problems.body(problems.translate(raised))
    assert (document["status"], document["type"]) == (status, f"/problems/{code}")
    assert "secret" not in document["detail"]
    assert document["detail"].endswith((".", "request."))


def test_who_must_wait_is_told_how_long() -> None:
    error = problems.translate(drf.Throttled(wait=7.2))
    assert problems.headers(error) == {"Retry-After": str(problems.body(error)["retry_after"])}
    assert problems.headers(errors.NotFound()) == {}


def test_nested_fields_are_named_by_their_path() -> None:
    wrong = drf.ValidationError({"a": {"b": ["no"]}, "c": [{"d": ["never"]}, {}], "e": ["one", "two"]})
    fields = [(row["field"], row["message"]) for row in problems.body(problems.translate(wrong))["errors"]]
    assert fields == [("a.b", "no"), ("c[0].d", "never"), ("e", "one"), ("e", "two")]
    assert problems.translate(drf.ValidationError("alone")).errors == [{"field": "body", "message": "alone"}]


def test_every_error_of_the_arena_has_a_code_and_a_status_and_is_in_the_drawing() -> None:
    def tree(kind: type[errors.ArenaError]) -> list[type[errors.ArenaError]]:
        return [kind, *(below for child in kind.__subclasses__() for below in tree(child))]

    drawn = dict(re.findall(r"── (\w+) +\d+ +([a-z-]+)", errors.__doc__ or ""))
    for kind in tree(errors.ArenaError)[1:]:
        assert re.fullmatch(r"[a-z-]+", kind.code)
        assert 400 <= kind.status < 600
        if kind.__module__ == errors.__name__:
            assert problems.body(kind())["detail"]
            assert drawn.get(kind.__name__) == kind.code
            assert re.search(rf"{kind.__name__} +{kind.status} ", errors.__doc__ or "")
    codes = [kind.code for kind in tree(errors.ArenaError)[1:] if kind.__module__ == errors.__name__]
    assert len(codes) == len(set(codes)), "a code tells one error from another"


@pytest.mark.parametrize(("raised", "traceback"), [(OperationalError("gone\nfor good"), False), (ZeroDivisionError(), True)])
def test_a_database_that_is_away_is_one_line_in_the_log_and_a_fault_of_ours_a_traceback(
    raised: Exception, traceback: bool, caplog: pytest.LogCaptureFixture
) -> None:
    problems.handle(raised, {})
    (record,) = [record for record in caplog.records if record.name == "arena.http"]
    assert bool(record.exc_info) is traceback
    assert "\n" not in record.getMessage()
