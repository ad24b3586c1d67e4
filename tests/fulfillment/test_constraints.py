"""What the tables of warehouses and parcels refuse, add up and compute, and what goes with what is removed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import asyncpg
import pytest

from tests.models.constraints import Refused, refuses

if TYPE_CHECKING:
    from tests.models.constraints import Connection

SHOP = "(SELECT id FROM business.businesses WHERE slug = 'vividwalls')"
LEVEL = "(SELECT id FROM fulfillment.inventory_levels ORDER BY id LIMIT 1)"
DELIVERED = "(SELECT id FROM fulfillment.shipments WHERE status = 'DELIVERED' ORDER BY id LIMIT 1)"
MOVE = f"INSERT INTO fulfillment.stock_movements (inventory_level_id, type, quantity) VALUES ({LEVEL}, "

REFUSED = [
    Refused(
        "two warehouses of one code in a business",
        f"INSERT INTO fulfillment.warehouses (business_id, code, name) VALUES ({SHOP}, 'main', 'Second')",
        "uq_warehouses_business_id_code",
        "code is already taken by another warehouse with the same business",
    ),
    Refused(
        "more in a warehouse than fits",
        "UPDATE fulfillment.warehouse_capacities SET used_volume = total_volume + 1",
        "ck_warehouse_capacities_used_volume_fits",
        "usedVolume must not be above the whole",
    ),
    Refused(
        "a zone twice on a day",
        "INSERT INTO fulfillment.warehouse_capacities (warehouse_id, zone, day, total_volume) "
        "SELECT warehouse_id, zone, day, 1 FROM fulfillment.warehouse_capacities LIMIT 1",
        "uq_warehouse_capacities_warehouse_id_zone_day",
        "day is already taken by another warehouse capacity with the same warehouse and zone",
    ),
    Refused(
        "a variant twice in a warehouse",
        "INSERT INTO fulfillment.inventory_levels (warehouse_id, variant_id) "
        "SELECT warehouse_id, variant_id FROM fulfillment.inventory_levels LIMIT 1",
        "uq_inventory_levels_warehouse_id_variant_id",
        "variantId is already taken by another inventory level with the same warehouse",
    ),
    Refused(
        "a movement of nothing",
        f"{MOVE}'COUNT', 0)",
        "ck_stock_movements_quantity_moves",
        "quantity must not be zero",
    ),
    Refused(
        "a sale that brings goods",
        f"{MOVE}'SALE', 1)",
        "ck_stock_movements_quantity_has_its_sign",
        "quantity must be above zero for what comes and below zero for what goes",
    ),
    Refused(
        "a receipt that takes goods",
        f"{MOVE}'RECEIPT', -1)",
        "ck_stock_movements_quantity_has_its_sign",
        "quantity must be above zero for what comes and below zero for what goes",
    ),
    Refused(
        "more sold than there is",
        f"{MOVE}'SALE', -1000000)",
        "ck_inventory_levels_on_hand_at_least_zero",
        "onHand must not be negative",
    ),
    Refused(
        "a forecast outside of its bounds",
        "UPDATE fulfillment.demand_forecasts SET predicted_quantity = upper_bound + 1",
        "ck_demand_forecasts_predicted_quantity_fits",
        "predictedQuantity must lie within its bounds",
    ),
    Refused(
        "a delivery that arrived at no time",
        "UPDATE fulfillment.inbound_shipments SET arrived_at = NULL WHERE status = 'COMPLETED'",
        "ck_inbound_shipments_arrived_at_is_given",
        "arrivedAt must be given",
    ),
    Refused(
        "more bad than looked at",
        "UPDATE fulfillment.quality_checks SET failed_quantity = inspected_quantity + 1",
        "ck_quality_checks_inspected_quantity_covers_the_bad",
        "inspectedQuantity must not be below those that failed",
    ),
    Refused(
        "a result that nobody looked for",
        "UPDATE fulfillment.quality_checks SET inspected_at = NULL WHERE result = 'PASSED'",
        "ck_quality_checks_inspected_at_fits",
        "inspectedAt must be given with the result",
    ),
    Refused(
        "two carriers of one code",
        "UPDATE fulfillment.carriers SET code = 'same'",
        "uq_carriers_code",
        "code is already taken by another carrier",
    ),
    Refused(
        "a weight that ends where it begins",
        "UPDATE fulfillment.carrier_rates SET weight_to_kg = weight_from_kg",
        "ck_carrier_rates_weight_to_kg_is_above",
        "weightToKg must be above where it begins",
    ),
    Refused(
        "two zones of one name in a business",
        f"UPDATE fulfillment.shipping_zones SET name = 'World' WHERE business_id = {SHOP}",
        "uq_shipping_zones_business_id_name",
        "name is already taken by another shipping zone with the same business",
    ),
    Refused(
        "a parcel that arrived at no time",
        f"UPDATE fulfillment.shipments SET delivered_at = NULL WHERE id = {DELIVERED}",
        "ck_shipments_delivered_at_fits",
        "deliveredAt must go with the status DELIVERED",
    ),
    Refused(
        "a parcel that arrived before it left",
        f"UPDATE fulfillment.shipments SET delivered_at = shipped_at - interval '1 s' WHERE id = {DELIVERED}",
        "ck_shipments_delivered_at_not_before_shipped_at",
        "deliveredAt must not be before shipped at",
    ),
    Refused(
        "a parcel on its way that never left",
        "UPDATE fulfillment.shipments SET status = 'IN_TRANSIT', shipped_at = NULL, delivered_at = NULL",
        "ck_shipments_shipped_at_is_given",
        "shippedAt must be given",
    ),
    Refused(
        "a line twice in a parcel",
        "INSERT INTO fulfillment.shipment_items (shipment_id, order_item_id, quantity) "
        "SELECT shipment_id, order_item_id, 1 FROM fulfillment.shipment_items LIMIT 1",
        "uq_shipment_items_shipment_id_order_item_id",
        "orderItemId is already taken by another shipment item with the same shipment",
    ),
    Refused(
        "a second declaration of a parcel",
        "INSERT INTO fulfillment.customs_declarations (shipment_id, origin_country, destination_country, contents, "
        "declared_value) SELECT shipment_id, 'NZ', 'AU', 'Tea', 1 FROM fulfillment.customs_declarations LIMIT 1",
        "uq_customs_declarations_shipment_id",
        "shipmentId is already taken by another customs declaration",
    ),
    Refused(
        "a declaration that was handed in at no time",
        "UPDATE fulfillment.customs_declarations SET submitted_at = NULL, cleared_at = NULL WHERE status <> 'DRAFT'",
        "ck_customs_declarations_submitted_at_fits",
        "submittedAt must be given once submitted",
    ),
]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.what)
async def test_it_refuses(sample: Connection, case: Refused) -> None:
    await refuses(sample, case)


async def test_stock_is_the_sum_of_its_movements(sample: Connection) -> None:
    stock = f"SELECT on_hand FROM fulfillment.inventory_levels WHERE id = {LEVEL}"
    before = await sample.fetchval(stock)
    move = await sample.fetchval(f"{MOVE}'RECEIPT', 7) RETURNING id")
    assert await sample.fetchval(stock) == before + 7
    await sample.execute("UPDATE fulfillment.stock_movements SET quantity = 5 WHERE id = $1", move)
    assert await sample.fetchval(stock) == before + 5
    await sample.execute("DELETE FROM fulfillment.stock_movements WHERE id = $1", move)
    assert await sample.fetchval(stock) == before


async def test_what_is_promised_is_not_available(sample: Connection) -> None:
    row = await sample.fetchrow(
        f"UPDATE fulfillment.inventory_levels SET reserved = on_hand + 2 WHERE id = {LEVEL} RETURNING available"
    )
    assert row is not None
    assert row["available"] == -2


async def test_the_room_that_is_taken_is_computed(sample: Connection) -> None:
    row = await sample.fetchrow(
        "UPDATE fulfillment.warehouse_capacities SET total_volume = 300, used_volume = 100 "
        "WHERE id = (SELECT id FROM fulfillment.warehouse_capacities LIMIT 1) RETURNING utilization"
    )
    assert row is not None
    assert row["utilization"] == Decimal("33.33")


async def test_a_warehouse_with_deliveries_cannot_be_removed(sample: Connection) -> None:
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as caught:
        await sample.execute(
            "DELETE FROM fulfillment.warehouses"
            " WHERE id = (SELECT warehouse_id FROM fulfillment.inbound_shipments LIMIT 1)"
        )
    assert "inbound_shipments" in str(caught.value)


async def test_the_shelves_go_with_a_warehouse(sample: Connection) -> None:
    house = await sample.fetchval(
        f"INSERT INTO fulfillment.warehouses (business_id, code, name) VALUES ({SHOP}, 'new', 'New') RETURNING id"
    )
    level = await sample.fetchval(
        "INSERT INTO fulfillment.inventory_levels (warehouse_id, variant_id) "
        f"SELECT $1, id FROM catalog.product_variants WHERE business_id = {SHOP} LIMIT 1 RETURNING id",
        house,
    )
    await sample.execute(
        "INSERT INTO fulfillment.stock_movements (inventory_level_id, type, quantity) VALUES ($1, 'OPENING', 3)", level
    )
    await sample.execute("DELETE FROM fulfillment.warehouses WHERE id = $1", house)
    found = "SELECT count(*) FROM fulfillment.stock_movements WHERE inventory_level_id = $1"
    assert await sample.fetchval(found, level) == 0


async def test_a_parcel_takes_along_what_is_known_of_it(sample: Connection) -> None:
    parcel = await sample.fetchval("SELECT shipment_id FROM fulfillment.customs_declarations ORDER BY id LIMIT 1")
    await sample.execute("DELETE FROM fulfillment.shipments WHERE id = $1", parcel)
    for table in ("shipment_items", "shipment_events", "customs_declarations"):
        found = f"SELECT count(*) FROM fulfillment.{table} WHERE shipment_id = $1"
        assert await sample.fetchval(found, parcel) == 0, table


async def test_a_carrier_that_holds_a_contract_stays(sample: Connection) -> None:
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as caught:
        await sample.execute(
            "DELETE FROM fulfillment.carriers WHERE id = (SELECT carrier_id FROM fulfillment.carrier_contracts LIMIT 1)"
        )
    assert "carrier_contracts" in str(caught.value)


async def test_a_parcel_outlives_its_carrier(sample: Connection) -> None:
    parcel = await sample.fetchval(f"SELECT {DELIVERED}")
    carrier = await sample.fetchval("INSERT INTO fulfillment.carriers (code, name) VALUES ('new', 'New') RETURNING id")
    await sample.execute("UPDATE fulfillment.shipments SET carrier_id = $2 WHERE id = $1", parcel, carrier)
    await sample.execute("DELETE FROM fulfillment.carriers WHERE id = $1", carrier)
    row = await sample.fetchrow("SELECT carrier_id FROM fulfillment.shipments WHERE id = $1", parcel)
    assert row is not None
    assert row["carrier_id"] is None
