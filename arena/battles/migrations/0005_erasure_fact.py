from django.db import migrations

from arena.append_only import protect


class Migration(migrations.Migration):
    dependencies = [("battles", "0004_accounts")]
    operations = [protect("battles_erasure")]
