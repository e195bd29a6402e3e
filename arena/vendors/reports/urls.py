from django.urls import path

from arena.vendors.reports.api import ContenderReport

urlpatterns = [path("organisations/<slug:slug>/contenders/<slug:contender>/report", ContenderReport.as_view())]
