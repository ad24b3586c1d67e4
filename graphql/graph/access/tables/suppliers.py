"""Where the goods come from."""

from graph.access.words import MANAGER, STAFF, of, readers, within, writers

READERS = {
    "Supplier": readers(STAFF),
    "SupplierProduct": readers(within("supplier"), unit_cost=within("supplier", MANAGER)),
    "PurchaseOrder": readers(STAFF, of("subtotal tax_amount shipping_amount total_amount paid_amount", MANAGER)),
    "PurchaseOrderItem": readers(
        within("purchaseOrder"), of("unit_cost total_amount", within("purchaseOrder", MANAGER))
    ),
    "SupplierPayment": readers(within("supplier", MANAGER)),
}

WRITERS = {
    "Supplier": writers(STAFF, delete=MANAGER, kept="rating_sum rating_count"),
    "SupplierProduct": writers(within("supplier", MANAGER) & within("variant", MANAGER), once="supplier_id variant_id"),
    "PurchaseOrder": writers(
        None,
        STAFF,
        None,
        kept="supplier_id approved_by_id order_number status currency subtotal tax_amount shipping_amount total_amount "
        "paid_amount ordered_at confirmed_at received_at",
    ),
}
NOT_WRITTEN = {
    "PurchaseOrderItem": "written with the order, which adds them up",
    "SupplierPayment": "made by a workflow",
}
