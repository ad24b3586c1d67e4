"""Where the goods come from."""

from graph.access.words import MANAGER, STAFF, of, readers, within

READERS = {
    "Supplier": readers(STAFF),
    "SupplierProduct": readers(within("supplier"), unit_cost=within("supplier", MANAGER)),
    "PurchaseOrder": readers(STAFF, of("subtotal tax_amount shipping_amount total_amount paid_amount", MANAGER)),
    "PurchaseOrderItem": readers(
        within("purchaseOrder"), of("unit_cost total_amount", within("purchaseOrder", MANAGER))
    ),
    "SupplierPayment": readers(within("supplier", MANAGER)),
}
