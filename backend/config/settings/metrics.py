"""Where a process tells its metrics."""

from __future__ import annotations

import environ

_env = environ.Env()

# A port of its own for the metrics of this process, or of the group of processes that it belongs to. 0: none.
METRICS_PORT = _env.int("METRICS_PORT", default=0)
METRICS_ADDRESS = _env("METRICS_ADDRESS", default="127.0.0.1")
# Whoever has it reads the metrics at the web's own /metrics, too; the port then asks for it as well.
METRICS_TOKEN = _env("METRICS_TOKEN", default="")
