"""Orders, carts and returns."""

from graph.access.words import MANAGER, STAFF, of, own, public, readers, within

READERS = {
    "Order": readers(own("customer_id") | STAFF, of("internal_notes ip_address", STAFF)),
    "OrderItem": readers(within("order"), unit_cost=within("order", MANAGER)),
    "OrderEvent": readers(
        within("order") & (public(is_public=True) | within("order", STAFF)), data=within("order", STAFF)
    ),
    "OrderReturn": readers(within("order"), notes=within("order", STAFF)),
    "ReturnItem": readers(within("orderReturn"), notes=within("orderReturn", within("order", STAFF))),
    "RmaRequest": readers(own("customer_id") | STAFF),
    "CustomerSubscription": readers(own("customer_id") | STAFF),
    "Cart": readers(own("customer_id") | own("visitor_id") | STAFF),
    "CartItem": readers(within("cart")),
    "FraudCheck": readers(within("order", MANAGER)),
    "FraudRule": readers(MANAGER),
    "AnomalyDetection": readers(MANAGER),
}
