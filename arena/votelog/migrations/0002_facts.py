from django.db import migrations

from arena.append_only import protect


class Migration(migrations.Migration):
    dependencies = [("votelog", "0001_initial")]
    operations = [protect("votelog_entry")]
