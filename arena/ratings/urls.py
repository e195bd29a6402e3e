import datetime

from django.urls import path, register_converter

from arena.ratings import api, reading


class Day:
    """A date in an address, as ISO 8601 has it."""

    regex = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> datetime.date:
        return datetime.date.fromisoformat(value)

    def to_url(self, value: datetime.date) -> str:
        return value.isoformat()


class FileName:
    """A plain file's name in an address."""

    regex = r"[A-Za-z0-9_.-]{1,120}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(Day, "day")
register_converter(FileName, "file")

urlpatterns = [
    path("boards", api.Boards.as_view()),
    path("boards/<slug:slug>", api.BoardDetail.as_view()),
    path("boards/<slug:slug>/analysis", api.BoardAnalysis.as_view()),
    path("boards/<slug:slug>/history", api.BoardHistory.as_view()),
    path("boards/<slug:slug>/history/<int:seq>", api.BoardArchived.as_view()),
    path("contenders", reading.Contenders.as_view()),
    path("contenders/<slug:slug>", reading.ContenderDetail.as_view()),
    path("contenders/<slug:slug>/history", reading.ContenderHistory.as_view()),
    path("head-to-head", reading.HeadToHead.as_view()),
    path("snapshots", reading.Editions.as_view()),
    path("snapshots/<day:date>", reading.EditionManifest.as_view()),
    path("snapshots/<day:date>/<file:name>", reading.EditionFile.as_view()),
]
