"""The shops' rows: a tree of categories, products that words can be searched in, customers and their orders.

Written like `rows.py`, with its helpers.
"""

from collections.abc import Sequence


def words(text: str) -> tuple[str, ...]:
    """The words of `text`."""
    return tuple(text.split())


SHOPS = 6
"""Businesses that sell: the first ones."""
CATEGORIES = 6 + 24 + 96 + 384 + 1536
"""Five levels: a root for each shop, and four categories in each category."""
LEAVES = 1536
PRODUCTS = 20_000
CUSTOMERS = 12_000
ORDERS = 100_000

KINDS = words(
    "quiet sturdy bright slender heavy folding antique modern rustic polished woven painted carved curved narrow wide "
    "tall round square portable stackable handmade printed striped plain gilded smoked frosted quilted braided"
)
MATERIALS = words(
    "oak walnut birch maple bamboo cedar pine ash marble granite slate copper brass bronze steel iron pewter glass "
    "crystal porcelain ceramic clay linen cotton wool silk velvet leather felt hemp cork rattan wicker paper"
)
THINGS = words(
    "table chair lamp shelf mirror cabinet bench stool desk wardrobe vase bowl teapot kettle jug plate spoon knife "
    "basket box tray candle clock frame cushion blanket curtain carpet pillow towel hammock swing ladder hook rack "
    "drawer chest trunk lantern fountain planter birdhouse easel globe compass telescope chessboard violin drum flute "
    "notebook pen inkwell stamp wallet satchel umbrella scarf glove hat"
)
PLACES = words(
    "kitchen hall garden balcony library workshop nursery office studio attic cellar terrace bedroom bathroom "
    "greenhouse garage pantry veranda"
)
SENTENCES = (
    "It goes well with anything made of %2$s, and fits into every %3$s.",
    "Our workshop finishes each one by hand with %2$s, so that no two look the same.",
    "Whoever wants a %1$s piece for the %3$s will look at this one first.",
    "The legs and edges are of %2$s; they are easy to clean and hard to break.",
    "Customers write that it has stood in the %3$s for years and still looks %1$s.",
    "It comes flat packed with a %1$s bag, all screws and a drawing that explains itself.",
    "Beside the %2$s one there is a smaller one for children.",
    "Keep it away from rain unless it is oiled twice a year.",
    "The designer drew it for a %3$s by the sea, where everything had to be %1$s.",
    "Spare parts can be ordered for ten years, and repairs are done within a week.",
)
SEARCHED = (*THINGS, *MATERIALS[::2], *KINDS[::3], *(f"{a} {b}" for a, b in zip(MATERIALS, THINGS, strict=False)))
"""What people search for."""

HELPERS = """
CREATE FUNCTION pg_temp.dice(i bigint, k bigint, sides int) RETURNS int LANGUAGE sql IMMUTABLE AS $$
  SELECT 1 + (hashint8(i * 64 + k) & 2147483647) % sides $$;
CREATE FUNCTION pg_temp.word(words text[], i bigint, k bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT words[pg_temp.dice(i, k, cardinality(words))] $$;
CREATE FUNCTION pg_temp.sentence(i bigint, k bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT format(pg_temp.word({sentences}, i, k), pg_temp.word({kinds}, i, k + 10),
                pg_temp.word({materials}, i, k + 20), pg_temp.word({places}, i, k + 30)) $$;
CREATE FUNCTION pg_temp.shop_id(i bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT pg_temp.fixed_id('business', i % {shops} + 1) $$;
CREATE FUNCTION pg_temp.customer_id(i bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT pg_temp.key({since} + i * 60000, 'customer' || i) $$;
CREATE FUNCTION pg_temp.customer(sale bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT {shops} * (sale / {shops} * 7919 % ({customers} / {shops})) + sale % {shops} $$;
"""

