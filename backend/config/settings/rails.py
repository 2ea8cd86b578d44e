"""By which rails payouts travel, and the sandbox's times."""

from __future__ import annotations

import environ

env = environ.Env()

# Each rail by its code; a class that is made once per process, without arguments.
PAYOUTS_RAILS = {
    "sandbox": "infrastructure.payouts.rails.sandbox.SandboxRail",
    "manual": "infrastructure.payouts.rails.manual.ManualRail",
}
# Which rail carries an organization's payouts. A test organization never reaches another than the sandbox.
PAYOUTS_DEFAULT_RAILS = {"test": "sandbox", "live": env("PAYOUTS_LIVE_RAIL", default="manual")}

# Whether what one person says of an unknown outcome waits for the approval of another. Off by default: where
# one person works, nothing could be settled at all. Production's example switches it on.
SETTLING_NEEDS_TWO_PEOPLE = env.bool("SETTLING_NEEDS_TWO_PEOPLE", default=False)

SANDBOX_BANK = "infrastructure.payouts.sandbox_bank.SandboxBank"
# Whether operators may make the sandbox bank misbehave, from the console. Production switches this off.
SANDBOX_BANK_SWITCHES = env.bool("SANDBOX_BANK_SWITCHES", default=True)
SANDBOX_BANK_URL = env("SANDBOX_BANK_URL", default="http://127.0.0.1:9000")
# Several, with blanks between them, while it is being changed: the bank signs with the first.
SANDBOX_BANK_CALLBACK_SECRET = env("SANDBOX_BANK_CALLBACK_SECRET", default="")
# The times of the sandbox are short, so that every script of it ends within about a minute.
SANDBOX_RAIL_CONNECT_TIMEOUT_SECONDS = env.float("SANDBOX_RAIL_CONNECT_TIMEOUT_SECONDS", default=1.0)
SANDBOX_RAIL_DEADLINE_SECONDS = env.float("SANDBOX_RAIL_DEADLINE_SECONDS", default=2.0)
SANDBOX_RAIL_LEASE_SECONDS = env.float("SANDBOX_RAIL_LEASE_SECONDS", default=10.0)
SANDBOX_RAIL_SETTLE_WINDOW_SECONDS = env.float("SANDBOX_RAIL_SETTLE_WINDOW_SECONDS", default=5.0)
SANDBOX_RAIL_ACCEPTED_PATIENCE_SECONDS = env.float("SANDBOX_RAIL_ACCEPTED_PATIENCE_SECONDS", default=10.0)
SANDBOX_RAIL_HORIZON_SECONDS = env.float("SANDBOX_RAIL_HORIZON_SECONDS", default=60.0)
