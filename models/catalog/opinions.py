"""What people say and ask about products, what they do with them, and what is recommended to them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from models.base import Entity, Timestamps
from models.checks import at_least_zero, check, filled, in_order, percentage, positive
from models.columns import BigInt, Measure, Money, Ratio, column, default, generated, key_to, state
from models.ddl import Tally

ProductReviewStatus = Literal["PENDING", "PUBLISHED", "REJECTED"]
ProductInquiryStatus = Literal["OPEN", "ANSWERED", "CLOSED", "SPAM"]
ProductRecommendationType = Literal["SIMILAR", "BOUGHT_TOGETHER", "CROSS_SELL", "UPSELL", "PERSONAL", "TRENDING"]


class ProductReview(Entity, Timestamps):
    """A customer's opinion of a product; one per product and customer, read once it is published."""

    __table_args__ = (
        check(
            "moderated_at",
            "with_status",
            "(status = 'PENDING') = (moderated_at IS NULL)",
            "must be given once the review was published or rejected",
        ),
        check("responded_at", "with_response", "(response IS NULL) = (responded_at IS NULL)", "must come with a reply"),
    )
    indexes = (("product_id", "status", "created_at"), "status")
    natural_key = ("product_id", "customer_id")
    # Reviews of one product are rare, so its row stays quiet.
    tallies = (
        Tally(
            "sum_product_ratings",
            "product_id",
            "catalog.products",
            {"rating_sum": "CASE status WHEN 'PUBLISHED' THEN rating ELSE 0 END", "rating_count": "(status = 'PUBLISHED')::int"},
        ),
    )

    product_id: Mapped[UUID] = key_to("catalog.products", "CASCADE", "About which product.", "reviews")
    customer_id: Mapped[UUID] = key_to("customers.customers", "CASCADE", "Who wrote it.", "reviews")
    order_id: Mapped[UUID | None] = key_to("sales.orders", "SET NULL", "The order in which the customer bought it.")
    moderator_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "Who published or rejected it.", "product_reviews_moderated")
    rating: Mapped[int] = column("From 1, poor, to 5, excellent.")
    title: Mapped[str | None] = column("The opinion in one line.")
    content: Mapped[str | None] = column("The opinion in full.", filled(10000))
    image_urls: Mapped[list[str]] = default("'{}'", "Where the customer's own pictures are.")
    status: Mapped[ProductReviewStatus] = state(ProductReviewStatus, "Whether others may read it.", "PENDING")
    moderated_at: Mapped[datetime | None] = column("When it was published or rejected.")
    rejection_reason: Mapped[str | None] = column("Why it was rejected.")
    response: Mapped[str | None] = column("What the seller replies in public.")
    responded_at: Mapped[datetime | None] = column("When the seller replied.")
    is_verified: Mapped[bool] = generated("order_id IS NOT NULL", "Whether the customer is known to have bought it.")


class ProductInquiry(Entity, Timestamps):
    """A question about a product, often for its price."""

    __table_args__ = (
        check("email", "is_given", "num_nonnulls(customer_id, email) > 0", "must be given by people who are no customer"),
        check("answered_at", "with_answer", "(answer IS NULL) = (answered_at IS NULL)", "must come with an answer"),
        check("answer", "is_given", "status <> 'ANSWERED' OR answer IS NOT NULL", "must be given once it is answered"),
        *at_least_zero("quoted_price"),
    )
    indexes = (("product_id", "status"), ("status", "created_at"))

    product_id: Mapped[UUID] = key_to("catalog.products", "CASCADE", "About which product.", "inquiries")
    variant_id: Mapped[UUID | None] = key_to("catalog.product_variants", "SET NULL", "About which variant, if one.", "inquiries")
    customer_id: Mapped[UUID | None] = key_to("customers.customers", "CASCADE", "Which customer asks, if it is one.", "inquiries")
    answered_by_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "Who answered.", "product_inquiries_answered")
    name: Mapped[str | None] = column("How the person who asks wants to be called.")
    email: Mapped[str | None] = column("Where the answer goes, if not to the customer's address.")
    question: Mapped[str] = column("What the person wants to know.", filled(5000))
    quantity: Mapped[int | None] = column("How many the person wants to buy.", positive)
    status: Mapped[ProductInquiryStatus] = state(ProductInquiryStatus, "What became of it.", "OPEN")
    answer: Mapped[str | None] = column("What the seller answers.")
    answered_at: Mapped[datetime | None] = column("When it was answered.")
    quoted_price: Mapped[Money | None] = column("What the seller offers one for.")
    currency: Mapped[str] = default("'USD'", "Currency of the quoted price.")
    is_public: Mapped[bool] = default("false", "Whether question and answer are shown with the product.")


