from django.urls import path

from arena.catalogue.api import contenders, providers

urlpatterns = [
    path("operator/providers", providers.Providers.as_view()),
    path("operator/providers/<slug:slug>", providers.ProviderDetail.as_view()),
    path("operator/providers/<slug:slug>/key", providers.ProviderKey.as_view()),
    path("operator/contenders", contenders.Contenders.as_view()),
    path("operator/contenders/<slug:slug>", contenders.ContenderDetail.as_view()),
    path("operator/contenders/<slug:slug>/state", contenders.ContenderState.as_view()),
    path("operator/contenders/<slug:slug>/pause", contenders.ContenderPause.as_view()),
    path("operator/contenders/<slug:slug>/resume", contenders.ContenderResume.as_view()),
    path("operator/contenders/<slug:slug>/clear", contenders.ContenderClear.as_view()),
    path("operator/contenders/<slug:slug>/canary", contenders.ContenderCanary.as_view()),
    path("operator/contenders/<slug:slug>/try", contenders.ContenderTry.as_view()),
]