CATEGORY_ROWS = """
INSERT INTO catalog.categories (id, business_id, parent_id, name, slug, description, position, created_at, updated_at)
SELECT pg_temp.fixed_id('category', i),
       pg_temp.shop_id(CASE WHEN i <= 6 THEN i - 1 WHEN i <= 30 THEN (i - 7) / 4 WHEN i <= 126 THEN (i - 31) / 16
                            WHEN i <= 510 THEN (i - 127) / 64 ELSE (i - 511) / 256 END),
       CASE WHEN i > {shops} THEN pg_temp.fixed_id('category', (i - {shops} - 1) / 4 + 1) END,
       initcap(pg_temp.word({kinds}, i, 1)) || ' ' || pg_temp.word({things}, i, 2) || 's', 'shelf-' || i,
       'Everything for the ' || pg_temp.word({places}, i, 3), i % 4, pg_temp.at({since} - {year}), pg_temp.at({since})
  FROM generate_series(1, {categories}::bigint) AS i
"""

PRODUCT_ROWS = """
INSERT INTO catalog.products (id, business_id, category_id, name, slug, sku, brand, short_description, description,
                              collection, tags, status, is_featured, published_at, price, sale_price, sale_starts_at,
                              cost, weight, dimensions, meta_title, meta_description, meta_keywords, rating_sum,
                              rating_count, created_at, updated_at)
SELECT pg_temp.key(ms, 'product' || i), pg_temp.shop_id(leaf / ({leaves} / {shops})),
       pg_temp.fixed_id('category', {categories} - {leaves} + 1 + leaf),
       initcap(kind) || ' ' || material || ' ' || thing,
       kind || '-' || thing || '-' || i, 'SKU-' || i, initcap(pg_temp.word({things}, i, 4)) || ' & Co.',
       'A ' || kind || ' ' || thing || ' for the ' || place || '.',
       pg_temp.sentence(i, 6) || ' ' || pg_temp.sentence(i, 7) || ' ' || pg_temp.sentence(i, 8) || ' '
         || pg_temp.sentence(i, 9),
       CASE WHEN i % 3 = 0 THEN 'Spring' END, ARRAY[thing, place], 'ACTIVE', i % 50 = 0, pg_temp.at(ms + 86400000),
       10 + i % 900 + 0.95, CASE WHEN i % 10 = 0 THEN 9 + i % 900 END, CASE WHEN i % 10 = 0 THEN pg_temp.at(ms) END,
       5 + i % 400, 0.5 + i % 40, jsonb_build_object('length', 10 + i % 90, 'width', 20, 'height', 5 + i % 50),
       initcap(thing), 'Buy a ' || kind || ' ' || thing || ' here.', ARRAY[thing, material], i % 37 * 4, i % 37,
       pg_temp.at(ms), pg_temp.at(ms)
  FROM (SELECT i, pg_temp.spread(i, {products}) AS ms, i % {leaves} AS leaf, pg_temp.word({kinds}, i, 0) AS kind,
               pg_temp.word({materials}, i, 1) AS material, pg_temp.word({things}, i, 2) AS thing,
               pg_temp.word({places}, i, 3) AS place
          FROM generate_series(1, {products}::bigint) AS i) AS r
"""

