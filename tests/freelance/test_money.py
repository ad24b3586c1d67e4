"""The arithmetic of the ledger: cents are neither lost nor made, and the platform gets its fee and no more."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.services.freelance import money
from app.services.freelance.money import Ledger, Line

SAME = settings(deadline=None, derandomize=True, database=None)
"""The same cases in every run, however slow the machine is."""


def opened(amount: Decimal, fee: Decimal | None = None) -> Ledger:
    """An escrow that was paid into."""
    return Ledger(amount, money.fee_of(amount) if fee is None else fee, held=amount)


def after(ledger: Ledger, lines: list[Line]) -> Ledger:
    """The ledger with some movements more."""
    paid = {party: -sum((one.amount for one in lines if one.party == party), Decimal(0)) for party in PARTIES}
    return replace(
        ledger,
        held=ledger.held + sum((line.amount for line in lines), Decimal(0)),
        earned=ledger.earned + paid["FREELANCER"],
        taken=ledger.taken + paid["PLATFORM"],
    )


PARTIES = ("CLIENT", "FREELANCER", "PLATFORM")


@pytest.mark.parametrize(
    ("amount", "fee"),
    [("1000", "50.00"), ("0.01", "0.00"), ("0.10", "0.01"), ("0.09", "0.00"), ("0.30", "0.02"), ("999.50", "49.98")],
)
def test_the_fee_is_five_per_cent_half_a_cent_up(amount: str, fee: str) -> None:
    assert money.fee_of(Decimal(amount)) == Decimal(fee)


def test_the_largest_amount_is_reckoned_to_the_cent() -> None:
    most = Decimal("999999999999999999.99")
    assert money.fee_of(most) == Decimal("50000000000000000.00")
    assert money.releasing(opened(most), most) == [
        Line("RELEASED", "FREELANCER", Decimal("-949999999999999999.99")),
        Line("FEE", "PLATFORM", Decimal("-50000000000000000.00")),
    ]


def test_thirds_of_a_hundred_pay_the_whole_fee() -> None:
    ledger, fees = opened(Decimal("100.00")), []
    for part in ("33.33", "33.33", "33.34"):
        lines = money.releasing(ledger, Decimal(part))
        fees += [line.amount for line in lines if line.type == "FEE"]
        ledger = after(ledger, lines)
    assert fees == [Decimal("-1.67"), Decimal("-1.66"), Decimal("-1.67")]
    assert (ledger.held, ledger.earned, ledger.taken) == (Decimal(0), Decimal("95.00"), Decimal("5.00"))


def test_what_moves_nothing_is_not_written() -> None:
    assert money.releasing(opened(Decimal("0.01")), Decimal("0.01")) == [
        Line("RELEASED", "FREELANCER", Decimal("-0.01"))
    ]
    whole = opened(Decimal(10), fee=Decimal(10))
    assert money.releasing(whole, Decimal(10)) == [Line("FEE", "PLATFORM", Decimal(-10))]
    assert money.refunding(Decimal(0)) == []
    assert money.releasing(opened(Decimal(0)), Decimal(0)) == []


@st.composite
def releases(draw: st.DrawFn) -> tuple[Ledger, list[Decimal]]:
    """An escrow with any fee, and parts in which all of it is released."""
    cents = draw(st.integers(1, 10**8))
    fee = draw(st.integers(0, cents))
    cuts = sorted(draw(st.sets(st.integers(1, cents), max_size=12)) | {cents})
    parts = [Decimal(high - low).scaleb(-2) for low, high in zip([0, *cuts], cuts, strict=False)]
    return opened(Decimal(cents).scaleb(-2), Decimal(fee).scaleb(-2)), parts


@SAME
@given(releases())
def test_however_it_is_divided_freelancer_and_platform_get_theirs_to_the_cent(
    case: tuple[Ledger, list[Decimal]],
) -> None:
    ledger, parts = case
    for part in parts:
        lines = money.releasing(ledger, part)
        assert sum(line.amount for line in lines) == -part
        assert all(line.amount < 0 and line.amount == round(line.amount, 2) for line in lines)
        ledger = after(ledger, lines)
        assert ledger.taken == money.share(ledger.fee, ledger.gross, ledger.amount)
        assert ledger.held >= 0
    assert (ledger.held, ledger.taken, ledger.gross) == (Decimal(0), ledger.fee, ledger.amount)


@SAME
@given(releases(), st.data())
def test_a_split_after_any_number_of_releases_empties_the_escrow(
    case: tuple[Ledger, list[Decimal]], data: st.DataObject
) -> None:
    ledger, parts = case
    for part in parts[: data.draw(st.integers(0, len(parts) - 1))]:
        ledger = after(ledger, money.releasing(ledger, part))
    freelancer = Decimal(data.draw(st.integers(0, int(ledger.held * 100)))).scaleb(-2)
    lines = money.splitting(ledger, freelancer, ledger.held - freelancer)
    assert all(line.amount < 0 for line in lines)
    ended = after(ledger, lines)
    assert ended.held == 0
    assert ended.gross == ledger.gross + freelancer
    assert ended.taken == money.share(ledger.fee, ended.gross, ledger.amount) <= ledger.fee


MOST = 10**19 - 1
PART = 2**62 - 57
JUST_BELOW = -pow(2 * PART, -1, MOST) % MOST
"""Cents of which the share ends in half a cent, but for less than a trillionth: it must not be rounded up."""


@SAME
@given(st.integers(1, MOST), st.integers(1, MOST), st.integers(1, MOST))
@example(JUST_BELOW, PART, MOST)
def test_a_share_is_the_nearest_cent_however_large_it_is(whole: int, part: int, of: int) -> None:
    found = money.share(*(Decimal(cents).scaleb(-2) for cents in (whole, part, of)))
    assert Fraction(found) * 100 == (2 * whole * part + of) // (2 * of)
