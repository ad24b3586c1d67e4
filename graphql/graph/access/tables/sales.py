"""Orders, carts and returns."""

from graph.access.words import MANAGER, STAFF, of, own, public, readers, within, writers

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
    "Cart": readers(own("customer_id") | STAFF),
    "CartItem": readers(within("cart")),
    "FraudCheck": readers(within("order", MANAGER)),
    "FraudRule": readers(MANAGER),
    "AnomalyDetection": readers(MANAGER),
}

WRITERS = {
    "Order": writers(
        None,
        STAFF,
        None,
        kept="customer_id site_id store_id subscription_id promotion_id order_number shopify_id channel status "
        "payment_status fulfillment_status subtotal discount_amount tax_amount is_tax_included shipping_amount "
        "total_amount currency coupon_code ip_address cancel_reason placed_at paid_at processed_at shipped_at "
        "delivered_at cancelled_at",
    ),
    "OrderReturn": writers(
        None,
        STAFF,
        None,
        kept="order_id rma_request_id shipment_id agent_id inspected_by_id number reason resolution status "
        "restocking_fee shipping_amount currency shipped_at received_at inspected_at completed_at",
    ),
    "ReturnItem": writers(
        None,
        within("orderReturn", within("order", STAFF)),
        None,
        kept="return_id item_id exchange_variant_id quantity reason disposition refund_amount currency",
    ),
    "FraudRule": writers(MANAGER),
}
NOT_WRITTEN = {
    "OrderItem": "written with the order, which adds them up",
    "OrderEvent": "a log",
    "RmaRequest": "asked for and decided by workflows",
    "CustomerSubscription": "begun, charged and ended by workflows",
    "Cart": "filled and checked out by workflows",
    "CartItem": "put in by a workflow, which looks up the price",
    "FraudCheck": "made and reviewed by workflows",
    "AnomalyDetection": "found by machines and settled by a workflow",
}
