"""The order in which the sample data is made: a step refers only to what those before it kept."""

from app.seed.advertising import make_advertising
from app.seed.agents import make_agents
from app.seed.analytics import make_analytics
from app.seed.business import make_businesses
from app.seed.catalog import make_catalog
from app.seed.channels import make_channels
from app.seed.chat import make_chat
from app.seed.customers import make_customers
from app.seed.finance import make_finance, make_payment_methods
from app.seed.freelance import make_freelance
from app.seed.fulfillment import make_fulfillment, make_warehouses
from app.seed.gateway import make_gateway
from app.seed.identity import make_people
from app.seed.knowledge import make_knowledge
from app.seed.llm import make_llm, make_model_metrics
from app.seed.load import Step
from app.seed.marketing import make_marketing
from app.seed.markets import make_marketplace_orders
from app.seed.offers import make_offers
from app.seed.opinions import make_opinions
from app.seed.ops import make_ops
from app.seed.reporting import make_reporting
from app.seed.sales import make_sales
from app.seed.security import make_security
from app.seed.suppliers import make_purchasing, make_suppliers
from app.seed.support import make_support
from app.seed.traffic import make_traffic
from app.seed.work import make_work

BASE: tuple[Step, ...] = (make_people, make_businesses, make_llm, make_agents, make_gateway)
SHOPS: tuple[Step, ...] = (
    *(make_catalog, make_customers, make_suppliers, make_warehouses, make_payment_methods),
    *(make_offers, make_marketing, make_channels, make_model_metrics),
)
TRADE: tuple[Step, ...] = (
    *(make_sales, make_finance, make_purchasing, make_fulfillment, make_marketplace_orders),
    *(make_advertising, make_chat, make_opinions, make_support),
)
COMPANY: tuple[Step, ...] = (
    *(make_freelance, make_work, make_reporting, make_analytics, make_knowledge),
    *(make_traffic, make_security, make_ops),
)

STEPS = (*BASE, *SHOPS, *TRADE, *COMPANY)
