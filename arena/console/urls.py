from django.urls import path

from arena.console.api import health, jobs, pairing, people, rewards, trail

urlpatterns = [
    path("operator/me", people.StaffMe.as_view()),
    path("operator/people", people.People.as_view()),
    path("operator/people/<uuid:id>/roles", people.Roles.as_view()),
    path("operator/invitations", people.Invitations.as_view()),
    path("operator/invitations/<uuid:id>", people.OneInvitation.as_view()),
    path("operator/invitations/acceptance", people.AcceptInvitation.as_view()),
    path("operator/health", health.Health.as_view()),
    path("operator/jobs", jobs.Jobs.as_view()),
    path("operator/jobs/<int:number>/retry", jobs.Retry.as_view()),
    path("operator/audit", trail.TrailView.as_view()),
    path("operator/pairing", pairing.Pairing.as_view()),
    path("operator/rewards", rewards.Rewards.as_view()),
    path("operator/rewards/dry-run", rewards.RewardsDryRun.as_view()),
]