class ProductMetric(Entity, Timestamps):
    """What people did with a product, or one of its variants, in a period: mostly a day."""

    __table_args__ = (
        UniqueConstraint(
            *("product_id", "variant_id", "period_starts_on", "period_ends_on"),
            name="uq_product_metrics_product_id_variant_id_period",
            postgresql_nulls_not_distinct=True,
        ),
        in_order("period_starts_on", "period_ends_on"),
        *at_least_zero("view_count", "cart_count", "purchase_count", "download_count", "revenue"),
    )
    indexes = (("product_id", "period_starts_on"),)
    natural_key = ("product_id", "variant_id", "period_starts_on", "period_ends_on")

    product_id: Mapped[UUID] = key_to("catalog.products", "CASCADE", "Of which product.", "metrics")
    variant_id: Mapped[UUID | None] = key_to(
        "catalog.product_variants", "CASCADE", "Of which variant; null counts the product with all of them.", "metrics"
    )
    period_starts_on: Mapped[date] = column("The first day of the period.")
    period_ends_on: Mapped[date] = column("The last day of the period; the first, if it is one day.")
    view_count: Mapped[int] = default("0", "How often its page was looked at.")
    cart_count: Mapped[int] = default("0", "How often it was put into a cart.")
    purchase_count: Mapped[int] = default("0", "How many orders contained it.")
    download_count: Mapped[int] = default("0", "How often its files were downloaded.")
    revenue: Mapped[Money] = default("0", "What these orders brought for it.")
    currency: Mapped[str] = default("'USD'", "Currency of the revenue.")
    conversion_rate: Mapped[Measure | None] = generated(
        "round(100 * purchase_count::numeric / nullif(view_count, 0), 2)",
        "How many orders there were for a hundred views; null without views.",
    )
    average_order_value: Mapped[Money | None] = generated(
        "round(revenue / nullif(purchase_count, 0), 2)", "What an order brought for it on average; null without orders."
    )


class ProductRecommendation(Entity, Timestamps):
    """A product that is shown to those who look at another, or to one customer."""

    __table_args__ = (
        UniqueConstraint(
            *("product_id", "customer_id", "recommended_id", "type"),
            name="uq_product_recommendations_product_id_customer_id_type",
            postgresql_nulls_not_distinct=True,
        ),
        check(
            "product_id",
            "or_customer",
            "num_nonnulls(product_id, customer_id) > 0",
            "must be given where it is for no customer in particular",
        ),
        check("recommended_id", "is_another", "recommended_id <> product_id", "must be another product"),
        in_order("click_count", "shown_count"),
        *at_least_zero("shown_count", "click_count", "purchase_count"),
    )
    indexes = (("product_id", "score"), ("customer_id", "score"))
    natural_key = ("product_id", "customer_id", "recommended_id", "type")

    product_id: Mapped[UUID | None] = key_to(
        "catalog.products", "CASCADE", "The product beside which it is shown.", "recommendations", "What is shown beside it."
    )
    customer_id: Mapped[UUID | None] = key_to("customers.customers", "CASCADE", "The one customer it is for; null means everybody.")
    recommended_id: Mapped[UUID] = key_to(
        "catalog.products", "CASCADE", "The product that is shown.", "recommended_in", "Where it is recommended."
    )
    agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "The AI agent that chose it.")
    model_id: Mapped[UUID | None] = key_to("llm.ai_models", "SET NULL", "The model that scored it.")
    type: Mapped[ProductRecommendationType] = state(ProductRecommendationType, "Why it is recommended.")
    score: Mapped[Ratio] = column("How well it fits, from 0 to 100.", percentage)
    reason: Mapped[str | None] = column("Why it fits, in words that customers may read.")
    is_active: Mapped[bool] = default("true", "Whether it is shown.")
    shown_count: Mapped[BigInt] = default("0", "How often it was shown; kept by the worker.")
    click_count: Mapped[BigInt] = default("0", "How often it was followed; kept by the worker.")
    purchase_count: Mapped[BigInt] = default("0", "How often it ended in an order; kept by the worker.")
    expires_at: Mapped[datetime | None] = column("Until when it is shown.")
