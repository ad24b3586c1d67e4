"""Who may read and write what: a table for each domain. docs/access.md says the same in words."""

from graph.access.tables import (
    advertising,
    agents,
    analytics,
    business,
    catalog,
    channels,
    chat,
    customers,
    finance,
    freelance,
    fulfillment,
    gateway,
    identity,
    knowledge,
    llm,
    marketing,
    offers,
    ops,
    reporting,
    sales,
    suppliers,
    support,
    work,
)
from graph.access.words import Writers

DOMAINS = (
    *(advertising, agents, analytics, business, catalog, channels, chat, customers, finance, freelance, fulfillment),
    *(gateway, identity, knowledge, llm, marketing, offers, ops, reporting, sales, suppliers, support, work),
)

READERS = {entity: readers for domain in DOMAINS for entity, readers in domain.READERS.items()}

WRITERS: dict[str, Writers] = {entity: writers for domain in DOMAINS for entity, writers in domain.WRITERS.items()}
"""Who may write the rows of an entity by themselves."""

NOT_WRITTEN: dict[str, str] = {entity: why for domain in DOMAINS for entity, why in domain.NOT_WRITTEN.items()}
"""Which entities' rows nobody writes by themselves, and why."""
