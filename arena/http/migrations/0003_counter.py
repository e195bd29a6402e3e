from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("http", "0002_cache")]
    operations = [
        migrations.CreateModel(
            name="Counter",
            fields=[
                ("key", models.CharField(help_text="A keyed hash of the window's name and subject.", max_length=64, primary_key=True, serialize=False)),
                ("quota", models.BigIntegerField()),
                ("taken", models.BigIntegerField()),
                ("until", models.DateTimeField(db_index=True)),
            ],
        ),
        # Counts need not outlive a crash, and cost no write to the log so; room in each page keeps a hot row in place.
        migrations.RunSQL("ALTER TABLE http_counter SET UNLOGGED; ALTER TABLE http_counter SET (fillfactor = 50)", migrations.RunSQL.noop),
    ]
