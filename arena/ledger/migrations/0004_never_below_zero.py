from django.db import migrations

# P3: the database decides, under a lock on the account, so that no concurrency can spend the same points twice.
FORWARD = """
CREATE FUNCTION ledger_account_never_below_zero() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    kind text;
    balance bigint;
BEGIN
    SELECT a.kind INTO kind FROM ledger_account a WHERE a.id = NEW.source_id;
    IF kind = 'issuance' THEN
        RETURN NEW;
    END IF;
    PERFORM 1 FROM ledger_account a WHERE a.id = NEW.source_id FOR UPDATE;
    SELECT coalesce((SELECT sum(amount) FROM ledger_transfer WHERE target_id = NEW.source_id), 0)
         - coalesce((SELECT sum(amount) FROM ledger_transfer WHERE source_id = NEW.source_id), 0) INTO balance;
    IF balance < 0 THEN
        RAISE EXCEPTION 'account_never_below_zero: account % would hold %', NEW.source_id, balance
            USING ERRCODE = 'check_violation', CONSTRAINT = 'account_never_below_zero';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_account_never_below_zero AFTER INSERT ON ledger_transfer
    FOR EACH ROW EXECUTE FUNCTION ledger_account_never_below_zero();
"""
BACKWARD = """
DROP TRIGGER ledger_account_never_below_zero ON ledger_transfer;
DROP FUNCTION ledger_account_never_below_zero();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_facts")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
