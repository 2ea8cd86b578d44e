"""The sandbox rail with another size of batch: BENCH_BATCH orders in a call, and so in a claim."""

from __future__ import annotations

import os
from dataclasses import replace

from infrastructure.payouts.rails.sandbox import SandboxRail


class ChosenRail(SandboxRail):
    capabilities = replace(
        SandboxRail.capabilities,
        largest_batch=int(os.environ.get("BENCH_BATCH") or SandboxRail.capabilities.largest_batch),
    )
