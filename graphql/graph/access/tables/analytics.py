"""What happens on the sites, and what is made of it."""

from graph.access.words import MANAGER, OWNER, STAFF, VIEWER, readers, writers

READERS = {
    "AbTest": readers(VIEWER),
    "AnalyticsEvent": readers(STAFF),
    "AnalyticsEventDay": readers(VIEWER),
    "Cohort": readers(VIEWER),
    "CustomEvent": readers(VIEWER),
    "Funnel": readers(VIEWER),
    "MetricDay": readers(VIEWER),
    "MetricDefinition": readers(VIEWER, expression=MANAGER),
    "OrderDay": readers(VIEWER),
    "Prediction": readers(STAFF),
}

WRITERS = {
    "AbTest": writers(STAFF, delete=MANAGER, kept="confidence"),
    "Cohort": writers(STAFF, delete=MANAGER, kept="member_count retention computed_at"),
    "CustomEvent": writers(STAFF, delete=MANAGER, once="name"),
    "Funnel": writers(STAFF, delete=MANAGER, kept="entered_count completed_count computed_at"),
    "MetricDefinition": writers(MANAGER, delete=OWNER, kept="expression", once="name"),
}
NOT_WRITTEN = {
    "AnalyticsEvent": "a log, recorded in batches by STAFF",
    "AnalyticsEventDay": "a view",
    "MetricDay": "a view",
    "OrderDay": "a view",
    "Prediction": "made by models",
}
