from django.urls import path

from arena.accounts.api import me, wallet

urlpatterns = [
    path("me", me.Me.as_view()),
    path("me/consent", me.Consent.as_view()),
    path("me/publish", me.Publish.as_view()),
    path("me/points", me.Points.as_view()),
    path("me/battles", me.MyBattles.as_view()),
    path("me/export", me.Export.as_view()),
    path("me/wallet/challenge", wallet.LinkChallenge.as_view()),
    path("wallet/challenge", wallet.SignInChallenge.as_view()),
    path("wallet/sign-in", wallet.SignIn.as_view()),
]
