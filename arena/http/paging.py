"""Cursor paging: no page shifts while new rows arrive, and no page costs more than the first."""

from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination

from arena.errors import InvalidInput


class Pages(CursorPagination):
    page_size = 30
    ordering = "-id"
    cursor_query_param = "cursor"

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> list[Any] | None:
        """One page; raises InvalidInput for a cursor that is not one of ours."""
        try:
            return super().paginate_queryset(queryset, request, view)
        except (NotFound, ValueError, ValidationError):  # the place that it names is the client's word
            raise InvalidInput("This cursor is not one that we gave; begin with the first page.") from None

    def get_next_link(self) -> str | None:
        return _path(super().get_next_link())

    def get_previous_link(self) -> str | None:
        return _path(super().get_previous_link())


def _path(link: str | None) -> str | None:
    """Links without scheme and host: a proxy may know the site by another name."""
    if link is None:
        return None
    parts = urlsplit(link)
    return f"{parts.path}?{parts.query}"
