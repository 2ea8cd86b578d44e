"""Every address of the console, and the permission that it takes. One that is not here fails a test.

What is written here is what ought to be; what is, the pages say themselves.
"""

from __future__ import annotations

from access.roles import ADD_KEYS, ADD_PEOPLE, CHANGE_KEYS, CHANGE_ORGANIZATIONS, CHANGE_PEOPLE, VIEW_PEOPLE

# What nobody has but superusers, and what nobody does at all.
SUPERUSERS = "superusers"
NOBODY = "nobody"

# By the name of the model's pages: to look at its records.
VIEWS = {
    "access_apikey": "access.view_apikey",
    "access_operator": VIEW_PEOPLE,
    "access_organization": "access.view_organization",
    "auth_group": "auth.view_group",
    "events_event": "events.view_event",
    "events_pendingevent": "events.view_pendingevent",
    "payouts_payout": "payouts.view_payout",
    "payouts_payoutattempt": "payouts.view_payoutattempt",
    "payouts_recipient": "payouts.view_recipient",
    "payouts_settlement": "payouts.view_settlement",
}
# To make one; where a model is not here, nobody does.
ADDS = {
    "access_apikey": ADD_KEYS,
    "access_operator": ADD_PEOPLE,
    "access_organization": SUPERUSERS,
    "payouts_recipient": "payouts.add_recipient",
}
# By the name of the verb's page.
VERBS = {
    "access_apikey_revoke": CHANGE_KEYS,
    "access_apikey_rotate": ADD_KEYS,
    "access_apikey_terms": CHANGE_KEYS,
    "access_operator_deactivate": CHANGE_PEOPLE,
    "access_operator_email": CHANGE_PEOPLE,
    "access_operator_factors": CHANGE_PEOPLE,
    "access_operator_organizations": CHANGE_PEOPLE,
    "access_operator_password": CHANGE_PEOPLE,
    "access_operator_reactivate": CHANGE_PEOPLE,
    "access_operator_role": CHANGE_PEOPLE,
    "access_organization_rename": CHANGE_ORGANIZATIONS,
    "payouts_payout_ask": "payouts.change_payout",
    "payouts_payout_cancel": "payouts.change_payout",
    "payouts_payout_give-up": "payouts.change_payout",
    "payouts_payout_hold": "payouts.change_payout",
    "payouts_payout_record-return": "payouts.change_payout",
    "payouts_payout_release": "payouts.change_payout",
    "payouts_payout_remove": "payouts.change_payout",
    "payouts_payout_reveal": "payouts.reveal_account_number",
    "payouts_payout_settle": "payouts.change_payout",
    "payouts_payout_take-over": "payouts.change_payout",
    "payouts_recipient_deactivate": "payouts.change_recipient",
    "payouts_recipient_edit": "payouts.change_recipient",
    "payouts_recipient_reactivate": "payouts.change_recipient",
    "payouts_recipient_reveal": "payouts.reveal_account_number",
    "payouts_settlement_approve": "payouts.approve_settlement",
    "payouts_settlement_refuse": "payouts.approve_settlement",
    "payouts_settlement_take-back": "payouts.change_payout",
}
# Pages without a record, that need a permission: how each is asked for, and which.
PAGES = {
    "payouts_payout_export": ("post", "payouts.export_payout"),
    "payouts_payout_keep_view": ("post", "payouts.view_payout"),
    "payouts_recipient_by_account": ("get", "payouts.reveal_account_number"),
    "switch_sandbox_bank": ("get", CHANGE_ORGANIZATIONS),
    "system": ("get", "heartbeats.view_heartbeat"),
    "system_live": ("get", "heartbeats.view_heartbeat"),
}
# What is nobody's but its owner's, whatever their role: `test_saved_views.py`.
OWN = {"payouts_payout_drop_view"}
# Open to all who are let into the console: they show nothing, or each thing to whom it is for.
OPEN = {
    "app_list",
    "autocomplete",
    "choose_organization",
    "dashboard_live",
    "index",
    "jsi18n",
    "login",
    "logout",
    "password_change",
    "password_change_done",
    "view_on_site",
}


def all_names() -> set[str]:
    of_models = {
        f"{model}_{page}" for model in VIEWS for page in ("changelist", "change", "history", "add", "delete")
    }
    return of_models | set(VERBS) | set(PAGES) | OWN | OPEN
