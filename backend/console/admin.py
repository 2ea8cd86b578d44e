"""The operators' pages at /admin/, where Django's admin looks for them."""

from __future__ import annotations

import console.access_admin
import console.events_admin
import console.operators_admin
import console.payouts_admin
import console.recipients_admin  # noqa: F401  each module registers its pages
