from django.db import migrations

from arena.append_only import protect


class Migration(migrations.Migration):
    dependencies = [("users", "0001_initial")]
    operations = [protect("users_consent")]
