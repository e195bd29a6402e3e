from django.db import migrations

from arena.append_only import protect


class Migration(migrations.Migration):
    dependencies = [("chain", "0001_initial")]
    operations = [protect("chain_deployment")]
