from django.urls import path

from arena.vendors.submissions import api

ONE = "organisations/<slug:slug>/submissions/<uuid:id>"
urlpatterns = [
    path("submission-terms", api.SubmissionTerms.as_view()),
    path("organisations/<slug:slug>/submissions", api.Submissions.as_view()),
    path(ONE, api.OneSubmission.as_view()),
    path(f"{ONE}/withdrawal", api.SubmissionWithdrawal.as_view()),
    path("operator/submissions", api.SubmissionQueue.as_view()),
    path("operator/submissions/<uuid:id>", api.OperatorSubmission.as_view()),
    path("operator/submissions/<uuid:id>/acceptance", api.Acceptance.as_view()),
    path("operator/submissions/<uuid:id>/refusal", api.Refusal.as_view()),
]
