"""What happens on the sites, and what is made of it."""

from graph.access.words import MANAGER, STAFF, VIEWER, readers

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