ORDER_ROWS = """
INSERT INTO sales.orders (id, business_id, customer_id, order_number, channel, status, payment_status,
                          fulfillment_status, subtotal, discount_amount, tax_amount, shipping_amount, total_amount,
                          currency, placed_at, paid_at, shipped_at, delivered_at, cancelled_at, created_at, updated_at)
SELECT pg_temp.key(ms, 'order' || i), pg_temp.shop_id(i), pg_temp.customer_id(pg_temp.customer(i)), 'N-' || i,
       (ARRAY['WEB', 'MOBILE_APP', 'MARKETPLACE'])[i % 3 + 1], status,
       CASE status WHEN 'CANCELLED' THEN 'VOIDED' WHEN 'REFUNDED' THEN 'REFUNDED' WHEN 'PENDING' THEN 'PENDING'
                   WHEN 'PROCESSING' THEN 'AUTHORIZED' ELSE 'PAID' END,
       CASE WHEN status IN ('COMPLETED', 'REFUNDED') THEN 'DELIVERED' ELSE 'UNFULFILLED' END,
       goods, 0, tax, 4.90, goods + tax + 4.90, CASE WHEN i / {shops} % 5 < 4 THEN 'USD' ELSE 'EUR' END,
       pg_temp.at(ms), CASE WHEN status = 'COMPLETED' THEN pg_temp.at(ms + 60000) END,
       CASE WHEN status IN ('COMPLETED', 'REFUNDED') THEN pg_temp.at(ms + 86400000) END,
       CASE WHEN status IN ('COMPLETED', 'REFUNDED') THEN pg_temp.at(ms + 3 * 86400000) END,
       CASE WHEN status = 'CANCELLED' THEN pg_temp.at(ms + 3600000) END, pg_temp.at(ms), pg_temp.at(ms)
  FROM (SELECT i, {until} - 2 * {year} + 2 * {year} / {orders} * i AS ms, goods, round(goods * 0.19, 2) AS tax,
               CASE WHEN die <= 78 THEN 'COMPLETED' WHEN die <= 86 THEN 'PROCESSING' WHEN die <= 91 THEN 'PENDING'
                    WHEN die <= 96 THEN 'CANCELLED' ELSE 'REFUNDED' END AS status
          FROM (SELECT i, 10 + i * 31 % 700 + i % 100 / 100.0 AS goods, pg_temp.dice(i, 5, 100) AS die
                  FROM generate_series(0, {orders}::bigint - 1) AS i) AS dice) AS r
"""

CUSTOMER_ROWS = """
INSERT INTO customers.customers (id, business_id, email, first_name, last_name, tags, order_count, total_spent,
                                 last_order_at, created_at, updated_at)
SELECT pg_temp.customer_id(i), pg_temp.shop_id(i), 'customer' || i || '@example.com',
       (ARRAY['Ada', 'Günel', 'Rəşad', 'Mary', 'José', 'Linus', 'Aynur', 'Grace'])[i % 8 + 1],
       (ARRAY['Lovelace', 'Əliyeva', 'Hopper', 'O''Neill', 'Quliyev', 'Müller', 'Ng'])[i % 7 + 1],
       ARRAY['regular'], coalesce(o.orders, 0), coalesce(o.spent, 0), o.latest,
       pg_temp.at({since} + i * 60000), pg_temp.at({since})
  FROM generate_series(0, {customers}::bigint - 1) AS i
  LEFT JOIN (SELECT customer_id, count(*) AS orders, sum(total_amount) FILTER (WHERE currency = 'USD') AS spent,
                    max(placed_at) AS latest
               FROM sales.orders WHERE status NOT IN ('CANCELLED', 'REFUNDED')
              GROUP BY customer_id) AS o ON o.customer_id = pg_temp.customer_id(i)
"""

LANE = (
    ("categories", CATEGORY_ROWS),
    ("products", PRODUCT_ROWS),
    ("orders", ORDER_ROWS),
    ("customers", CUSTOMER_ROWS),
)


def sizes() -> dict[str, object]:
    """What the statements here want to know, words as arrays of SQL."""
    words = {"kinds": KINDS, "materials": MATERIALS, "things": THINGS, "places": PLACES, "sentences": SENTENCES}
    return {
        "shops": SHOPS,
        "categories": CATEGORIES,
        "leaves": LEAVES,
        "products": PRODUCTS,
        "customers": CUSTOMERS,
        "orders": ORDERS,
        **{name: _array(each) for name, each in words.items()},
    }


def _array(words: Sequence[str]) -> str:
    return "ARRAY[" + ", ".join(f"'{word}'" for word in words) + "]"
