from django.urls import path

from arena.battles.api import arena, battles, drawing, exposure, moderation, pools, reports, sharing

urlpatterns = [
    path("arena", arena.Arena.as_view()),
    path("exposure", exposure.Exposure.as_view()),
    path("terms", arena.Terms.as_view()),
    path("prompts/draw", drawing.Draw.as_view()),
    path("operator/pools/<slug:slug>/serving", pools.Serving.as_view()),
    path("operator/pools/<slug:slug>/report", pools.Report.as_view()),
    path("battles", battles.Battles.as_view()),
    path("battles/<uuid:id>", battles.BattleDetail.as_view()),
    path("battles/<uuid:id>/turns", battles.Turns.as_view()),
    path("battles/<uuid:id>/attempts", battles.Attempts.as_view()),
    path("battles/<uuid:id>/stop", battles.Stop.as_view()),
    path("battles/<uuid:id>/vote", battles.CastVote.as_view()),
    path("battles/<uuid:id>/reports", reports.Reports.as_view()),
    path("battles/<uuid:id>/share", sharing.ShareLink.as_view()),
    path("shared/<slug:token>", sharing.Shared.as_view()),
    *moderation.urlpatterns,
]
