from django.urls import path

from arena.battles.api import arena, battles, me

urlpatterns = [
    path("arena", arena.Arena.as_view()),
    path("terms", arena.Terms.as_view()),
    path("me", me.Me.as_view()),
    path("me/consent", me.Consent.as_view()),
    path("me/points", me.Points.as_view()),
    path("me/battles", me.MyBattles.as_view()),
    path("battles", battles.Battles.as_view()),
    path("battles/<uuid:id>", battles.BattleDetail.as_view()),
    path("battles/<uuid:id>/turns", battles.Turns.as_view()),
    path("battles/<uuid:id>/attempts", battles.Attempts.as_view()),
    path("battles/<uuid:id>/stop", battles.Stop.as_view()),
    path("battles/<uuid:id>/vote", battles.CastVote.as_view()),
]
