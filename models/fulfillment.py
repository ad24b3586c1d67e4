"""Warehouses and what lies in them, carriers, and the way of goods to customers and back."""

from __future__ import annotations

from datetime import date as Day
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from sqlalchemy import Numeric
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Audited, Entity, Timestamps, Versioned
from models.checks import at_least_zero, check, filled, in_order, percentage, positive
from models.columns import Measure, Money, Ratio, column, default, generated, key_to, state
from models.ddl import Tally

Degrees = Annotated[Decimal, mapped_column(Numeric(9, 6))]

WarehouseType = Literal["OWN", "STORE", "THIRD_PARTY", "DROP_SHIP", "RETURNS"]
WarehouseStatus = Literal["ACTIVE", "PAUSED", "CLOSED"]
WarehouseCapacityZone = Literal["AMBIENT", "COOL", "HAZARDOUS", "BULK", "PICKING", "RECEIVING"]
StockMovementType = Literal["OPENING", "RECEIPT", "SALE", "RETURN", "TRANSFER_IN", "TRANSFER_OUT", "ADJUSTMENT", "DAMAGE", "COUNT"]
InboundShipmentStatus = Literal["EXPECTED", "IN_TRANSIT", "ARRIVED", "RECEIVING", "COMPLETED", "CANCELLED"]
QualityCheckResult = Literal["PENDING", "PASSED", "PASSED_WITH_REMARKS", "FAILED"]
CarrierStatus = Literal["ACTIVE", "SUSPENDED", "RETIRED"]
CarrierServiceLevel = Literal["ECONOMY", "STANDARD", "EXPRESS", "OVERNIGHT", "FREIGHT"]
CarrierContractStatus = Literal["DRAFT", "ACTIVE", "EXPIRED", "TERMINATED"]
ShipmentStatus = Literal[
    "PENDING", "LABELLED", "HANDED_OVER", "IN_TRANSIT", "OUT_FOR_DELIVERY", "DELIVERED", "FAILED", "RETURNED", "CANCELLED"
]
ShipmentEventType = Literal[
    "CREATED", "PICKED_UP", "ARRIVED", "DEPARTED", "CUSTOMS", "OUT_FOR_DELIVERY", "ATTEMPTED", "DELIVERED", "EXCEPTION", "RETURNED"
]
CustomsDeclarationStatus = Literal["DRAFT", "SUBMITTED", "CLEARED", "HELD", "REJECTED"]
CustomsDeclarationIncoterm = Literal["DAP", "DDP", "EXW", "FCA"]


class Warehouse(Entity, Timestamps, Versioned, Audited):
    """A place where a business keeps goods."""

    natural_key = ("business_id", "code")
    indexes = ("status",)

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Whose goods it keeps.")
    store_id: Mapped[UUID | None] = key_to("business.stores", "SET NULL", "The store whose stock room it is.")
    manager_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "Who runs it.", "warehouses_managed")
    agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "The AI agent that looks after it.")
    code: Mapped[str] = column("What people call it by, unique in the business, like main.", filled(255))
    name: Mapped[str] = column("Its name.", filled())
    type: Mapped[WarehouseType] = state(WarehouseType, "What kind of place it is.", "OWN")
    status: Mapped[WarehouseStatus] = state(WarehouseStatus, "Whether goods come and go.", "ACTIVE")
    address: Mapped[dict[str, Any]] = default("'{}'", "Street, city, region and postal code.")
    country: Mapped[str | None] = column("ISO 3166-1 alpha-2 code of its country.")
    latitude: Mapped[Degrees | None] = column("How far north of the equator it is, in degrees.")
    longitude: Mapped[Degrees | None] = column("How far east of Greenwich it is, in degrees.")
    time_zone: Mapped[str] = default("'UTC'", "IANA time zone of its clocks.")
    phone: Mapped[str | None] = column("Telephone number in E.164 form.")
    priority: Mapped[int] = default("0", "The higher, the sooner orders are sent from here.")
    cutoff_hour: Mapped[int | None] = column("Until which hour of the day orders leave on the same day.")


