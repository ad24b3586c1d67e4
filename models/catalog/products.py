"""Products with their variants and pictures, and the tree of categories in which people find them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import BigInteger, Index, Numeric, Text, text
from sqlalchemy.orm import Mapped

from models.base import Audited, Entity, SoftDelete, Timestamps, Versioned
from models.checks import at_least_zero, check, filled, in_order, positive, trigram
from models.columns import BigInt, Measure, Money, Ratio, column, default, full_text, generated, key_to, on_read, state

ALIVE = text("deleted_at IS NULL")

ProductPriceType = Literal["FIXED", "INQUIRY", "FREE", "SUBSCRIPTION"]
ProductStatus = Literal["DRAFT", "ACTIVE", "INACTIVE", "ARCHIVED"]
ProductLicenseType = Literal["PERSONAL", "COMMERCIAL", "ENTERPRISE"]
TaxRateCategory = Literal["STANDARD", "REDUCED", "EXCISE", "DIGITAL", "EXEMPT"]


class Category(Entity, Timestamps, Versioned):
    """A shelf of the shop; categories nest."""

    __table_args__ = (check("color", "form", "color ~ '^#[0-9a-f]{6}$'", "must be a colour like #1f6feb"), *at_least_zero("position"))
    indexes = ("name",)
    natural_key = ("business_id", "slug")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Whose category it is.")
    parent_id: Mapped[UUID | None] = key_to("catalog.categories", "CASCADE", "The category it is part of.", "children")
    name: Mapped[str] = column("What customers read on the shelf.", filled(255))
    slug: Mapped[str] = column("Its name in addresses, unique in the business.")
    description: Mapped[str | None] = column("What is found in it.")
    position: Mapped[int] = default("0", "Its place among its siblings; the lowest comes first.")
    icon: Mapped[str | None] = column("Name or address of its symbol.")
    color: Mapped[str | None] = column("Its colour as #rrggbb, in small letters.")
    is_featured: Mapped[bool] = default("false", "Whether the front page shows it.")
    is_active: Mapped[bool] = default("true", "Whether customers see it.")
    meta_title: Mapped[str | None] = column("The title that search engines show.")
    meta_description: Mapped[str | None] = column("The text that search engines show.")


class Product(Entity, Timestamps, SoftDelete, Versioned, Audited):
    """Something a business sells, made of at least one variant."""

    __table_args__ = (
        Index("uq_products_business_id_slug", "business_id", "slug", unique=True, postgresql_where=ALIVE),
        Index("uq_products_business_id_sku", "business_id", "sku", unique=True, postgresql_where=ALIVE),
        Index("uq_products_business_id_shopify_id", "business_id", "shopify_id", unique=True, postgresql_where=ALIVE),
        Index("ix_products_tags", "tags", postgresql_using="gin"),
        trigram("products", "name"),
        check("price", "is_free", "price_type <> 'FREE' OR price = 0", "must be zero where the product is free"),
        check("sale_price", "is_lower", "sale_price < price", "must be below the price"),
        check(
            "billing_months",
            "of_subscription",
            "(price_type = 'SUBSCRIPTION') = (billing_months IS NOT NULL)",
            "must be given for subscriptions, and for nothing else",
        ),
        in_order("sale_starts_at", "sale_ends_at"),
        *at_least_zero("price", "sale_price", "cost", "weight", "rating_sum", "rating_count"),
    )
    indexes = (("business_id", "status"), ("category_id", "status"), ("is_featured", "status"))
    natural_key = ("business_id", "slug")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Who sells it.")
    category_id: Mapped[UUID | None] = key_to("catalog.categories", "SET NULL", "Its main category.")
    name: Mapped[str] = column("What customers know it as.", filled(500))
    slug: Mapped[str] = column("Its name in addresses, unique in the business.")
    sku: Mapped[str | None] = column("The seller's own number for the product as a whole, unique in the business.", filled(100))
    brand: Mapped[str | None] = column("The maker's name, as it is printed on the product.")
    short_description: Mapped[str | None] = column("What it is, in a sentence or two.")
    description: Mapped[str | None] = column("What it is, in full.")
    collection: Mapped[str | None] = column("The series it belongs to.")
    tags: Mapped[list[str]] = default("'{}'", "Words that people filter by.")
    status: Mapped[ProductStatus] = state(ProductStatus, "Whether it can be found and bought.", "DRAFT")
    is_featured: Mapped[bool] = default("false", "Whether the front page shows it.")
    published_at: Mapped[datetime | None] = column("When customers could first see it.")
    price: Mapped[Money] = column("What its default variant costs, before any sale; zero if on inquiry.")
    currency: Mapped[str] = default("'USD'", "Currency of its amounts.")
    price_type: Mapped[ProductPriceType] = state(ProductPriceType, "How it is paid.", "FIXED")
    billing_months: Mapped[int | None] = column("How many months one payment of a subscription covers.", positive)
    sale_price: Mapped[Money | None] = column("What its default variant costs while it is on sale.")
    sale_starts_at: Mapped[datetime | None] = column("From when the sale price holds; null means at once.")
    sale_ends_at: Mapped[datetime | None] = column("Until when the sale price holds; null means until further notice.")
    cost: Mapped[Money | None] = column("What one costs the seller to buy or make.")
    tax_category: Mapped[TaxRateCategory] = state(TaxRateCategory, "What the tax law takes it for.", "STANDARD")
    weight: Mapped[Measure | None] = column("Shipping weight in kilograms.")
    dimensions: Mapped[dict[str, Any] | None] = column("Length, width and height of the parcel in centimetres.")
    demo_video_url: Mapped[str | None] = column("Where a video shows it.")
    download_files: Mapped[list[dict[str, Any]]] = default("'[]'", "The files its buyers may download.")
    license_type: Mapped[ProductLicenseType | None] = state(ProductLicenseType, "What the buyer of a digital product may do with it.")
    system_requirements: Mapped[dict[str, Any] | None] = column("What a digital product needs to run.")
    supported_providers: Mapped[list[str]] = default("'{}'", "The AI providers a digital product works with.")
    model_requirements: Mapped[dict[str, Any] | None] = column("What the AI model behind a digital product must do.")
    meta_title: Mapped[str | None] = column("The title that search engines show.")
    meta_description: Mapped[str | None] = column("The text that search engines show.")
    meta_keywords: Mapped[list[str]] = default("'{}'", "Words for search engines that customers do not see.")
    shopify_id: Mapped[str | None] = column("Its id in Shopify, unique in the business.")
    rating_sum: Mapped[BigInt] = default("0", "Sum of the ratings in its published reviews; kept by trigger.")
    rating_count: Mapped[int] = default("0", "How many published reviews it has; kept by trigger.")
    rating_average: Mapped[Ratio | None] = generated(
        "round(rating_sum::numeric / nullif(rating_count, 0), 2)",
        "Mean rating, from 1 to 5, in its published reviews; null before the first.",
    )
    search_vector: Mapped[str] = full_text("english", "name", "tags[]", "short_description", "description")

    current_price: Mapped[Money] = on_read(
        "(SELECT CASE WHEN now() >= coalesce({row}.sale_starts_at, '-infinity')"
        " AND now() < coalesce({row}.sale_ends_at, 'infinity')"
        " THEN coalesce({row}.sale_price, {row}.price) ELSE {row}.price END)",
        Numeric(20, 2),
        "What its default variant costs now: the sale price during a sale, else the price.",
    )
    featured_image: Mapped[str | None] = on_read(
        "(SELECT i.url FROM catalog.product_images AS i WHERE i.product_id = {row}.id ORDER BY position, i.id LIMIT 1)",
        Text(),
        "Where its first picture is.",
    )
    view_count: Mapped[BigInt] = on_read(
        "(SELECT coalesce(sum(m.view_count), 0)::bigint FROM catalog.product_metrics AS m"
        " WHERE m.product_id = {row}.id AND m.variant_id IS NULL)",
        BigInteger(),
        "How often it was looked at; summed when read.",
    )
    download_count: Mapped[BigInt] = on_read(
        "(SELECT coalesce(sum(m.download_count), 0)::bigint FROM catalog.product_metrics AS m"
        " WHERE m.product_id = {row}.id AND m.variant_id IS NULL)",
        BigInteger(),
        "How often its files were downloaded; summed when read.",
    )


class ProductVariant(Entity, Timestamps, SoftDelete, Versioned):
    """One form of a product, like a size or a flavour: what is stocked and ordered."""

    __table_args__ = (
        Index("uq_product_variants_business_id_sku", "business_id", "sku", unique=True, postgresql_where=ALIVE),
        Index("uq_product_variants_business_id_shopify_id", "business_id", "shopify_id", unique=True, postgresql_where=ALIVE),
        Index(
            "uq_product_variants_product_id_is_default",
            "product_id",
            unique=True,
            postgresql_where=text("is_default AND deleted_at IS NULL"),
        ),
        check("barcode", "form", "barcode ~ '^([0-9]{8}|[0-9]{12,14})$'", "must be a GTIN of 8, 12, 13 or 14 digits"),
        *at_least_zero("price", "cost", "weight"),
    )
    indexes = (("business_id", "barcode"), ("product_id", "position"))
    natural_key = ("business_id", "sku")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Who sells it.")
    product_id: Mapped[UUID] = key_to("catalog.products", "CASCADE", "Of which product.", "variants")
    name: Mapped[str] = column("What tells it from the product's other variants, like 50 x 70 cm, black frame.", filled(255))
    sku: Mapped[str] = column("The seller's number for it, unique in the business.", filled(255))
    barcode: Mapped[str | None] = column("The GTIN (EAN or UPC) on the package.")
    size: Mapped[str | None] = column("Its size as customers choose it, like 50 x 70 cm or 60 ml.")
    frame_type: Mapped[str | None] = column("How a picture is framed, like black oak.")
    options: Mapped[dict[str, Any]] = default("'{}'", "What else tells it apart: each choice with its value.")
    position: Mapped[int] = default("1", "Its place among the variants, from 1.", positive)
    is_default: Mapped[bool] = default("false", "Whether it is chosen at first; one per product.")
    is_available: Mapped[bool] = default("true", "Whether it can be ordered at all, in stock or not.")
    price: Mapped[Money] = column("What one costs, before any sale.")
    cost: Mapped[Money | None] = column("What one costs the seller, where it differs from the product's.")
    currency: Mapped[str] = default("'USD'", "Currency of the price and the cost.")
    weight: Mapped[Measure | None] = column("Shipping weight in kilograms, where it differs from the product's.")
    shopify_id: Mapped[str | None] = column("Its id in Shopify, unique in the business.")


class ProductImage(Entity, Timestamps):
    """A picture of a product or of one of its variants."""

    __table_args__ = (check("url", "form", "url ~ '^https?://[^\\s]+$'", "must be an address that begins with https://"),)
    indexes = (("product_id", "position"),)

    product_id: Mapped[UUID] = key_to("catalog.products", "CASCADE", "What it shows.", "images")
    variant_id: Mapped[UUID | None] = key_to(
        "catalog.product_variants", "SET NULL", "The variant it shows; null means all of them.", "images"
    )
    url: Mapped[str] = column("Where the picture is.")
    alt_text: Mapped[str | None] = column("What is to be seen, for those who cannot.")
    position: Mapped[int] = default("1", "Its place in the gallery; the lowest is the product's main picture.", positive)
    width: Mapped[int | None] = column("Width in pixels.", positive)
    height: Mapped[int | None] = column("Height in pixels.", positive)


class CategoryProduct(Entity):
    """A product's place in a category; it may stand in several."""

    indexes = (("category_id", "position"),)
    natural_key = ("category_id", "product_id")
    between = (
        ("category_id", "listed_products", "The products that stand in it."),
        ("product_id", "listed_in", "The categories it stands in."),
    )

    category_id: Mapped[UUID] = key_to("catalog.categories", "CASCADE", "On which shelf.", "placements")
    product_id: Mapped[UUID] = key_to("catalog.products", "CASCADE", "Which product.", "placements")
    position: Mapped[int] = default("1", "Its place on the shelf, from 1.", positive)
    created_at: Mapped[datetime] = default("now()", "When it was put there.")
