"""Warehouses, stock, shipments, carriers."""

from alembic import op

revision = "0016_fulfillment"
down_revision = "0015_finance"

TOUCHED = (
    "fulfillment.carrier_contracts",
    "fulfillment.carrier_rates",
    "fulfillment.carriers",
    "fulfillment.customs_declarations",
    "fulfillment.demand_forecasts",
    "fulfillment.inbound_shipments",
    "fulfillment.inventory_levels",
    "fulfillment.quality_checks",
    "fulfillment.shipments",
    "fulfillment.shipping_zones",
    "fulfillment.warehouse_capacities",
    "fulfillment.warehouses",
)
COUNTED = (("fulfillment.stock_movements", "sum_stock"),)
TRANSITIONS = (
    ("insert", "NEW TABLE AS added"),
    ("update", "OLD TABLE AS removed NEW TABLE AS added"),
    ("delete", "OLD TABLE AS removed"),
)

UPGRADE = (
    "CREATE SCHEMA fulfillment",
    r"""
    CREATE TABLE fulfillment.warehouses (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        store_id uuid,
        manager_id uuid,
        agent_id uuid,
        code text NOT NULL,
        name text NOT NULL,
        type text DEFAULT 'OWN' NOT NULL,
        status text DEFAULT 'ACTIVE' NOT NULL,
        address jsonb DEFAULT '{}' NOT NULL,
        country text,
        latitude numeric(9,6),
        longitude numeric(9,6),
        time_zone text DEFAULT 'UTC' NOT NULL,
        phone text,
        priority integer DEFAULT 0 NOT NULL,
        cutoff_hour integer,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        created_by_id uuid,
        updated_by_id uuid,
        CONSTRAINT pk_warehouses PRIMARY KEY (id),
        CONSTRAINT ck_warehouses_code_length CHECK (length(code) BETWEEN 1 AND 255),
        CONSTRAINT ck_warehouses_name_length CHECK (length(name) BETWEEN 1 AND 200),
        CONSTRAINT ck_warehouses_type_is_known
            CHECK (type IN ('OWN', 'STORE', 'THIRD_PARTY', 'DROP_SHIP', 'RETURNS')),
        CONSTRAINT ck_warehouses_status_is_known CHECK (status IN ('ACTIVE', 'PAUSED', 'CLOSED')),
        CONSTRAINT ck_warehouses_country_form CHECK (country ~ '^[A-Z]{2}$'),
        CONSTRAINT ck_warehouses_phone_form CHECK (phone ~ '^\+[1-9][0-9]{5,14}$'),
        CONSTRAINT uq_warehouses_business_id_code UNIQUE (business_id, code)
    )
    """,
    "CREATE INDEX ix_warehouses_agent_id ON fulfillment.warehouses (agent_id)",
    "CREATE INDEX ix_warehouses_created_by_id ON fulfillment.warehouses (created_by_id)",
    "CREATE INDEX ix_warehouses_manager_id ON fulfillment.warehouses (manager_id)",
    "CREATE INDEX ix_warehouses_status ON fulfillment.warehouses (status)",
    "CREATE INDEX ix_warehouses_store_id ON fulfillment.warehouses (store_id)",
    "CREATE INDEX ix_warehouses_updated_by_id ON fulfillment.warehouses (updated_by_id)",
    r"""
    CREATE TABLE fulfillment.carriers (
        id uuid DEFAULT uuidv7() NOT NULL,
        agent_id uuid,
        code text NOT NULL,
        name text NOT NULL,
        service_level text DEFAULT 'STANDARD' NOT NULL,
        status text DEFAULT 'ACTIVE' NOT NULL,
        countries text[] DEFAULT '{}' NOT NULL,
        tracking_url text,
        phone text,
        email text,
        max_weight_kg numeric(20,4),
        delivery_days_min integer,
        delivery_days_max integer,
        is_insured boolean DEFAULT false NOT NULL,
        rating_sum integer DEFAULT 0 NOT NULL,
        rating_count integer DEFAULT 0 NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        CONSTRAINT pk_carriers PRIMARY KEY (id),
        CONSTRAINT ck_carriers_max_weight_kg_at_least_zero CHECK (max_weight_kg >= 0),
        CONSTRAINT ck_carriers_delivery_days_min_at_least_zero CHECK (delivery_days_min >= 0),
        CONSTRAINT ck_carriers_rating_sum_at_least_zero CHECK (rating_sum >= 0),
        CONSTRAINT ck_carriers_rating_count_at_least_zero CHECK (rating_count >= 0),
        CONSTRAINT ck_carriers_code_length CHECK (length(code) BETWEEN 1 AND 60),
        CONSTRAINT ck_carriers_name_length CHECK (length(name) BETWEEN 1 AND 200),
        CONSTRAINT ck_carriers_service_level_is_known
            CHECK (service_level IN ('ECONOMY', 'STANDARD', 'EXPRESS', 'OVERNIGHT', 'FREIGHT')),
        CONSTRAINT ck_carriers_status_is_known CHECK (status IN ('ACTIVE', 'SUSPENDED', 'RETIRED')),
        CONSTRAINT ck_carriers_phone_form CHECK (phone ~ '^\+[1-9][0-9]{5,14}$'),
        CONSTRAINT ck_carriers_email_form CHECK (email = lower(email) AND email ~ '^[^@\s]+@[^@\s]+\.[^@\s]+$'),
        CONSTRAINT uq_carriers_code UNIQUE (code)
    )
    """,
    "CREATE INDEX ix_carriers_agent_id ON fulfillment.carriers (agent_id)",
    "CREATE INDEX ix_carriers_status ON fulfillment.carriers (status)",
    """
    CREATE TABLE fulfillment.shipping_zones (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        name text NOT NULL,
        countries text[] DEFAULT '{}' NOT NULL,
        regions text[] DEFAULT '{}' NOT NULL,
        postal_patterns text[] DEFAULT '{}' NOT NULL,
        position integer DEFAULT 0 NOT NULL,
        is_active boolean DEFAULT true NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_shipping_zones PRIMARY KEY (id),
        CONSTRAINT ck_shipping_zones_name_length CHECK (length(name) BETWEEN 1 AND 100),
        CONSTRAINT uq_shipping_zones_business_id_name UNIQUE (business_id, name)
    )
    """,
    """
    CREATE TABLE fulfillment.warehouse_capacities (
        id uuid DEFAULT uuidv7() NOT NULL,
        warehouse_id uuid NOT NULL,
        zone text NOT NULL,
        day date NOT NULL,
        total_volume numeric(20,4) NOT NULL,
        used_volume numeric(20,4) DEFAULT 0 NOT NULL,
        total_pallets integer DEFAULT 0 NOT NULL,
        used_pallets integer DEFAULT 0 NOT NULL,
        daily_order_limit integer,
        utilization numeric(5,2) GENERATED ALWAYS AS (round(100 * used_volume / nullif(total_volume, 0), 2)) VIRTUAL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_warehouse_capacities PRIMARY KEY (id),
        CONSTRAINT ck_warehouse_capacities_used_volume_fits CHECK (used_volume <= total_volume),
        CONSTRAINT ck_warehouse_capacities_total_volume_at_least_zero CHECK (total_volume >= 0),
        CONSTRAINT ck_warehouse_capacities_used_volume_at_least_zero CHECK (used_volume >= 0),
        CONSTRAINT ck_warehouse_capacities_total_pallets_at_least_zero CHECK (total_pallets >= 0),
        CONSTRAINT ck_warehouse_capacities_used_pallets_at_least_zero CHECK (used_pallets >= 0),
        CONSTRAINT ck_warehouse_capacities_daily_order_limit_at_least_zero CHECK (daily_order_limit >= 0),
        CONSTRAINT fk_warehouse_capacities_warehouse_id
            FOREIGN KEY(warehouse_id) REFERENCES fulfillment.warehouses (id) ON DELETE CASCADE,
        CONSTRAINT ck_warehouse_capacities_zone_is_known
            CHECK (zone IN ('AMBIENT', 'COOL', 'HAZARDOUS', 'BULK', 'PICKING', 'RECEIVING')),
        CONSTRAINT uq_warehouse_capacities_warehouse_id_zone_day UNIQUE (warehouse_id, zone, day)
    )
    """,
    """
    CREATE TABLE fulfillment.inventory_levels (
        id uuid DEFAULT uuidv7() NOT NULL,
        warehouse_id uuid NOT NULL,
        variant_id uuid NOT NULL,
        on_hand integer DEFAULT 0 NOT NULL,
        reserved integer DEFAULT 0 NOT NULL,
        incoming integer DEFAULT 0 NOT NULL,
        available integer GENERATED ALWAYS AS (on_hand - reserved) VIRTUAL NOT NULL,
        safety_stock integer DEFAULT 0 NOT NULL,
        reorder_point integer,
        reorder_quantity integer,
        bin_location text,
        last_counted_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        CONSTRAINT pk_inventory_levels PRIMARY KEY (id),
        CONSTRAINT ck_inventory_levels_on_hand_at_least_zero CHECK (on_hand >= 0),
        CONSTRAINT ck_inventory_levels_reserved_at_least_zero CHECK (reserved >= 0),
        CONSTRAINT ck_inventory_levels_incoming_at_least_zero CHECK (incoming >= 0),
        CONSTRAINT ck_inventory_levels_reorder_point_at_least_zero CHECK (reorder_point >= 0),
        CONSTRAINT ck_inventory_levels_reorder_quantity_at_least_zero CHECK (reorder_quantity >= 0),
        CONSTRAINT ck_inventory_levels_safety_stock_at_least_zero CHECK (safety_stock >= 0),
        CONSTRAINT fk_inventory_levels_warehouse_id
            FOREIGN KEY(warehouse_id) REFERENCES fulfillment.warehouses (id) ON DELETE CASCADE,
        CONSTRAINT uq_inventory_levels_warehouse_id_variant_id UNIQUE (warehouse_id, variant_id)
    )
    """,
    "CREATE INDEX ix_inventory_levels_variant_id ON fulfillment.inventory_levels (variant_id)",
    """
    CREATE TABLE fulfillment.demand_forecasts (
        id uuid DEFAULT uuidv7() NOT NULL,
        variant_id uuid NOT NULL,
        warehouse_id uuid,
        model_id uuid,
        agent_id uuid,
        day date NOT NULL,
        predicted_quantity numeric(20,4) NOT NULL,
        lower_bound numeric(20,4) NOT NULL,
        upper_bound numeric(20,4) NOT NULL,
        confidence numeric(5,2) NOT NULL,
        actual_quantity integer,
        method text DEFAULT 'moving_average' NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_demand_forecasts PRIMARY KEY (id),
        CONSTRAINT ck_demand_forecasts_upper_bound_not_before_lower_bound CHECK (lower_bound <= upper_bound),
        CONSTRAINT ck_demand_forecasts_predicted_quantity_fits
            CHECK (predicted_quantity BETWEEN lower_bound AND upper_bound),
        CONSTRAINT ck_demand_forecasts_predicted_quantity_at_least_zero CHECK (predicted_quantity >= 0),
        CONSTRAINT ck_demand_forecasts_lower_bound_at_least_zero CHECK (lower_bound >= 0),
        CONSTRAINT ck_demand_forecasts_actual_quantity_at_least_zero CHECK (actual_quantity >= 0),
        CONSTRAINT fk_demand_forecasts_warehouse_id
            FOREIGN KEY(warehouse_id) REFERENCES fulfillment.warehouses (id) ON DELETE CASCADE,
        CONSTRAINT ck_demand_forecasts_confidence_range CHECK (confidence BETWEEN 0 AND 100),
        CONSTRAINT uq_demand_forecasts_variant_id_warehouse_id_day UNIQUE NULLS NOT DISTINCT (variant_id, warehouse_id, day)
    )
    """,
    "CREATE INDEX ix_demand_forecasts_agent_id ON fulfillment.demand_forecasts (agent_id)",
    "CREATE INDEX ix_demand_forecasts_day ON fulfillment.demand_forecasts (day)",
    "CREATE INDEX ix_demand_forecasts_model_id ON fulfillment.demand_forecasts (model_id)",
    "CREATE INDEX ix_demand_forecasts_warehouse_id ON fulfillment.demand_forecasts (warehouse_id)",
    """
    CREATE TABLE fulfillment.inbound_shipments (
        id uuid DEFAULT uuidv7() NOT NULL,
        warehouse_id uuid NOT NULL,
        purchase_order_id uuid,
        carrier_id uuid,
        received_by_id uuid,
        reference text NOT NULL,
        tracking_number text,
        status text DEFAULT 'EXPECTED' NOT NULL,
        expected_quantity integer DEFAULT 0 NOT NULL,
        received_quantity integer DEFAULT 0 NOT NULL,
        damaged_quantity integer DEFAULT 0 NOT NULL,
        expected_on date,
        arrived_at timestamptz(3),
        completed_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_inbound_shipments PRIMARY KEY (id),
        CONSTRAINT ck_inbound_shipments_arrived_at_is_given
            CHECK (status IN ('EXPECTED', 'IN_TRANSIT', 'CANCELLED') OR arrived_at IS NOT NULL),
        CONSTRAINT ck_inbound_shipments_completed_at_not_before_arrived_at CHECK (arrived_at <= completed_at),
        CONSTRAINT ck_inbound_shipments_expected_quantity_at_least_zero CHECK (expected_quantity >= 0),
        CONSTRAINT ck_inbound_shipments_received_quantity_at_least_zero CHECK (received_quantity >= 0),
        CONSTRAINT ck_inbound_shipments_damaged_quantity_at_least_zero CHECK (damaged_quantity >= 0),
        CONSTRAINT fk_inbound_shipments_warehouse_id
            FOREIGN KEY(warehouse_id) REFERENCES fulfillment.warehouses (id) ON DELETE RESTRICT,
        CONSTRAINT fk_inbound_shipments_carrier_id
            FOREIGN KEY(carrier_id) REFERENCES fulfillment.carriers (id) ON DELETE SET NULL,
        CONSTRAINT ck_inbound_shipments_reference_length CHECK (length(reference) BETWEEN 1 AND 60),
        CONSTRAINT ck_inbound_shipments_status_is_known
            CHECK (status IN ('EXPECTED', 'IN_TRANSIT', 'ARRIVED', 'RECEIVING', 'COMPLETED', 'CANCELLED')),
        CONSTRAINT uq_inbound_shipments_warehouse_id_reference UNIQUE (warehouse_id, reference)
    )
    """,
    "CREATE INDEX ix_inbound_shipments_carrier_id ON fulfillment.inbound_shipments (carrier_id)",
    "CREATE INDEX ix_inbound_shipments_purchase_order_id ON fulfillment.inbound_shipments (purchase_order_id)",
    "CREATE INDEX ix_inbound_shipments_received_by_id ON fulfillment.inbound_shipments (received_by_id)",
    "CREATE INDEX ix_inbound_shipments_status ON fulfillment.inbound_shipments (status)",
    """
    CREATE TABLE fulfillment.carrier_contracts (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        carrier_id uuid NOT NULL,
        contract_number text NOT NULL,
        status text DEFAULT 'DRAFT' NOT NULL,
        discount numeric(5,2) DEFAULT 0 NOT NULL,
        monthly_minimum integer DEFAULT 0 NOT NULL,
        account_number text,
        starts_on date NOT NULL,
        ends_on date,
        terms text,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        created_by_id uuid,
        updated_by_id uuid,
        CONSTRAINT pk_carrier_contracts PRIMARY KEY (id),
        CONSTRAINT ck_carrier_contracts_ends_on_not_before_starts_on CHECK (starts_on <= ends_on),
        CONSTRAINT ck_carrier_contracts_monthly_minimum_at_least_zero CHECK (monthly_minimum >= 0),
        CONSTRAINT fk_carrier_contracts_carrier_id
            FOREIGN KEY(carrier_id) REFERENCES fulfillment.carriers (id) ON DELETE RESTRICT,
        CONSTRAINT ck_carrier_contracts_contract_number_length CHECK (length(contract_number) BETWEEN 1 AND 60),
        CONSTRAINT ck_carrier_contracts_status_is_known
            CHECK (status IN ('DRAFT', 'ACTIVE', 'EXPIRED', 'TERMINATED')),
        CONSTRAINT ck_carrier_contracts_discount_range CHECK (discount BETWEEN 0 AND 100),
        CONSTRAINT uq_carrier_contracts_business_id_contract_number UNIQUE (business_id, contract_number)
    )
    """,
    "CREATE INDEX ix_carrier_contracts_carrier_id ON fulfillment.carrier_contracts (carrier_id)",
    "CREATE INDEX ix_carrier_contracts_created_by_id ON fulfillment.carrier_contracts (created_by_id)",
    "CREATE INDEX ix_carrier_contracts_status ON fulfillment.carrier_contracts (status)",
    "CREATE INDEX ix_carrier_contracts_updated_by_id ON fulfillment.carrier_contracts (updated_by_id)",
    """
    CREATE TABLE fulfillment.shipments (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        order_id uuid NOT NULL,
        warehouse_id uuid,
        carrier_id uuid,
        address_id uuid,
        shipment_number text NOT NULL,
        tracking_number text,
        status text DEFAULT 'PENDING' NOT NULL,
        service_level text DEFAULT 'STANDARD' NOT NULL,
        weight_kg numeric(20,4),
        dimensions jsonb,
        shipping_cost numeric(20,2) DEFAULT 0 NOT NULL,
        insured_amount numeric(20,2) DEFAULT 0 NOT NULL,
        currency text DEFAULT 'USD' NOT NULL,
        label_url text,
        is_signature_required boolean DEFAULT false NOT NULL,
        estimated_delivery_on date,
        shipped_at timestamptz(3),
        delivered_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        CONSTRAINT pk_shipments PRIMARY KEY (id),
        CONSTRAINT ck_shipments_delivered_at_fits CHECK ((status = 'DELIVERED') = (delivered_at IS NOT NULL)),
        CONSTRAINT ck_shipments_shipped_at_is_given
            CHECK (status IN ('PENDING', 'LABELLED', 'CANCELLED') OR shipped_at IS NOT NULL),
        CONSTRAINT ck_shipments_delivered_at_not_before_shipped_at CHECK (shipped_at <= delivered_at),
        CONSTRAINT ck_shipments_weight_kg_at_least_zero CHECK (weight_kg >= 0),
        CONSTRAINT ck_shipments_shipping_cost_at_least_zero CHECK (shipping_cost >= 0),
        CONSTRAINT ck_shipments_insured_amount_at_least_zero CHECK (insured_amount >= 0),
        CONSTRAINT fk_shipments_warehouse_id
            FOREIGN KEY(warehouse_id) REFERENCES fulfillment.warehouses (id) ON DELETE SET NULL,
        CONSTRAINT fk_shipments_carrier_id
            FOREIGN KEY(carrier_id) REFERENCES fulfillment.carriers (id) ON DELETE SET NULL,
        CONSTRAINT ck_shipments_shipment_number_length CHECK (length(shipment_number) BETWEEN 1 AND 40),
        CONSTRAINT ck_shipments_status_is_known
            CHECK (status IN ('PENDING', 'LABELLED', 'HANDED_OVER', 'IN_TRANSIT', 'OUT_FOR_DELIVERY', 'DELIVERED', 'FAILED', 'RETURNED', 'CANCELLED')),
        CONSTRAINT ck_shipments_service_level_is_known
            CHECK (service_level IN ('ECONOMY', 'STANDARD', 'EXPRESS', 'OVERNIGHT', 'FREIGHT')),
        CONSTRAINT ck_shipments_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT uq_shipments_business_id_shipment_number UNIQUE (business_id, shipment_number)
    )
    """,
    "CREATE INDEX ix_shipments_address_id ON fulfillment.shipments (address_id)",
    "CREATE INDEX ix_shipments_business_id_status ON fulfillment.shipments (business_id, status)",
    "CREATE INDEX ix_shipments_carrier_id ON fulfillment.shipments (carrier_id)",
    "CREATE INDEX ix_shipments_order_id ON fulfillment.shipments (order_id)",
    "CREATE INDEX ix_shipments_shipped_at ON fulfillment.shipments (shipped_at)",
    "CREATE INDEX ix_shipments_tracking_number ON fulfillment.shipments (tracking_number)",
    "CREATE INDEX ix_shipments_warehouse_id ON fulfillment.shipments (warehouse_id)",
    """
    CREATE TABLE fulfillment.stock_movements (
        id uuid DEFAULT uuidv7() NOT NULL,
        inventory_level_id uuid NOT NULL,
        order_item_id uuid,
        return_item_id uuid,
        purchase_order_item_id uuid,
        made_by_id uuid,
        type text NOT NULL,
        quantity integer NOT NULL,
        unit_cost numeric(20,2),
        currency text DEFAULT 'USD' NOT NULL,
        reason text,
        occurred_at timestamptz(3) DEFAULT now() NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_stock_movements PRIMARY KEY (id),
        CONSTRAINT ck_stock_movements_quantity_moves CHECK (quantity <> 0),
        CONSTRAINT ck_stock_movements_quantity_has_its_sign
            CHECK (CASE WHEN type IN ('SALE', 'TRANSFER_OUT', 'DAMAGE') THEN quantity < 0 WHEN type IN ('OPENING', 'RECEIPT', 'RETURN', 'TRANSFER_IN') THEN quantity > 0 ELSE true END),
        CONSTRAINT ck_stock_movements_unit_cost_at_least_zero CHECK (unit_cost >= 0),
        CONSTRAINT fk_stock_movements_inventory_level_id
            FOREIGN KEY(inventory_level_id) REFERENCES fulfillment.inventory_levels (id) ON DELETE CASCADE,
        CONSTRAINT ck_stock_movements_type_is_known
            CHECK (type IN ('OPENING', 'RECEIPT', 'SALE', 'RETURN', 'TRANSFER_IN', 'TRANSFER_OUT', 'ADJUSTMENT', 'DAMAGE', 'COUNT')),
        CONSTRAINT ck_stock_movements_currency_form CHECK (currency ~ '^[A-Z]{3}$')
    )
    """,
    "CREATE INDEX ix_stock_movements_inventory_level_id_occurred_at ON fulfillment.stock_movements (inventory_level_id, occurred_at)",
    "CREATE INDEX ix_stock_movements_made_by_id ON fulfillment.stock_movements (made_by_id)",
    "CREATE INDEX ix_stock_movements_order_item_id ON fulfillment.stock_movements (order_item_id)",
    "CREATE INDEX ix_stock_movements_purchase_order_item_id ON fulfillment.stock_movements (purchase_order_item_id)",
    "CREATE INDEX ix_stock_movements_return_item_id ON fulfillment.stock_movements (return_item_id)",
    "CREATE INDEX ix_stock_movements_type ON fulfillment.stock_movements (type)",
    """
    CREATE TABLE fulfillment.quality_checks (
        id uuid DEFAULT uuidv7() NOT NULL,
        inbound_shipment_id uuid,
        return_item_id uuid,
        variant_id uuid NOT NULL,
        inspector_id uuid,
        agent_id uuid,
        result text DEFAULT 'PENDING' NOT NULL,
        inspected_quantity integer DEFAULT 0 NOT NULL,
        failed_quantity integer DEFAULT 0 NOT NULL,
        defects text[] DEFAULT '{}' NOT NULL,
        photo_urls text[] DEFAULT '{}' NOT NULL,
        notes text,
        inspected_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_quality_checks PRIMARY KEY (id),
        CONSTRAINT ck_quality_checks_inspected_quantity_covers_the_bad
            CHECK (failed_quantity <= inspected_quantity),
        CONSTRAINT ck_quality_checks_inspected_at_fits CHECK ((result = 'PENDING') = (inspected_at IS NULL)),
        CONSTRAINT ck_quality_checks_inspected_quantity_at_least_zero CHECK (inspected_quantity >= 0),
        CONSTRAINT ck_quality_checks_failed_quantity_at_least_zero CHECK (failed_quantity >= 0),
        CONSTRAINT fk_quality_checks_inbound_shipment_id
            FOREIGN KEY(inbound_shipment_id) REFERENCES fulfillment.inbound_shipments (id) ON DELETE CASCADE,
        CONSTRAINT ck_quality_checks_result_is_known
            CHECK (result IN ('PENDING', 'PASSED', 'PASSED_WITH_REMARKS', 'FAILED'))
    )
    """,
    "CREATE INDEX ix_quality_checks_agent_id ON fulfillment.quality_checks (agent_id)",
    "CREATE INDEX ix_quality_checks_inbound_shipment_id ON fulfillment.quality_checks (inbound_shipment_id)",
    "CREATE INDEX ix_quality_checks_inspector_id ON fulfillment.quality_checks (inspector_id)",
    "CREATE INDEX ix_quality_checks_result ON fulfillment.quality_checks (result)",
    "CREATE INDEX ix_quality_checks_return_item_id ON fulfillment.quality_checks (return_item_id)",
    "CREATE INDEX ix_quality_checks_variant_id ON fulfillment.quality_checks (variant_id)",
    """
    CREATE TABLE fulfillment.carrier_rates (
        id uuid DEFAULT uuidv7() NOT NULL,
        carrier_id uuid NOT NULL,
        zone_id uuid NOT NULL,
        contract_id uuid,
        weight_from_kg numeric(20,4) DEFAULT 0 NOT NULL,
        weight_to_kg numeric(20,4) NOT NULL,
        price numeric(20,2) NOT NULL,
        fuel_surcharge numeric(5,2) DEFAULT 0 NOT NULL,
        currency text DEFAULT 'USD' NOT NULL,
        valid_from date NOT NULL,
        valid_until date,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_carrier_rates PRIMARY KEY (id),
        CONSTRAINT ck_carrier_rates_weight_to_kg_is_above CHECK (weight_from_kg < weight_to_kg),
        CONSTRAINT ck_carrier_rates_valid_until_not_before_valid_from CHECK (valid_from <= valid_until),
        CONSTRAINT ck_carrier_rates_weight_from_kg_at_least_zero CHECK (weight_from_kg >= 0),
        CONSTRAINT ck_carrier_rates_price_at_least_zero CHECK (price >= 0),
        CONSTRAINT ck_carrier_rates_fuel_surcharge_at_least_zero CHECK (fuel_surcharge >= 0),
        CONSTRAINT fk_carrier_rates_carrier_id
            FOREIGN KEY(carrier_id) REFERENCES fulfillment.carriers (id) ON DELETE CASCADE,
        CONSTRAINT fk_carrier_rates_zone_id
            FOREIGN KEY(zone_id) REFERENCES fulfillment.shipping_zones (id) ON DELETE CASCADE,
        CONSTRAINT fk_carrier_rates_contract_id
            FOREIGN KEY(contract_id) REFERENCES fulfillment.carrier_contracts (id) ON DELETE SET NULL,
        CONSTRAINT ck_carrier_rates_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT uq_carrier_rates_carrier_id_zone_id_weight_from_kg_valid_from UNIQUE (carrier_id, zone_id, weight_from_kg, valid_from)
    )
    """,
    "CREATE INDEX ix_carrier_rates_contract_id ON fulfillment.carrier_rates (contract_id)",
    "CREATE INDEX ix_carrier_rates_zone_id ON fulfillment.carrier_rates (zone_id)",
    """
    CREATE TABLE fulfillment.shipment_items (
        id uuid DEFAULT uuidv7() NOT NULL,
        shipment_id uuid NOT NULL,
        order_item_id uuid NOT NULL,
        quantity integer NOT NULL,
        lot_number text,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_shipment_items PRIMARY KEY (id),
        CONSTRAINT fk_shipment_items_shipment_id
            FOREIGN KEY(shipment_id) REFERENCES fulfillment.shipments (id) ON DELETE CASCADE,
        CONSTRAINT ck_shipment_items_quantity_positive CHECK (quantity > 0),
        CONSTRAINT uq_shipment_items_shipment_id_order_item_id UNIQUE (shipment_id, order_item_id)
    )
    """,
    "CREATE INDEX ix_shipment_items_order_item_id ON fulfillment.shipment_items (order_item_id)",
    """
    CREATE TABLE fulfillment.shipment_events (
        id uuid DEFAULT uuidv7() NOT NULL,
        shipment_id uuid NOT NULL,
        type text NOT NULL,
        description text,
        location text,
        country text,
        carrier_code text,
        occurred_at timestamptz(3) NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_shipment_events PRIMARY KEY (id),
        CONSTRAINT fk_shipment_events_shipment_id
            FOREIGN KEY(shipment_id) REFERENCES fulfillment.shipments (id) ON DELETE CASCADE,
        CONSTRAINT ck_shipment_events_type_is_known
            CHECK (type IN ('CREATED', 'PICKED_UP', 'ARRIVED', 'DEPARTED', 'CUSTOMS', 'OUT_FOR_DELIVERY', 'ATTEMPTED', 'DELIVERED', 'EXCEPTION', 'RETURNED')),
        CONSTRAINT ck_shipment_events_country_form CHECK (country ~ '^[A-Z]{2}$')
    )
    """,
    "CREATE INDEX ix_shipment_events_shipment_id_occurred_at ON fulfillment.shipment_events (shipment_id, occurred_at)",
    """
    CREATE TABLE fulfillment.customs_declarations (
        id uuid DEFAULT uuidv7() NOT NULL,
        shipment_id uuid NOT NULL,
        declaration_number text,
        status text DEFAULT 'DRAFT' NOT NULL,
        incoterm text DEFAULT 'DAP' NOT NULL,
        origin_country text NOT NULL,
        destination_country text NOT NULL,
        hs_codes text[] DEFAULT '{}' NOT NULL,
        contents text NOT NULL,
        declared_value numeric(20,2) NOT NULL,
        duty_amount numeric(20,2) DEFAULT 0 NOT NULL,
        tax_amount numeric(20,2) DEFAULT 0 NOT NULL,
        currency text DEFAULT 'USD' NOT NULL,
        submitted_at timestamptz(3),
        cleared_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_customs_declarations PRIMARY KEY (id),
        CONSTRAINT ck_customs_declarations_submitted_at_fits CHECK ((status = 'DRAFT') = (submitted_at IS NULL)),
        CONSTRAINT ck_customs_declarations_cleared_at_not_before_submitted_at CHECK (submitted_at <= cleared_at),
        CONSTRAINT ck_customs_declarations_declared_value_at_least_zero CHECK (declared_value >= 0),
        CONSTRAINT ck_customs_declarations_duty_amount_at_least_zero CHECK (duty_amount >= 0),
        CONSTRAINT ck_customs_declarations_tax_amount_at_least_zero CHECK (tax_amount >= 0),
        CONSTRAINT fk_customs_declarations_shipment_id
            FOREIGN KEY(shipment_id) REFERENCES fulfillment.shipments (id) ON DELETE CASCADE,
        CONSTRAINT ck_customs_declarations_status_is_known
            CHECK (status IN ('DRAFT', 'SUBMITTED', 'CLEARED', 'HELD', 'REJECTED')),
        CONSTRAINT ck_customs_declarations_incoterm_is_known CHECK (incoterm IN ('DAP', 'DDP', 'EXW', 'FCA')),
        CONSTRAINT ck_customs_declarations_origin_country_form CHECK (origin_country ~ '^[A-Z]{2}$'),
        CONSTRAINT ck_customs_declarations_destination_country_form CHECK (destination_country ~ '^[A-Z]{2}$'),
        CONSTRAINT ck_customs_declarations_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT uq_customs_declarations_shipment_id UNIQUE (shipment_id)
    )
    """,
    "CREATE INDEX ix_customs_declarations_status ON fulfillment.customs_declarations (status)",
    """
    CREATE FUNCTION public.sum_stock() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      changes refcursor;
      change record;
    BEGIN
      CASE tg_op
        WHEN 'INSERT' THEN OPEN changes FOR
          SELECT inventory_level_id AS id,
                 sum(sign * quantity) AS on_hand
            FROM (SELECT 1 AS sign, * FROM added) AS r
           GROUP BY inventory_level_id ORDER BY inventory_level_id;
        WHEN 'DELETE' THEN OPEN changes FOR
          SELECT inventory_level_id AS id,
                 sum(sign * quantity) AS on_hand
            FROM (SELECT -1 AS sign, * FROM removed) AS r
           GROUP BY inventory_level_id ORDER BY inventory_level_id;
        WHEN 'UPDATE' THEN OPEN changes FOR
          SELECT inventory_level_id AS id,
                 sum(sign * quantity) AS on_hand
            FROM (SELECT 1 AS sign, * FROM added UNION ALL SELECT -1 AS sign, * FROM removed) AS r
           GROUP BY inventory_level_id ORDER BY inventory_level_id;
      END CASE;
      LOOP
        FETCH changes INTO change;
        EXIT WHEN NOT found;
        CONTINUE WHEN change.on_hand = 0;
        UPDATE fulfillment.inventory_levels AS p
           SET on_hand = p.on_hand + change.on_hand
         WHERE p.id = change.id;
      END LOOP;
      CLOSE changes;
      RETURN NULL;
    END $$
    """,
)

