"""Businesses, their places and their figures."""

from graph.access.policy import Member
from graph.access.words import MANAGER, STAFF, VIEWER, public, readers, within

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
