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
    "payouts_payout_mark-completed": "payouts.change_payout",
    "payouts_payout_mark-failed": "payouts.change_payout",
    "payouts_payout_remove": "payouts.change_payout",
    "payouts_payout_take-over": "payouts.change_payout",
    "payouts_recipient_deactivate": "payouts.change_recipient",
    "payouts_recipient_edit": "payouts.change_recipient",
    "payouts_recipient_reactivate": "payouts.change_recipient",
    "payouts_recipient_reveal": "payouts.reveal_account_number",
}
# Pages without a record, that need a permission.
PAGES = {"payouts_recipient_by_account": "payouts.reveal_account_number"}
# Open to all who are let into the console: they show nothing, or each thing to whom it is for.
OPEN = {
    "app_list",
    "autocomplete",
    "choose_organization",
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
    return of_models | set(VERBS) | set(PAGES) | OPEN
