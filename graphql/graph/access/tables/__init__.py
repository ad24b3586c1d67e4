"""Who may read what: a table for each domain. docs/access.md says the same in words."""

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

DOMAINS = (
    *(advertising, agents, analytics, business, catalog, channels, chat, customers, finance, freelance, fulfillment),
    *(gateway, identity, knowledge, llm, marketing, offers, ops, reporting, sales, suppliers, support, work),
)

READERS = {entity: readers for domain in DOMAINS for entity, readers in domain.READERS.items()}

WRITERS = {entity: writers for domain in DOMAINS for entity, writers in getattr(domain, "WRITERS", {}).items()}
