from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    """A payout's recipient is one of its own organization: Django has no foreign keys of two columns."""

    dependencies = [("payouts", "0001_initial")]

    operations = [
        migrations.RunSQL(
            sql="""
                ALTER TABLE payouts_payout ADD CONSTRAINT payout_recipient_of_same_organization
                FOREIGN KEY (organization_id, recipient_id)
                REFERENCES payouts_recipient (organization_id, id)
            """,
            reverse_sql="ALTER TABLE payouts_payout DROP CONSTRAINT payout_recipient_of_same_organization",
        ),
    ]
