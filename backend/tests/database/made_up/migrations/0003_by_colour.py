from django.db import migrations


class Migration(migrations.Migration):
    """Builds beside others, as those of the service do."""

    atomic = False
    dependencies = [("heartbeats", "0002_colour")]
    operations = [
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS heartbeat_by_colour", migrations.RunSQL.noop),
        migrations.RunSQL(
            "CREATE UNIQUE INDEX CONCURRENTLY heartbeat_by_colour ON heartbeats_heartbeat (colour)",
            "DROP INDEX CONCURRENTLY IF EXISTS heartbeat_by_colour",
        ),
    ]
