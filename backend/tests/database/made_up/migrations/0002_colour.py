from django.db import migrations


class Migration(migrations.Migration):
    """Needs the table for itself, for a moment."""

    dependencies = [("heartbeats", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE heartbeats_heartbeat ADD COLUMN colour text",
            "ALTER TABLE heartbeats_heartbeat DROP COLUMN colour",
        )
    ]
