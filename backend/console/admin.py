"""The operators' pages at /admin/, where Django's admin looks for them."""

from __future__ import annotations

import console.access.keys_admin
import console.access.organizations_admin
import console.access.people_admin
import console.audit.events_admin
import console.payouts.attempts_admin
import console.payouts.payouts_admin
import console.payouts.settlements_admin
import console.recipients.recipients_admin  # noqa: F401  each module registers its pages