class WarehouseCapacity(Entity, Timestamps):
    """How much room a zone of a warehouse has on a day, and how much of it is taken."""

    __table_args__ = (
        check("used_volume", "fits", "used_volume <= total_volume", "must not be above the whole"),
        *at_least_zero("total_volume", "used_volume", "total_pallets", "used_pallets", "daily_order_limit"),
    )
    natural_key = ("warehouse_id", "zone", "day")

    warehouse_id: Mapped[UUID] = key_to("fulfillment.warehouses", "CASCADE", "Of which warehouse.", "capacities")
    zone: Mapped[WarehouseCapacityZone] = state(WarehouseCapacityZone, "Which part of it.")
    day: Mapped[Day] = column("On which day.")
    total_volume: Mapped[Measure] = column("All its room, in cubic metres.")
    used_volume: Mapped[Measure] = default("0", "What of it is taken, in cubic metres.")
    total_pallets: Mapped[int] = default("0", "Places for pallets.")
    used_pallets: Mapped[int] = default("0", "What of them is taken.")
    daily_order_limit: Mapped[int | None] = column("The most orders that can leave it in a day.")
    utilization: Mapped[Ratio | None] = generated("round(100 * used_volume / nullif(total_volume, 0), 2)", "Used room in per cent.")


class InventoryLevel(Entity, Timestamps, Versioned):
    """What a warehouse has of a variant: in hand, promised and on its way."""

    __table_args__ = at_least_zero("on_hand", "reserved", "incoming", "reorder_point", "reorder_quantity", "safety_stock")
    natural_key = ("warehouse_id", "variant_id")

    warehouse_id: Mapped[UUID] = key_to("fulfillment.warehouses", "CASCADE", "Where.")
    variant_id: Mapped[UUID] = key_to("catalog.product_variants", "CASCADE", "Of what.")
    on_hand: Mapped[int] = default("0", "Pieces that lie there; kept by trigger from the movements.")
    reserved: Mapped[int] = default("0", "Pieces promised to orders.")
    incoming: Mapped[int] = default("0", "Pieces on their way from suppliers.")
    available: Mapped[int] = generated("on_hand - reserved", "Pieces that can still be sold; below zero if oversold.")
    safety_stock: Mapped[int] = default("0", "Pieces kept back for bad days.")
    reorder_point: Mapped[int | None] = column("At how many pieces to order anew.")
    reorder_quantity: Mapped[int | None] = column("How many pieces to order then.")
    bin_location: Mapped[str | None] = column("On which shelf.")
    last_counted_at: Mapped[datetime | None] = column("When somebody last counted.")


class StockMovement(Entity):
    """A line of the ledger behind the stock: how many pieces came or went, and why."""

    __table_args__ = (
        check("quantity", "moves", "quantity <> 0", "must not be zero"),
        check(
            "quantity",
            "has_its_sign",
            "CASE WHEN type IN ('SALE', 'TRANSFER_OUT', 'DAMAGE') THEN quantity < 0 "
            "WHEN type IN ('OPENING', 'RECEIPT', 'RETURN', 'TRANSFER_IN') THEN quantity > 0 ELSE true END",
            "must be above zero for what comes and below zero for what goes",
        ),
        *at_least_zero("unit_cost"),
    )
    indexes = (("inventory_level_id", "occurred_at"), "type")
    # A level is written by whoever moves its goods, one parcel or pallet at a time.
    tallies = (Tally("sum_stock", "inventory_level_id", "fulfillment.inventory_levels", {"on_hand": "quantity"}),)

    inventory_level_id: Mapped[UUID] = key_to("fulfillment.inventory_levels", "CASCADE", "Of what, where.", "movements")
    order_item_id: Mapped[UUID | None] = key_to("sales.order_items", "SET NULL", "The sale behind it.")
    return_item_id: Mapped[UUID | None] = key_to("sales.return_items", "SET NULL", "The return behind it.")
    purchase_order_item_id: Mapped[UUID | None] = key_to("suppliers.purchase_order_items", "SET NULL", "The purchase behind it.")
    made_by_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "Who moved it, if a person did.")
    type: Mapped[StockMovementType] = state(StockMovementType, "Why it moved.")
    quantity: Mapped[int] = column("Pieces: above zero if they came, below zero if they went.")
    unit_cost: Mapped[Money | None] = column("What one piece cost.")
    currency: Mapped[str] = default("'USD'", "Currency of the cost.")
    reason: Mapped[str | None] = column("What whoever moved it noted.")
    occurred_at: Mapped[datetime] = default("now()", "When it moved.")
    created_at: Mapped[datetime] = default("now()", "When the row was made.")


