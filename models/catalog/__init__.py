"""What is sold: products in their categories, what they cost, and what people say and ask about them."""

from models.catalog.opinions import ProductInquiry, ProductMetric, ProductRecommendation, ProductReview
from models.catalog.prices import PriceChange, PricingRule, Promotion, TaxRate
from models.catalog.products import Category, CategoryProduct, Product, ProductImage, ProductVariant

__all__ = [
    "Category",
    "CategoryProduct",
    "PriceChange",
    "PricingRule",
    "Product",
    "ProductImage",
    "ProductInquiry",
    "ProductMetric",
    "ProductRecommendation",
    "ProductReview",
    "ProductVariant",
    "Promotion",
    "TaxRate",
]
