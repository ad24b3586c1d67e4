"""What is for sale."""

from graph.access.words import CUSTOMERS, MANAGER, STAFF, VIEWER, linked, of, own, public, readers, within, writers

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

OF_THE_PRODUCT = within("product", STAFF)

WRITERS = {
    "Category": writers(STAFF, delete=MANAGER),
    "CategoryProduct": writers(within("category", STAFF) & OF_THE_PRODUCT, once="category_id product_id"),
    "Product": writers(
        STAFF,
        delete=MANAGER,
        kept="shopify_id rating_sum rating_count",
    ),
    "ProductVariant": writers(
        STAFF,
        delete=MANAGER,
        kept="shopify_id",
        once="product_id",
    ),
    "ProductImage": writers(OF_THE_PRODUCT & linked("variant_id", STAFF), once="product_id"),
    "ProductReview": writers(
        own("customer_id") & within("product", CUSTOMERS),
        own("customer_id") & public(status="PENDING"),
        own("customer_id") | within("product", MANAGER),
        kept="order_id moderator_id status moderated_at rejection_reason response responded_at",
        once="product_id",
    ),
    "ProductRecommendation": writers(
        within("recommended", STAFF) & linked("product_id", STAFF) & linked("customer_id", STAFF),
        kept="agent_id model_id shown_count click_count purchase_count",
        once="product_id customer_id recommended_id",
    ),
    "PricingRule": writers(MANAGER, kept="last_applied_at"),
    "Promotion": writers(MANAGER, delete=MANAGER & public(status=("DRAFT", "SCHEDULED")), once="currency"),
    "TaxRate": writers(MANAGER),
}
NOT_WRITTEN = {
    "ProductInquiry": "asked and answered by workflows",
    "ProductMetric": "added up by the worker",
    "PriceChange": "a log",
}