class DemandForecast(Entity, Timestamps):
    """How many pieces of a variant will be asked for from a warehouse on a day."""

    __table_args__ = (
        in_order("lower_bound", "upper_bound"),
        check("predicted_quantity", "fits", "predicted_quantity BETWEEN lower_bound AND upper_bound", "must lie within its bounds"),
        *at_least_zero("predicted_quantity", "lower_bound", "actual_quantity"),
    )
    natural_key = ("variant_id", "warehouse_id", "day")
    indexes = ("day",)

    variant_id: Mapped[UUID] = key_to("catalog.product_variants", "CASCADE", "Of what.")
    warehouse_id: Mapped[UUID | None] = key_to("fulfillment.warehouses", "CASCADE", "From where; null: from anywhere.")
    model_id: Mapped[UUID | None] = key_to("llm.ai_models", "SET NULL", "The model that says so.")
    agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "The AI agent that asked it.")
    day: Mapped[Day] = column("For which day.")
    predicted_quantity: Mapped[Measure] = column("Pieces that are expected.")
    lower_bound: Mapped[Measure] = column("The least that is likely.")
    upper_bound: Mapped[Measure] = column("The most that is likely.")
    confidence: Mapped[Ratio] = column("How sure it is, in per cent.", percentage)
    actual_quantity: Mapped[int | None] = column("What was asked for, once known.")
    method: Mapped[str] = default("'moving_average'", "How it was computed.")


class InboundShipment(Entity, Timestamps):
    """A delivery of a supplier on its way to a warehouse."""

    __table_args__ = (
        check("arrived_at", "is_given", "status IN ('EXPECTED', 'IN_TRANSIT', 'CANCELLED') OR arrived_at IS NOT NULL", "must be given"),
        in_order("arrived_at", "completed_at"),
        *at_least_zero("expected_quantity", "received_quantity", "damaged_quantity"),
    )
    natural_key = ("warehouse_id", "reference")
    indexes = ("status",)

    warehouse_id: Mapped[UUID] = key_to("fulfillment.warehouses", "RESTRICT", "Where it goes.")
    purchase_order_id: Mapped[UUID | None] = key_to("suppliers.purchase_orders", "SET NULL", "The order behind it.")
    carrier_id: Mapped[UUID | None] = key_to("fulfillment.carriers", "SET NULL", "Who brings it.")
    received_by_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "Who took it in.", "inbound_shipments_received")
    reference: Mapped[str] = column("What people call it by, unique in the warehouse.", filled(60))
    tracking_number: Mapped[str | None] = column("What the carrier calls it by.")
    status: Mapped[InboundShipmentStatus] = state(InboundShipmentStatus, "How far it is.", "EXPECTED")
    expected_quantity: Mapped[int] = default("0", "Pieces that should come.")
    received_quantity: Mapped[int] = default("0", "Pieces that came.")
    damaged_quantity: Mapped[int] = default("0", "Pieces that came broken.")
    expected_on: Mapped[Day | None] = column("The day on which it should arrive.")
    arrived_at: Mapped[datetime | None] = column("When it arrived.")
    completed_at: Mapped[datetime | None] = column("When the last of it was put away.")


