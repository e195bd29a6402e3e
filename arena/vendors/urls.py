from django.urls import include, path

from arena.vendors import api

urlpatterns = [
    *api.urlpatterns,
    path("", include("arena.vendors.hooks.urls")),
    path("", include("arena.vendors.submissions.urls")),
    path("", include("arena.vendors.reports.urls")),
]
