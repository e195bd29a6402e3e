from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ratings", "0002_facts")]
    operations = [
        migrations.AddField(
            model_name="snapshot",
            name="contenders",
            field=models.CharField(
                db_default="", default="", help_text="The mark of the contenders' rows that it was made from.", max_length=32
            ),
        ),
    ]