class QualityCheck(Entity, Timestamps):
    """A look at goods that came in: how many were looked at, how many were bad."""

    __table_args__ = (
        check("inspected_quantity", "covers_the_bad", "failed_quantity <= inspected_quantity", "must not be below those that failed"),
        check("inspected_at", "fits", "(result = 'PENDING') = (inspected_at IS NULL)", "must be given with the result"),
        *at_least_zero("inspected_quantity", "failed_quantity"),
    )
    indexes = ("result",)

    inbound_shipment_id: Mapped[UUID | None] = key_to("fulfillment.inbound_shipments", "CASCADE", "Of which delivery.")
    return_item_id: Mapped[UUID | None] = key_to("sales.return_items", "CASCADE", "Of which returned goods.")
    variant_id: Mapped[UUID] = key_to("catalog.product_variants", "CASCADE", "Of what.")
    inspector_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "Who looked.")
    agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "The AI agent that asked for it.")
    result: Mapped[QualityCheckResult] = state(QualityCheckResult, "What came of it.", "PENDING")
    inspected_quantity: Mapped[int] = default("0", "Pieces that were looked at.")
    failed_quantity: Mapped[int] = default("0", "Pieces that were bad.")
    defects: Mapped[list[str]] = default("'{}'", "What was wrong, in a word each.")
    photo_urls: Mapped[list[str]] = default("'{}'", "Where pictures of it are.")
    notes: Mapped[str | None] = column("What the inspector noted.")
    inspected_at: Mapped[datetime | None] = column("When it was looked at.")


class Carrier(Entity, Timestamps, Versioned):
    """A company that carries parcels, with its service of one level."""

    __table_args__ = at_least_zero("max_weight_kg", "delivery_days_min", "rating_sum", "rating_count")
    natural_key = ("code",)

    agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "The AI agent that deals with it.")
    code: Mapped[str] = column("Its short name, unique everywhere, like nzpost-express.", filled(60))
    name: Mapped[str] = column("Its name.", filled())
    service_level: Mapped[CarrierServiceLevel] = state(CarrierServiceLevel, "How fast it is.", "STANDARD")
    status: Mapped[CarrierStatus] = state(CarrierStatus, "Whether parcels are given to it.", "ACTIVE", index=True)
    countries: Mapped[list[str]] = default("'{}'", "ISO 3166-1 alpha-2 codes of where it delivers.")
    tracking_url: Mapped[str | None] = column("Where parcels are followed; {number} stands for the tracking number.")
    phone: Mapped[str | None] = column("Telephone number in E.164 form.")
    email: Mapped[str | None] = column("Where it is written to, in lower case.")
    max_weight_kg: Mapped[Measure | None] = column("The heaviest parcel it takes, in kilograms.")
    delivery_days_min: Mapped[int | None] = column("Days to the delivery, at best.")
    delivery_days_max: Mapped[int | None] = column("Days to the delivery, at worst.")
    is_insured: Mapped[bool] = default("false", "Whether it pays for what it loses.")
    rating_sum: Mapped[int] = default("0", "Sum of the ratings given by businesses; kept by the worker.")
    rating_count: Mapped[int] = default("0", "How many ratings there are; kept by the worker.")


class CarrierContract(Entity, Timestamps, Audited):
    """What a business and a carrier agreed on, from when to when."""

    __table_args__ = (in_order("starts_on", "ends_on"), *at_least_zero("monthly_minimum"))
    natural_key = ("business_id", "contract_number")
    indexes = ("status",)

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Who ships.")
    carrier_id: Mapped[UUID] = key_to("fulfillment.carriers", "RESTRICT", "Who carries.", "contracts")
    contract_number: Mapped[str] = column("The number on it, unique in the business.", filled(60))
    status: Mapped[CarrierContractStatus] = state(CarrierContractStatus, "Whether it holds.", "DRAFT")
    discount: Mapped[Ratio] = default("0", "What is taken off the list price, in per cent.", percentage)
    monthly_minimum: Mapped[int] = default("0", "Parcels that must be given to it in a month.")
    account_number: Mapped[str | None] = column("The business's number with the carrier.")
    starts_on: Mapped[Day] = column("Its first day.")
    ends_on: Mapped[Day | None] = column("Its last day; null if it is open.")
    terms: Mapped[str | None] = column("What else was agreed.")


