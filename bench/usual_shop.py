"""The usual way's types of businesses and of what they sell."""

import dataclasses
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self, TypeAlias
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from bench.usual_loaders import Connection, Info, enumeration, global_id, loaders
from models import business, catalog
from models.catalog import products

if TYPE_CHECKING:
    BusinessType: TypeAlias = str
    BusinessStatus: TypeAlias = str
    ProductStatus: TypeAlias = str
    ProductPriceType: TypeAlias = str
    TaxRateCategory: TypeAlias = str
    ProductLicenseType: TypeAlias = str
else:
    BusinessType = enumeration("BusinessType", business.BusinessType)
    BusinessStatus = enumeration("BusinessStatus", business.BusinessStatus)
    ProductStatus = enumeration("ProductStatus", products.ProductStatus)
    ProductPriceType = enumeration("ProductPriceType", products.ProductPriceType)
    TaxRateCategory = enumeration("TaxRateCategory", products.TaxRateCategory)
    ProductLicenseType = enumeration("ProductLicenseType", products.ProductLicenseType)


def same(class_: type[Any], row: Any, *others: str) -> dict[str, Any]:
    """The values of `row` for the fields of `class_` that are called like columns: all but `others`."""
    fields = [field.name for field in dataclasses.fields(class_) if field.init]
    return {name: getattr(row, name) for name in fields if name not in others}


@strawberry.type
class Metric:
    """A measured value."""

    id: strawberry.ID
    name: str
    value: Decimal | None
    recorded_at: datetime

    @classmethod
    def of(cls, row: business.Metric) -> Self:
        """The object for `row`."""
        return cls(id=global_id("metric", row), name=row.name, value=row.value, recorded_at=row.recorded_at)


@strawberry.type
class Domain:
    """An area of a business."""

    key: strawberry.Private[UUID]
    id: strawberry.ID
    name: str

    @classmethod
    def of(cls, row: business.Domain) -> Self:
        """The object for `row`."""
        return cls(key=row.id, id=global_id("domain", row), name=row.name)

    @strawberry.field
    async def metrics(self, info: Info, first: int | None = None, last: int | None = None) -> Connection[Metric]:
        """What was measured in it."""
        rows = await loaders(info).page(business.Metric.domain_id, first, last).load(self.key)
        return Connection(nodes=[Metric.of(row) for row in rows])


@strawberry.type
class Business:
    """A tenant."""

    key: strawberry.Private[UUID]
    id: strawberry.ID
    name: str
    slug: str
    type: BusinessType
    status: BusinessStatus
    currency: str

    @classmethod
    def of(cls, row: business.Business) -> Self:
        """The object for `row`."""
        return cls(key=row.id, id=global_id("business", row), **same(cls, row, "key", "id"))

    @strawberry.field
    async def domains(self, info: Info, first: int = 20) -> Connection[Domain]:
        """Its areas."""
        rows = await loaders(info).page(business.Domain.business_id, first, None).load(self.key)
        return Connection(nodes=[Domain.of(row) for row in rows])


@strawberry.type
class Category:
    """A shelf of the shop."""

    id: strawberry.ID
    name: str
    slug: str
    description: str | None
    position: int
    icon: str | None
    color: str | None
    is_featured: bool
    is_active: bool
    meta_title: str | None
    meta_description: str | None
    created_at: datetime
    updated_at: datetime
    version: int

    @classmethod
    def of(cls, row: catalog.Category) -> Self:
        """The object for `row`."""
        return cls(id=global_id("category", row), **same(cls, row, "id"))


@strawberry.type
class Product:
    """Something a business sells."""

    business_key: strawberry.Private[UUID]
    category_key: strawberry.Private[UUID | None]
    id: strawberry.ID
    name: str
    slug: str
    sku: str | None
    brand: str | None
    short_description: str | None
    description: str | None
    collection: str | None
    tags: list[str]
    status: ProductStatus
    is_featured: bool
    published_at: datetime | None
    price: Decimal
    currency: str
    price_type: ProductPriceType
    billing_months: int | None
    sale_price: Decimal | None
    sale_starts_at: datetime | None
    sale_ends_at: datetime | None
    cost: Decimal | None
    tax_category: TaxRateCategory
    weight: Decimal | None
    dimensions: JSON | None
    demo_video_url: str | None
    download_files: JSON
    license_type: ProductLicenseType | None
    system_requirements: JSON | None
    supported_providers: list[str]
    model_requirements: JSON | None
    meta_title: str | None
    meta_description: str | None
    meta_keywords: list[str]
    shopify_id: str | None
    rating_sum: str
    rating_count: int
    rating_average: Decimal | None
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    version: int

    @classmethod
    def of(cls, row: catalog.Product) -> Self:
        """The object for `row`."""
        return cls(
            business_key=row.business_id,
            category_key=row.category_id,
            id=global_id("product", row),
            rating_sum=str(row.rating_sum),
            **same(cls, row, "business_key", "category_key", "id", "rating_sum"),
        )

    @strawberry.field
    async def category(self, info: Info) -> Category | None:
        """The shelf it stands on."""
        row = self.category_key and await loaders(info).one(catalog.Category.id).load(self.category_key)
        return Category.of(row) if row else None

    @strawberry.field
    async def business(self, info: Info) -> Business | None:
        """Who sells it."""
        row = await loaders(info).one(business.Business.id).load(self.business_key)
        return row and Business.of(row)
