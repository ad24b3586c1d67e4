"""Money."""

from graph.access.words import MANAGER, OWNER, STAFF, of, own, readers, within, writers

READERS = {
    "Payment": readers(
        own("customer_id") | within("escrow", own("client_id")) | STAFF,
        of("fee net_amount provider_reference failure_message ip_address", MANAGER),
    ),
    "Refund": readers(within("payment"), of("note failure_message provider_reference", within("payment", STAFF))),
    "PaymentMethod": readers(own("user_id") | own("customer_id")),
    "PaymentGateway": readers(MANAGER, of("settings merchant_id", OWNER)),
    "Budget": readers(MANAGER),
    "Transaction": readers(MANAGER),
    "RevenueAttribution": readers(within("transaction")),
}

WRITERS = {
    "PaymentGateway": writers(OWNER, delete=None, once="provider"),
    "Budget": writers(MANAGER, kept="spent_amount", once="category fiscal_year fiscal_month currency"),
}
NOT_WRITTEN = {
    "Payment": "made by a workflow with its gateway",
    "Refund": "made by a workflow with its gateway",
    "PaymentMethod": "saved by a workflow with its gateway",
    "Transaction": "a ledger",
    "RevenueAttribution": "computed by the worker",
}
