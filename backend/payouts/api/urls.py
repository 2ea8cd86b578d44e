from __future__ import annotations

from django.urls import path

from payouts.api.callback_views import RailCallbackView
from payouts.api.payout_views import PayoutEventsView, PayoutsView, PayoutView
from payouts.api.recipient_views import RecipientsView, RecipientView

# Each with its whole address: with an include every request would be looked up twice.
# Ids are read as text: what is no id answers as a payout that is not there, not as an unknown address.
urlpatterns = [
    path("api/payouts/", PayoutsView.as_view(), name="payouts"),
    path("api/payouts/<str:payout_id>/", PayoutView.as_view(), name="payout"),
    path("api/payouts/<str:payout_id>/events/", PayoutEventsView.as_view(), name="payout-events"),
    path("api/recipients/", RecipientsView.as_view(), name="recipients"),
    path("api/recipients/<str:recipient_id>/", RecipientView.as_view(), name="recipient"),
    path("api/rails/<slug:code>/callbacks/", RailCallbackView.as_view(), name="rail-callbacks"),
]
