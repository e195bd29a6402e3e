"""Errors -> RFC 9457 problem JSON: a stable `type`, the right status, a sentence a person can act on."""

import logging
from typing import Any

import psycopg
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from psycopg_pool import PoolTimeout
from rest_framework import exceptions as drf
from rest_framework.response import Response

from arena import errors

log = logging.getLogger("arena.http")
CONTENT_TYPE = "application/problem+json"


def body(error: errors.ArenaError) -> dict[str, Any]:
    """The problem document (RFC 9457, section 3) of an error."""
    document: dict[str, Any] = {
        "type": f"/problems/{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
    }
    if error.errors:
        document["errors"] = error.errors
    if error.retry_after is not None:
        document["retry_after"] = error.retry_after
    return document


def headers(error: errors.ArenaError) -> dict[str, str]:
    told = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
    return told | ({"WWW-Authenticate": 'Bearer error="invalid_token"'} if isinstance(error, errors.KeyInvalid) else {})


def handle(exc: Exception, context: dict[str, Any]) -> Response:
    """DRF's exception handler: every exception leaves as a problem, known ones with their own sentence."""
    error = translate(exc)
    if not isinstance(exc, errors.ArenaError):
        if error.status == 500:
            log.error("unhandled error", exc_info=exc)
        elif error.status == 503:  # everybody's request, while the database is away: a line each, no traceback
            log.warning("the database is busy or away: %s", str(exc).partition("\n")[0])
    limits = getattr(getattr(context.get("request"), "_request", None), "rate_limit", {})
    return Response(body(error), status=error.status, headers={**limits, **headers(error)}, content_type=CONTENT_TYPE)


class Internal(errors.ArenaError):
    status, code, title = 500, "internal", "Something went wrong on our side"


class MethodNotAllowed(errors.ArenaError):
    status, code, title = 405, "method-not-allowed", "This address does not answer to that method"


class UnsupportedMediaType(errors.ArenaError):
    status, code, title = 415, "unsupported-media-type", "This address does not take a body of that type"


class NotAcceptable(errors.ArenaError):
    status, code, title = 406, "not-acceptable", "This address answers in application/json"


class CsrfFailed(errors.Forbidden):
    code, title = "csrf-failed", "The request did not come from this site's own page"


def translate(exc: Exception) -> errors.ArenaError:
    """The arena's error for any exception that may reach the edge; never raises."""
    match exc:
        case errors.ArenaError():
            return exc
        case drf.ValidationError():
            return errors.InvalidInput("Some of the fields are not right; nothing was changed.", errors=_fields(exc.detail))
        case drf.ParseError():
            return errors.MalformedJson(str(exc.detail))
        case drf.NotAuthenticated() | drf.AuthenticationFailed():
            return errors.NotSignedIn("Accept the terms or sign in first.")
        case drf.PermissionDenied() if str(exc.detail).startswith("CSRF"):
            return CsrfFailed("Reload the page and try again: its security token is missing or old.")
        case drf.PermissionDenied() | PermissionDenied():
            return errors.Forbidden("You are not allowed to do that.")
        case drf.NotFound() | Http404():
            return errors.NotFound("There is nothing at this address, or it is not yours to see.")
        case drf.MethodNotAllowed():
            return MethodNotAllowed(str(exc.detail))
        case drf.UnsupportedMediaType():
            return UnsupportedMediaType("Send the body as application/json; nothing was changed.")
        case drf.NotAcceptable():
            return NotAcceptable(str(exc.detail))
        case drf.Throttled():
            return errors.Throttled("Too many requests; wait a little.", retry_after=int(getattr(exc, "wait", None) or 1))
        case RequestDataTooBig():
            return errors.TooLarge("The body is larger than this arena accepts; nothing was changed.")
        case PoolTimeout() | OperationalError() | InterfaceError() | psycopg.OperationalError() | psycopg.InterfaceError():
            return errors.Unavailable("The database is busy or away; nothing was changed. Try again.", retry_after=2)
    return Internal("Nothing was half done. Try again; if it happens again, tell the operator.")


def _fields(detail: Any, path: str = "") -> list[dict[str, str]]:
    if isinstance(detail, dict):
        return [row for key, value in detail.items() for row in _fields(value, f"{path}.{key}" if path else str(key))]
    if isinstance(detail, list) and any(isinstance(item, dict | list) for item in detail):
        return [row for index, value in enumerate(detail) for row in _fields(value, f"{path}[{index}]")]
    messages = detail if isinstance(detail, list) else [detail]
    return [{"field": path or "body", "message": str(message)} for message in messages]


def reply(error: errors.ArenaError) -> JsonResponse:
    """A problem as a plain Django response, for the places that DRF does not reach."""
    return JsonResponse(body(error), status=error.status, headers=headers(error), content_type=CONTENT_TYPE)


def csrf_failure(request: HttpRequest, reason: str = "") -> JsonResponse:
    return reply(CsrfFailed("Reload the page and try again: its security token is missing or old."))


def bad_request(request: HttpRequest, exception: Exception) -> JsonResponse:
    known = isinstance(exception, RequestDataTooBig)
    return reply(translate(exception) if known else errors.InvalidInput("The request could not be understood."))


def not_found(request: HttpRequest, exception: Exception | None = None) -> JsonResponse:
    return reply(errors.NotFound("There is nothing at this address."))


@csrf_exempt
def unknown(request: HttpRequest) -> JsonResponse:
    """Any address under /api/ that is none: a problem too while DEBUG is on, where Django would show a page."""
    return not_found(request)


def server_error(request: HttpRequest) -> JsonResponse:
    return reply(Internal("Nothing was half done. Try again; if it happens again, tell the operator."))
