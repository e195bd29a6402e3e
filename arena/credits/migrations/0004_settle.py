from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("credits", "0003_epochs")]
    operations = [
        migrations.AlterModelOptions(
            name="conversion",
            options={"permissions": [("void_conversion", "Can take a conversion back")]},
        ),
        migrations.AlterModelOptions(
            name="epoch",
            options={
                "permissions": [
                    ("seal_epoch", "Can seal an epoch"),
                    ("veto_epoch", "Can veto an epoch"),
                    ("pause", "Can pause claims"),
                    ("fund", "Can fund the treasury"),
                ]
            },
        ),
        migrations.AddField(
            model_name="attempt",
            name="data",
            field=models.BinaryField(default=b"", help_text="The call, to be signed again at a higher fee."),
            preserve_default=False,
        ),
    ]
