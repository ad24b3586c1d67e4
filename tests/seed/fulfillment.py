"""What must never be found in the warehouses and parcels of the sample data."""

WRONG = {
    "stock that is not the sum of its movements": """
        SELECT l.id FROM fulfillment.inventory_levels AS l LEFT JOIN fulfillment.stock_movements AS m
            ON m.inventory_level_id = l.id
         GROUP BY l.id HAVING on_hand <> coalesce(sum(quantity), 0)""",
    "a level that does not begin with its opening": """
        SELECT l.id FROM fulfillment.inventory_levels AS l WHERE 'OPENING' IS DISTINCT FROM (
            SELECT type FROM fulfillment.stock_movements AS m WHERE m.inventory_level_id = l.id
             ORDER BY occurred_at LIMIT 1)""",
    "a level of another business's variant": """
        SELECT l.id FROM fulfillment.inventory_levels AS l JOIN fulfillment.warehouses AS w ON w.id = l.warehouse_id
          JOIN catalog.product_variants AS v ON v.id = l.variant_id WHERE v.business_id <> w.business_id""",
    "a selling business without a main warehouse": """
        SELECT DISTINCT business_id FROM sales.orders WHERE business_id NOT IN (
            SELECT business_id FROM fulfillment.warehouses WHERE code = 'main')""",
    "a sale that took other pieces than were sold": """
        SELECT m.id FROM fulfillment.stock_movements AS m JOIN sales.order_items AS i ON i.id = m.order_item_id
          JOIN fulfillment.inventory_levels AS l ON l.id = m.inventory_level_id
         WHERE m.type = 'SALE' AND (-m.quantity <> i.quantity OR l.variant_id <> i.variant_id)""",
    "a parcel that left without its goods leaving the stock": """
        SELECT i.id FROM fulfillment.shipment_items AS i JOIN fulfillment.shipments AS s ON s.id = i.shipment_id
         WHERE s.status NOT IN ('PENDING', 'LABELLED', 'CANCELLED') AND NOT EXISTS (
            SELECT FROM fulfillment.stock_movements AS m WHERE m.order_item_id = i.order_item_id)""",
    "a received purchase that did not reach the stock": """
        SELECT i.id FROM suppliers.purchase_order_items AS i LEFT JOIN fulfillment.stock_movements AS m
            ON m.purchase_order_item_id = i.id AND m.type = 'RECEIPT'
         GROUP BY i.id HAVING i.received_quantity <> coalesce(sum(m.quantity), 0)""",
    "a delivery of other pieces than its order's": """
        SELECT s.id FROM fulfillment.inbound_shipments AS s JOIN suppliers.purchase_orders AS o ON o.id = s.purchase_order_id
          JOIN suppliers.purchase_order_items AS i ON i.purchase_order_id = o.id
         GROUP BY s.id, o.id
        HAVING s.received_quantity <> sum(i.received_quantity) OR s.expected_quantity <> sum(i.quantity)
            OR s.warehouse_id <> o.warehouse_id OR s.arrived_at > o.received_at""",
    "a delivery whose state is not that of its times": """
        SELECT id FROM fulfillment.inbound_shipments
         WHERE (status = 'COMPLETED') <> (completed_at IS NOT NULL) OR arrived_at < created_at
            OR status IN ('EXPECTED', 'IN_TRANSIT', 'CANCELLED') AND (arrived_at IS NOT NULL OR received_quantity > 0)""",
    "an order that arrived without a parcel that did": """
        SELECT o.id FROM sales.orders AS o WHERE fulfillment_status = 'DELIVERED' AND shipped_at IS NOT NULL
           AND NOT EXISTS (SELECT FROM fulfillment.shipments AS s WHERE s.order_id = o.id AND s.status = 'DELIVERED'
                              AND s.shipped_at = o.shipped_at AND s.delivered_at = o.delivered_at)""",
    "a parcel on its way of an order that nothing was sent of": """
        SELECT s.id FROM fulfillment.shipments AS s JOIN sales.orders AS o ON o.id = s.order_id
         WHERE o.fulfillment_status = 'UNFULFILLED' AND s.status NOT IN ('PENDING', 'LABELLED', 'CANCELLED')""",
    "a parcel of another business's order, warehouse or to somebody else": """
        SELECT s.id FROM fulfillment.shipments AS s JOIN sales.orders AS o ON o.id = s.order_id
          LEFT JOIN fulfillment.warehouses AS w ON w.id = s.warehouse_id
          LEFT JOIN customers.addresses AS a ON a.id = s.address_id
         WHERE o.business_id <> s.business_id OR w.business_id <> s.business_id OR a.customer_id <> o.customer_id
            OR s.created_at < o.placed_at OR s.currency <> o.currency""",
    "something in a parcel that its order does not contain": """
        SELECT i.id FROM fulfillment.shipment_items AS i JOIN fulfillment.shipments AS s ON s.id = i.shipment_id
          JOIN sales.order_items AS o ON o.id = i.order_item_id
         WHERE o.order_id <> s.order_id OR i.quantity > o.quantity""",
    "an empty parcel": """
        SELECT id FROM fulfillment.shipments AS s WHERE NOT EXISTS (
            SELECT FROM fulfillment.shipment_items AS i WHERE i.shipment_id = s.id)""",
    "a parcel whose last event is not its state": """
        SELECT s.id FROM fulfillment.shipments AS s JOIN LATERAL (
            SELECT type, occurred_at FROM fulfillment.shipment_events AS e WHERE e.shipment_id = s.id
             ORDER BY occurred_at DESC, id DESC LIMIT 1) AS e ON true
         WHERE (s.status = 'DELIVERED') <> (e.type = 'DELIVERED') OR (s.status = 'RETURNED') <> (e.type = 'RETURNED')
            OR s.delivered_at <> e.occurred_at""",
    "a parcel that was given to a carrier which does not go there": """
        SELECT s.id FROM fulfillment.shipments AS s JOIN fulfillment.carriers AS c ON c.id = s.carrier_id
          JOIN customers.addresses AS a ON a.id = s.address_id
         WHERE NOT a.country = ANY(c.countries) OR c.status <> 'ACTIVE'""",
    "a declaration of a parcel that crosses no border, or a parcel abroad without one": """
        SELECT s.id FROM fulfillment.shipments AS s JOIN fulfillment.warehouses AS w ON w.id = s.warehouse_id
          JOIN customers.addresses AS a ON a.id = s.address_id
          LEFT JOIN fulfillment.customs_declarations AS d ON d.shipment_id = s.id
         WHERE (a.country <> w.country) <> (d.id IS NOT NULL)""",
    "a parcel that arrived without passing customs": """
        SELECT d.id FROM fulfillment.customs_declarations AS d JOIN fulfillment.shipments AS s ON s.id = d.shipment_id
         WHERE s.status = 'DELIVERED' AND d.status <> 'CLEARED' OR (d.status = 'CLEARED') <> (d.cleared_at IS NOT NULL)
            OR d.cleared_at > s.delivered_at""",
    "a forecast for a day gone by of which nobody knows how it was": """
        SELECT id FROM fulfillment.demand_forecasts WHERE day < current_date - 2 AND actual_quantity IS NULL
            OR day > current_date AND actual_quantity IS NOT NULL""",
    "a state in which nothing is": """
        SELECT state FROM unnest(ARRAY['EXPECTED', 'IN_TRANSIT', 'ARRIVED', 'RECEIVING', 'COMPLETED', 'CANCELLED']) AS state
         WHERE state NOT IN (SELECT status FROM fulfillment.inbound_shipments)
        UNION ALL
        SELECT state FROM unnest(ARRAY['DRAFT', 'ACTIVE', 'EXPIRED', 'TERMINATED']) AS state
         WHERE state NOT IN (SELECT status FROM fulfillment.carrier_contracts)""",
}
