"""Stock and its ways."""

from graph.access.words import MANAGER, STAFF, VIEWER, of, public, readers, within

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
