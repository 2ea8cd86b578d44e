"""The settings of the service under faults: those of production, with the crash points armed."""

from __future__ import annotations

from pathlib import Path

from config.settings.prod import *
from tests.chaos.strikes import carry_out_orders_of

if STRIKE_ORDERS := env("CHAOS_STRIKE_ORDERS", default=""):
    carry_out_orders_of(Path(STRIKE_ORDERS))
