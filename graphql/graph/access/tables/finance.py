"""Money."""

from graph.access.words import MANAGER, OWNER, STAFF, of, own, readers, within

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
