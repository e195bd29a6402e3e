from django.urls import path

from arena.credits.api import operator, own, public

urlpatterns = [
    path("credits", public.Credits.as_view()),
    path("treasury", public.TreasuryView.as_view()),
    path("epochs", public.Epochs.as_view()),
    path("epochs/<int:number>", public.EpochDetail.as_view()),
    path("epochs/<int:number>/files/<str:name>", public.EpochFile.as_view()),
    path("epochs/<int:number>/proofs/<str:address>", public.EpochProof.as_view()),
    path("me/wallet", own.MyWallet.as_view()),
    path("me/conversions", own.Conversions.as_view()),
    path("me/faucet", own.Faucet.as_view()),
    *operator.urlpatterns,
]