class ShippingZone(Entity, Timestamps):
    """A group of countries or regions that cost a business the same to ship to."""

    natural_key = ("business_id", "name")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Who ships there.")
    name: Mapped[str] = column("What it is called, unique in the business.", filled(100))
    countries: Mapped[list[str]] = default("'{}'", "ISO 3166-1 alpha-2 codes of its countries.")
    regions: Mapped[list[str]] = default("'{}'", "Regions of them, if not all.")
    postal_patterns: Mapped[list[str]] = default("'{}'", "Beginnings of postal codes, if not all.")
    position: Mapped[int] = default("0", "Its place in the order in which zones are tried.")
    is_active: Mapped[bool] = default("true", "Whether the business ships there.")


class CarrierRate(Entity, Timestamps):
    """What a carrier takes for a parcel of some weight to a zone."""

    __table_args__ = (
        check("weight_to_kg", "is_above", "weight_from_kg < weight_to_kg", "must be above where it begins"),
        in_order("valid_from", "valid_until"),
        *at_least_zero("weight_from_kg", "price", "fuel_surcharge"),
    )
    natural_key = ("carrier_id", "zone_id", "weight_from_kg", "valid_from")

    carrier_id: Mapped[UUID] = key_to("fulfillment.carriers", "CASCADE", "Who carries.", "rates")
    zone_id: Mapped[UUID] = key_to("fulfillment.shipping_zones", "CASCADE", "To where.", "rates")
    contract_id: Mapped[UUID | None] = key_to("fulfillment.carrier_contracts", "SET NULL", "By which contract.", "rates")
    weight_from_kg: Mapped[Measure] = default("0", "Above how many kilograms.")
    weight_to_kg: Mapped[Measure] = column("Up to how many kilograms.")
    price: Mapped[Money] = column("What it costs.")
    fuel_surcharge: Mapped[Ratio] = default("0", "What is added for fuel, in per cent.")
    currency: Mapped[str] = default("'USD'", "Currency of the price.")
    valid_from: Mapped[Day] = column("First day of the price.")
    valid_until: Mapped[Day | None] = column("Last day of the price.")


class Shipment(Entity, Timestamps, Versioned):
    """A parcel on its way to a customer."""

    __table_args__ = (
        check("delivered_at", "fits", "(status = 'DELIVERED') = (delivered_at IS NOT NULL)", "must go with the status DELIVERED"),
        check("shipped_at", "is_given", "status IN ('PENDING', 'LABELLED', 'CANCELLED') OR shipped_at IS NOT NULL", "must be given"),
        in_order("shipped_at", "delivered_at"),
        *at_least_zero("weight_kg", "shipping_cost", "insured_amount"),
    )
    natural_key = ("business_id", "shipment_number")
    indexes = (("business_id", "status"), "tracking_number", "shipped_at")

    business_id: Mapped[UUID] = key_to("business.businesses", "RESTRICT", "Who sends it.")
    order_id: Mapped[UUID] = key_to("sales.orders", "RESTRICT", "For which order.")
    warehouse_id: Mapped[UUID | None] = key_to("fulfillment.warehouses", "SET NULL", "From where.")
    carrier_id: Mapped[UUID | None] = key_to("fulfillment.carriers", "SET NULL", "Who carries it.")
    address_id: Mapped[UUID | None] = key_to("customers.addresses", "SET NULL", "Where it goes.")
    shipment_number: Mapped[str] = column("What people call it by, unique in the business.", filled(40))
    tracking_number: Mapped[str | None] = column("What the carrier calls it by.")
    status: Mapped[ShipmentStatus] = state(ShipmentStatus, "How far it is.", "PENDING")
    service_level: Mapped[CarrierServiceLevel] = state(CarrierServiceLevel, "How fast it should be.", "STANDARD")
    weight_kg: Mapped[Measure | None] = column("What it weighs, in kilograms.")
    dimensions: Mapped[dict[str, Any] | None] = column("Length, width and height in centimetres.")
    shipping_cost: Mapped[Money] = default("0", "What the carrier takes for it.")
    insured_amount: Mapped[Money] = default("0", "For how much it is insured.")
    currency: Mapped[str] = default("'USD'", "Currency of its amounts.")
    label_url: Mapped[str | None] = column("Where its label is.")
    is_signature_required: Mapped[bool] = default("false", "Whether somebody must sign for it.")
    estimated_delivery_on: Mapped[Day | None] = column("The day on which it should arrive.")
    shipped_at: Mapped[datetime | None] = column("When the carrier took it.")
    delivered_at: Mapped[datetime | None] = column("When it arrived.")


