"""What is for sale."""

from graph.access.words import MANAGER, STAFF, VIEWER, of, own, public, readers, within, writers

READERS = {
    "Category": readers(public(is_active=True) | VIEWER),
    "CategoryProduct": readers(within("category") & within("product")),
    "Product": readers(
        public(status="ACTIVE", deleted_at=None) | VIEWER, of("shopify_id download_files", STAFF), cost=MANAGER
    ),
    "ProductVariant": readers(within("product") & public(deleted_at=None) | VIEWER, shopify_id=STAFF, cost=MANAGER),
    "ProductImage": readers(within("product")),
    "ProductReview": readers(
        within("product") & public(status="PUBLISHED") | own("customer_id") | within("product", STAFF),
        rejection_reason=own("customer_id") | within("product", STAFF),
    ),
    "ProductInquiry": readers(
        within("product") & public(is_public=True, status="ANSWERED") | own("customer_id") | within("product", STAFF),
        of("name email", own("customer_id") | within("product", STAFF)),
    ),
    "ProductRecommendation": readers(
        within("recommended") & public(is_active=True, customer_id=None)
        | own("customer_id")
        | within("recommended", STAFF)
    ),
    "ProductMetric": readers(within("product", VIEWER), of("revenue average_order_value", within("product", STAFF))),
    "PriceChange": readers(
        within("product", STAFF) & public(kind=("PRICE", "SALE_PRICE")) | within("product", MANAGER)
    ),
    "PricingRule": readers(MANAGER),
    "Promotion": readers(public(status="ACTIVE") | VIEWER, of("code usage_limit usage_count", STAFF)),
    "TaxRate": readers(VIEWER),
}

WRITERS = {
    "Category": writers(STAFF),
    "Product": writers(STAFF, delete=MANAGER),
    "ProductVariant": writers(within("product", STAFF), once="product_id"),
}
