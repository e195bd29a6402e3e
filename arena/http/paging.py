"""Cursor paging: no page shifts while new rows arrive, and no page costs more than the first."""

from urllib.parse import urlsplit

from rest_framework.pagination import CursorPagination


class Pages(CursorPagination):
    page_size = 30
    ordering = "-id"
    cursor_query_param = "cursor"

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
