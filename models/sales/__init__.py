"""What customers order: carts, orders and their history, subscriptions, returned goods, and guards against fraud."""

from models.sales.carts import Cart, CartItem, CustomerSubscription
from models.sales.orders import Order, OrderEvent, OrderItem
from models.sales.returns import OrderReturn, ReturnItem, RmaRequest
from models.sales.risk import AnomalyDetection, FraudCheck, FraudRule

__all__ = [
    "AnomalyDetection",
    "Cart",
    "CartItem",
    "CustomerSubscription",
    "FraudCheck",
    "FraudRule",
    "Order",
    "OrderEvent",
    "OrderItem",
    "OrderReturn",
    "ReturnItem",
    "RmaRequest",
]
