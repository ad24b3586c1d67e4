"""The orders of the sample data: who bought what in which shop, and all that followed.

How an order is placed is in app/seed/orders.py, what it contains in app/seed/basket.py, what comes back in
app/seed/returning.py and how it is paid in app/seed/till.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from app.seed.carting import make_carts, subscribe
from app.seed.crew import crews
from app.seed.orders import Checkout, Wish
from app.seed.risks import make_anomalies
from app.seed.shops import Shop, open_shops
from app.seed.world import World, table_of

DAY = timedelta(days=1)


def make_sales(world: World) -> Iterator[None]:
    """Three years of orders, with payments, returns, carts, subscriptions, and what was suspicious."""
    dice, data = world.dice("sales"), table_of("sales")
    shops = open_shops(world, dice, data, crews(world))
    counts: Counter[str] = Counter()
    wishes = []
    for shop in shops:
        wishes.append(sorted(_wishes(shop, data["words"], counts), key=lambda wish: wish.at))
        yield
    checkout = Checkout(world, data)
    for shop, mine in zip(shops, wishes, strict=True):
        checkout.guard.post(shop)
        for wish in mine:
            checkout.place(shop, wish)
            yield
    yield from checkout.deals.write()
    yield from make_carts(world, shops, data["words"])
    make_anomalies(world, data)
    yield


def _wishes(shop: Shop, words: dict[str, list[str]], counts: Counter[str]) -> list[Wish]:
    """What people want to order, what subscriptions order, and what is there whatever the dice say."""
    recent = [Wish(shop.world.now - days * DAY, None, (), status, note) for days, status, note in shop.given["recent"]]
    return [*(Wish(at) for at in shop.times()), *subscribe(shop, words, counts), *recent]
