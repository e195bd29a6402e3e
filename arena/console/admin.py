"""What libraries put into the admin and has its place elsewhere."""

from auditlog import get_logentry_model
from django.contrib import admin
from django.contrib.auth.models import Group
from procrastinate.contrib.django.models import ProcrastinateJob

# What a role may do is a table in the code (roles.py); the trail and the jobs have pages of their own, where deeds are recorded.
for _model in (Group, get_logentry_model(), ProcrastinateJob):
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)
