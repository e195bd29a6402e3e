from django.urls import path

from arena.vendors.hooks import api

ONE = "organisations/<slug:slug>/webhooks/<uuid:id>"
urlpatterns = [
    path("organisations/<slug:slug>/webhooks", api.Hooks.as_view()),
    path(ONE, api.OneHook.as_view()),
    path(f"{ONE}/secret", api.HookSecret.as_view()),
    path(f"{ONE}/test", api.HookTest.as_view()),
    path(f"{ONE}/replay", api.HookReplay.as_view()),
    path(f"{ONE}/messages", api.Messages.as_view()),
    path(f"{ONE}/messages/<str:message>", api.OneMessage.as_view()),
    path(f"{ONE}/messages/<str:message>/replay", api.MessageReplay.as_view()),
]
