"""Production's settings, with the design choices that are no settings there: BENCH_… names each."""

from __future__ import annotations

from config.settings.prod import *

INSTALLED_APPS = [*INSTALLED_APPS, "bench.inside.choice_app.ChoiceConfig"]
PAYOUTS_RAILS = PAYOUTS_RAILS | {"sandbox": "bench.inside.choice_rail.ChosenRail"}

if "BENCH_SHARES_CONNECTIONS" in env:
    DATABASES["default"]["OPTIONS"]["shares_connections"] = env.bool("BENCH_SHARES_CONNECTIONS")
if "BENCH_CONN_MAX_AGE" in env:
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("BENCH_CONN_MAX_AGE")
if "BENCH_PREPARE_AFTER" in env:
    # After so many executions psycopg prepares what goes by Django's cursors.
    DATABASES["default"]["OPTIONS"]["prepare_threshold"] = env.int("BENCH_PREPARE_AFTER")
