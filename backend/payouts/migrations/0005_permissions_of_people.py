from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("payouts", "0004_encrypt_account_numbers")]

    operations = [
        migrations.AlterModelOptions(
            name="payout",
            options={
                "permissions": [
                    ("approve_settlement", "Can say the second word on how a payout is settled"),
                    ("reveal_account_number", "Can see a whole account number, which is recorded"),
                    ("export_payout", "Can download lists of payouts"),
                ]
            },
        ),
    ]