class ShipmentItem(Entity):
    """How many pieces of an order's line are in a parcel."""

    natural_key = ("shipment_id", "order_item_id")
    between = (
        ("shipment_id", "order_items", "The lines of orders that it holds."),
        ("order_item_id", "shipments", "The shipments that it went out in."),
    )

    shipment_id: Mapped[UUID] = key_to("fulfillment.shipments", "CASCADE", "In which parcel.", "items")
    order_item_id: Mapped[UUID] = key_to("sales.order_items", "RESTRICT", "Of which line.")
    quantity: Mapped[int] = column("How many pieces.", positive)
    lot_number: Mapped[str | None] = column("The lot that they are from.")
    created_at: Mapped[datetime] = default("now()", "When the row was made.")


class ShipmentEvent(Entity):
    """Something that happened to a parcel on its way."""

    indexes = (("shipment_id", "occurred_at"),)

    shipment_id: Mapped[UUID] = key_to("fulfillment.shipments", "CASCADE", "To which parcel.", "events")
    type: Mapped[ShipmentEventType] = state(ShipmentEventType, "What happened.")
    description: Mapped[str | None] = column("What the carrier says of it.")
    location: Mapped[str | None] = column("Where it happened.")
    country: Mapped[str | None] = column("ISO 3166-1 alpha-2 code of the country where it happened.")
    carrier_code: Mapped[str | None] = column("The carrier's own code for it.")
    occurred_at: Mapped[datetime] = column("When it happened.")
    created_at: Mapped[datetime] = default("now()", "When it was learnt of.")


class CustomsDeclaration(Entity, Timestamps):
    """What customs are told of a parcel that crosses a border."""

    __table_args__ = (
        check("submitted_at", "fits", "(status = 'DRAFT') = (submitted_at IS NULL)", "must be given once submitted"),
        in_order("submitted_at", "cleared_at"),
        *at_least_zero("declared_value", "duty_amount", "tax_amount"),
    )
    natural_key = ("shipment_id",)
    indexes = ("status",)

    shipment_id: Mapped[UUID] = key_to(
        "fulfillment.shipments", "CASCADE", "Of which parcel.", "customs_declaration", "What customs are told of it.", single=True
    )
    declaration_number: Mapped[str | None] = column("What customs call it by.")
    status: Mapped[CustomsDeclarationStatus] = state(CustomsDeclarationStatus, "How far it is.", "DRAFT")
    incoterm: Mapped[CustomsDeclarationIncoterm] = state(CustomsDeclarationIncoterm, "Who pays duty and tax.", "DAP")
    origin_country: Mapped[str] = column("ISO 3166-1 alpha-2 code of where it comes from.")
    destination_country: Mapped[str] = column("ISO 3166-1 alpha-2 code of where it goes.")
    hs_codes: Mapped[list[str]] = default("'{}'", "Codes of its goods in the Harmonized System.")
    contents: Mapped[str] = column("What is in it, in words.")
    declared_value: Mapped[Money] = column("What it is worth.")
    duty_amount: Mapped[Money] = default("0", "The duty on it.")
    tax_amount: Mapped[Money] = default("0", "The tax on it.")
    currency: Mapped[str] = default("'USD'", "Currency of its amounts.")
    submitted_at: Mapped[datetime | None] = column("When customs were told.")
    cleared_at: Mapped[datetime | None] = column("When customs let it pass.")