DOWNGRADE = (
    "DROP TABLE fulfillment.customs_declarations",
    "DROP TABLE fulfillment.shipment_events",
    "DROP TABLE fulfillment.shipment_items",
    "DROP TABLE fulfillment.carrier_rates",
    "DROP TABLE fulfillment.quality_checks",
    "DROP TABLE fulfillment.stock_movements",
    "DROP TABLE fulfillment.shipments",
    "DROP TABLE fulfillment.carrier_contracts",
    "DROP TABLE fulfillment.inbound_shipments",
    "DROP TABLE fulfillment.demand_forecasts",
    "DROP TABLE fulfillment.inventory_levels",
    "DROP TABLE fulfillment.warehouse_capacities",
    "DROP TABLE fulfillment.shipping_zones",
    "DROP TABLE fulfillment.carriers",
    "DROP TABLE fulfillment.warehouses",
    "DROP FUNCTION public.sum_stock()",
    "DROP SCHEMA fulfillment",
)


def upgrade() -> None:
    for statement in UPGRADE:
        op.execute(statement)
    for table in TOUCHED:
        op.execute(
            f"CREATE TRIGGER touch_updated_at BEFORE UPDATE ON {table} FOR EACH ROW "
            "WHEN (new.updated_at = old.updated_at) EXECUTE FUNCTION public.touch_updated_at()"
        )
    for table, function in COUNTED:
        for operation, rows in TRANSITIONS:
            op.execute(
                f"CREATE TRIGGER {function}_after_{operation} AFTER {operation.upper()} ON {table} "
                f"REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION public.{function}()"
            )


def downgrade() -> None:
    for statement in DOWNGRADE:
        op.execute(statement)
