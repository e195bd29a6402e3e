from django.db import migrations

from arena.append_only import protect


class Migration(migrations.Migration):
    dependencies = [("ratings", "0001_initial")]
    operations = [protect("ratings_parameterchange")]
