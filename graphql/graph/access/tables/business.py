"""Businesses, their places and their figures."""

from graph.access.policy import Member
from graph.access.words import ADMINS, MANAGER, OWNER, STAFF, VIEWER, linked, public, readers, within, writers

READERS = {
    "Business": readers(public(status="ACTIVE") | Member("VIEWER", "id"), settings=Member("MANAGER", "id")),
    "Site": readers(public(status="LIVE") | VIEWER),
    "Store": readers(public(status=("OPEN", "TEMPORARILY_CLOSED")) | VIEWER),
    "Domain": readers(VIEWER),
    "DomainComponent": readers(within("domain")),
    "Metric": readers(VIEWER, metadata=STAFF),
    "Alert": readers(STAFF, notified_users=MANAGER),
    "AlertRule": readers(STAFF, recipients=MANAGER),
    "BusinessEvent": readers(STAFF, ip_address=MANAGER),
    "DataQualityCheck": readers(STAFF, examples=MANAGER),
}

WRITERS = {
    "Business": writers(
        ADMINS, Member("OWNER", "id") & linked("primary_site_id", OWNER), None, once="type parent_id currency"
    ),
    "Site": writers(
        MANAGER,
        delete=OWNER & public(status="STAGING"),
        kept="verified_at certificate_expires_at launched_at",
        once="domain",
    ),
    "Store": writers(MANAGER, delete=OWNER),
    "Domain": writers(MANAGER, kept="component_count last_activity_at"),
    "DomainComponent": writers(within("domain", MANAGER), kept="health_score last_checked_at", once="domain_id"),
    "Alert": writers(
        STAFF,
        delete=MANAGER,
        kept="rule_id metric_id agent_id threshold_value actual_value status notified_users triggered_at "
        "acknowledged_at acknowledged_by_id resolved_at resolved_by_id resolution",
    ),
    "AlertRule": writers(MANAGER, kept="last_evaluated_at last_triggered_at"),
}
NOT_WRITTEN = {
    "Metric": "measured, and recorded in batches by STAFF",
    "BusinessEvent": "a log, recorded in batches by STAFF",
    "DataQualityCheck": "carried out by the worker",
}
