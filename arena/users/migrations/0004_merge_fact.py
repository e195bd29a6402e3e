from django.db import migrations

from arena.append_only import protect


class Migration(migrations.Migration):
    dependencies = [("users", "0003_accounts")]
    operations = [protect("users_merge")]
