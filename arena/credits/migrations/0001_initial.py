import arena.clock
import django.db.models.deletion
import django.db.models.expressions

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('ledger', '0006_debt'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.UUIDField(default=arena.clock.new_id, editable=False, primary_key=True, serialize=False)),
                ('chain_id', models.BigIntegerField()),
                ('purpose', models.CharField(max_length=80)),
                ('number', models.PositiveIntegerField(help_text='0 for the first; one more for each replacement.')),
                ('signer', models.CharField(max_length=42)),
                ('nonce', models.BigIntegerField()),
                ('target', models.CharField(max_length=42)),
                ('max_fee', models.BigIntegerField(help_text='Wei a unit of gas.')),
                ('priority_fee', models.BigIntegerField(help_text='Wei a unit of gas.')),
                ('gas', models.BigIntegerField()),
                ('raw', models.BinaryField()),
                ('hash', models.CharField(max_length=66)),
                ('at', models.DateTimeField(default=arena.clock.now)),
            ],
        ),
        migrations.CreateModel(
            name='Conversion',
            fields=[
                ('id', models.UUIDField(default=arena.clock.new_id, editable=False, primary_key=True, serialize=False)),
                ('wallet', models.CharField(help_text='EIP-55 checksummed.', max_length=42)),
                ('points', models.BigIntegerField()),
                ('units_per_point', models.BigIntegerField(help_text='The rate that the person agreed to.')),
                ('units', models.BigIntegerField(help_text='Credit base units: points x units_per_point.')),
                ('at', models.DateTimeField(default=arena.clock.now)),
            ],
        ),
        migrations.CreateModel(
            name='Epoch',
            fields=[
                ('number', models.PositiveIntegerField(primary_key=True, serialize=False)),
                ('chain_id', models.BigIntegerField()),
                ('contract', models.CharField(max_length=42)),
                ('root', models.BinaryField(help_text='Of the StandardMerkleTree over its leaves.', max_length=32)),
                ('cum_total', models.BigIntegerField(help_text='Units that all leaves come to.')),
                ('new_units', models.BigIntegerField(help_text='Units of the conversions sealed by it.')),
                ('accounts', models.IntegerField(help_text='Leaves.')),
                ('log_size', models.BigIntegerField(help_text='Entries of the log that it covers.')),
                ('log_root', models.BinaryField(help_text='RFC 6962 tree head over those entries.', max_length=32)),
                ('log_frontier', models.BinaryField(help_text='The complete subtrees of that tree, to go on from.')),
                ('ratings_root', models.BinaryField(max_length=32)),
                ('data_hash', models.BinaryField(help_text='SHA-256 of the manifest.', max_length=32)),
                ('sealed_at', models.DateTimeField(default=arena.clock.now)),
            ],
        ),
        migrations.CreateModel(
            name='File',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60)),
                ('content', models.BinaryField()),
                ('sha256', models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name='Leaf',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account', models.CharField(max_length=42)),
                ('cumulative', models.BigIntegerField()),
                ('position', models.IntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='Signer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('chain_id', models.BigIntegerField()),
                ('address', models.CharField(max_length=42)),
                ('next_nonce', models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='Alarm',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=40)),
                ('subject', models.CharField(blank=True, max_length=80)),
                ('detail', models.TextField(help_text='A sentence for the operator.')),
                ('opened_at', models.DateTimeField(default=arena.clock.now)),
                ('closed_at', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('closed_at', None)), fields=('code', 'subject'), name='alarm_open_once')],
            },
        ),
        migrations.CreateModel(
            name='Approval',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(default=arena.clock.now)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Receipt',
            fields=[
                ('attempt', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='receipt', serialize=False, to='credits.attempt')),
                ('block_number', models.BigIntegerField()),
                ('block_hash', models.CharField(max_length=66)),
                ('succeeded', models.BooleanField()),
                ('gas_used', models.BigIntegerField()),
                ('gas_price', models.BigIntegerField()),
                ('final', models.BooleanField(default=False)),
            ],
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.UniqueConstraint(fields=('chain_id', 'purpose', 'number'), name='attempt_once'),
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.UniqueConstraint(fields=('chain_id', 'signer', 'nonce', 'number'), name='attempt_nonce_once'),
        ),
        migrations.AddConstraint(
            model_name='attempt',
            constraint=models.UniqueConstraint(fields=('chain_id', 'hash'), name='attempt_hash_once'),
        ),
        migrations.CreateModel(
            name='Sealed',
            fields=[
                ('conversion', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='sealed', serialize=False, to='credits.conversion')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Void',
            fields=[
                ('conversion', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='void', serialize=False, to='credits.conversion')),
                ('reason', models.CharField(max_length=200)),
                ('at', models.DateTimeField(default=arena.clock.now)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddField(
            model_name='conversion',
            name='owner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='conversions', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='conversion',
            name='transfer',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='conversion', to='ledger.transfer'),
        ),
        migrations.CreateModel(
            name='Tree',
            fields=[
                ('epoch', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='tree', serialize=False, to='credits.epoch')),
                ('nodes', models.BinaryField()),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddField(
            model_name='epoch',
            name='sealed_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='approval',
            name='epoch',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='approvals', to='credits.epoch'),
        ),
        migrations.AddField(
            model_name='file',
            name='epoch',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='files', to='credits.epoch'),
        ),
        migrations.AddField(
            model_name='leaf',
            name='epoch',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='leaves', to='credits.epoch'),
        ),
        migrations.AddConstraint(
            model_name='signer',
            constraint=models.UniqueConstraint(fields=('chain_id', 'address'), name='signer_once'),
        ),
        migrations.AddField(
            model_name='sealed',
            name='epoch',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sealed', to='credits.epoch'),
        ),
        migrations.AddField(
            model_name='void',
            name='by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='void',
            name='transfer',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.transfer'),
        ),
        migrations.AddIndex(
            model_name='conversion',
            index=models.Index(fields=['owner', '-at'], name='conversion_of_person'),
        ),
        migrations.AddIndex(
            model_name='conversion',
            index=models.Index(fields=['wallet'], name='conversion_to'),
        ),
        migrations.AddConstraint(
            model_name='conversion',
            constraint=models.CheckConstraint(condition=models.Q(('points__gt', 0), ('units_per_point__gt', 0)), name='conversion_converts_something'),
        ),
        migrations.AddConstraint(
            model_name='conversion',
            constraint=models.CheckConstraint(condition=models.Q(('units', django.db.models.expressions.CombinedExpression(models.F('points'), '*', models.F('units_per_point')))), name='conversion_at_its_rate'),
        ),
        migrations.AddConstraint(
            model_name='epoch',
            constraint=models.CheckConstraint(condition=models.Q(('number__gte', 1)), name='epoch_from_one'),
        ),
        migrations.AddConstraint(
            model_name='epoch',
            constraint=models.CheckConstraint(condition=models.Q(('accounts__gt', 0), ('cum_total__gt', 0), ('new_units__gte', 0)), name='epoch_owes_something'),
        ),
        migrations.AddConstraint(
            model_name='approval',
            constraint=models.UniqueConstraint(fields=('epoch', 'by'), name='approval_once'),
        ),
        migrations.AddConstraint(
            model_name='file',
            constraint=models.UniqueConstraint(fields=('epoch', 'name'), name='file_once'),
        ),
        migrations.AddConstraint(
            model_name='leaf',
            constraint=models.UniqueConstraint(fields=('epoch', 'account'), name='leaf_once'),
        ),
        migrations.AddConstraint(
            model_name='leaf',
            constraint=models.CheckConstraint(condition=models.Q(('cumulative__gt', 0)), name='leaf_owes_something'),
        ),
    ]
