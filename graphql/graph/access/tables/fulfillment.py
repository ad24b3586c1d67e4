"""Stock and its ways."""

from graph.access.words import ADMINS, MANAGER, STAFF, VIEWER, linked, of, public, readers, within, writers

READERS = {
    "Carrier": readers(public()),
    "CarrierContract": readers(MANAGER),
    "CarrierRate": readers(within("zone", STAFF)),
    "ShippingZone": readers(VIEWER),
    "Shipment": readers(within("order"), of("shipping_cost insured_amount label_url", within("order", STAFF))),
    "ShipmentItem": readers(within("shipment")),
    "ShipmentEvent": readers(within("shipment")),
    "CustomsDeclaration": readers(within("shipment")),
    "Warehouse": readers(STAFF),
    "WarehouseCapacity": readers(within("warehouse")),
    "InventoryLevel": readers(within("warehouse")),
    "InboundShipment": readers(within("warehouse")),
    "StockMovement": readers(
        within("inventoryLevel"), unit_cost=within("inventoryLevel", within("warehouse", MANAGER))
    ),
    "DemandForecast": readers(within("variant", STAFF)),
    "QualityCheck": readers(within("variant", STAFF)),
}

OF_THE_WAREHOUSE = within("warehouse", STAFF)

WRITERS = {
    "Carrier": writers(ADMINS, kept="rating_sum rating_count", once="code"),
    "CarrierContract": writers(MANAGER, once="carrier_id"),
    "CarrierRate": writers(within("zone", MANAGER) & linked("contract_id", MANAGER), once="carrier_id zone_id"),
    "ShippingZone": writers(MANAGER),
    "Shipment": writers(
        None,
        STAFF,
        None,
        kept="order_id warehouse_id shipment_number status shipping_cost currency label_url shipped_at delivered_at",
    ),
    "CustomsDeclaration": writers(
        within("shipment", STAFF), delete=within("shipment", MANAGER) & public(status="DRAFT"), once="shipment_id"
    ),
    "Warehouse": writers(MANAGER, delete=None),
    "WarehouseCapacity": writers(OF_THE_WAREHOUSE, delete=within("warehouse", MANAGER), once="warehouse_id zone day"),
    "InventoryLevel": writers(
        OF_THE_WAREHOUSE & within("variant", STAFF),
        OF_THE_WAREHOUSE,
        None,
        kept="on_hand reserved incoming last_counted_at",
        once="warehouse_id variant_id",
    ),
    "InboundShipment": writers(
        OF_THE_WAREHOUSE,
        delete=within("warehouse", MANAGER) & public(status="EXPECTED"),
        kept="received_by_id status received_quantity damaged_quantity arrived_at completed_at",
        once="warehouse_id",
    ),
    "QualityCheck": writers(
        within("variant", STAFF) & linked("inbound_shipment_id", OF_THE_WAREHOUSE) & public(result="PENDING"),
        delete=within("variant", MANAGER) & public(result="PENDING"),
        kept="return_item_id inspector_id agent_id result inspected_at",
        once="variant_id inbound_shipment_id",
    ),
}
NOT_WRITTEN = {
    "ShipmentItem": "packed by a workflow",
    "ShipmentEvent": "a log",
    "StockMovement": "a ledger",
    "DemandForecast": "made by models",
}
