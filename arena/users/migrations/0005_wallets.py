import arena.clock
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('users', '0004_merge_fact'),
    ]

    operations = [
        migrations.CreateModel(
            name='WalletChallenge',
            fields=[
                ('nonce', models.CharField(max_length=32, primary_key=True, serialize=False)),
                ('purpose', models.CharField(choices=[('link', 'Link'), ('sign_in', 'Sign In')], max_length=8)),
                ('session', models.CharField(help_text='Hash of the session that asked for it.', max_length=64)),
                ('address', models.CharField(max_length=42)),
                ('chain_id', models.BigIntegerField()),
                ('text', models.TextField(help_text='What must be signed, to the letter.')),
                ('issued_at', models.DateTimeField(default=arena.clock.now)),
                ('expires_at', models.DateTimeField(db_index=True)),
                ('used_at', models.DateTimeField(null=True)),
                ('user', models.ForeignKey(help_text='Who asked for it.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Wallet',
            fields=[
                ('id', models.UUIDField(default=arena.clock.new_id, editable=False, primary_key=True, serialize=False)),
                ('address', models.CharField(help_text='EIP-55 checksummed.', max_length=42)),
                ('kind', models.CharField(choices=[('eoa', 'Eoa'), ('contract', 'Contract')], max_length=8)),
                ('chain_id', models.BigIntegerField()),
                ('linked_at', models.DateTimeField(default=arena.clock.now)),
                ('unlinked_at', models.DateTimeField(blank=True, null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='wallets', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('unlinked_at', None)), fields=('user',), name='wallet_one_a_person'), models.UniqueConstraint(condition=models.Q(('unlinked_at', None)), fields=('address',), name='wallet_of_one_person')],
            },
        ),
    ]
