"""The check of concurrent histories, on histories made by hand: of a register, and of a job."""

from decimal import Decimal
from itertools import combinations, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.freelance.linear import NotLinearizable, Operation, linearized
from tests.freelance.model import apply
from tests.freelance.states import Person, State, Step

ADA, FAY, GUS = Person("Ada", is_verified=True), Person("Fay"), Person("Gus")


def register(state: str, _: str, step: str) -> tuple[str, str]:
    """A register that is written as in `=a` and read as in `a?`: "ok", or "no" if something else is in it."""
    if step.startswith("="):
        return step[1:], "ok"
    return state, "ok" if step == f"{state}?" else "no"


def history(*lines: str) -> list[Operation]:
    """Operations as in `0-3 =a ok`."""
    operations = []
    for time, step, result in map(str.split, lines):
        start, end = map(int, time.split("-"))
        operations.append(Operation(start, end, "somebody", step, result))
    return operations


def order(*lines: str, end: str | None = None) -> list[str]:
    """What was done, in an order that explains it."""
    found = linearized(history(*lines), "", register, lambda state: end in (None, state))
    return [operation.step for operation in found]


def test_nothing_is_linearizable() -> None:
    assert order() == []


def test_what_was_done_one_after_the_other_keeps_its_order() -> None:
    assert order("0-1 =a ok", "2-3 a? ok", "4-5 =b ok", "6-7 b? ok", end="b") == ["=a", "a?", "=b", "b?"]


def test_what_overlaps_may_have_been_done_in_either_order() -> None:
    assert order("0-9 =a ok", "1-8 =b ok", "10-11 a? ok") == ["=b", "=a", "a?"]
    assert order("0-9 =a ok", "1-8 =b ok", "10-11 b? ok") == ["=a", "=b", "b?"]


def test_a_value_may_be_read_while_it_is_written() -> None:
    assert order("0-9 =a ok", "1-2 a? ok") == ["=a", "a?"]


def test_a_value_that_was_overwritten_before_is_not_read_again() -> None:
    with pytest.raises(NotLinearizable, match=r"a\? -> ok, but by the model no"):
        order("0-1 =a ok", "2-3 =b ok", "4-5 a? ok")


def test_two_who_read_one_after_the_other_do_not_see_time_go_back() -> None:
    order("0-9 =a ok", "1-2 a? no", "3-4 a? ok")
    with pytest.raises(NotLinearizable):
        order("0-9 =a ok", "1-2 a? ok", "3-4 a? no")


def test_what_there_is_at_the_end_has_to_be_explained_too() -> None:
    assert order("0-9 =a ok", "1-8 =b ok", end="a") == ["=b", "=a"]
    with pytest.raises(NotLinearizable, match="at the end is something else"):
        order("0-1 =a ok", "2-3 =b ok", end="a")


def test_twelve_writers_at_once_are_tried_in_no_time() -> None:
    """Without a memory of where it was, the search would go through the factorial of that."""
    writes = [f"0-99 ={number % 3} ok" for number in range(12)]
    with pytest.raises(NotLinearizable):
        order(*writes, "100-101 7? ok")


def explained(operations: list[Operation]) -> bool:
    """Whether any order at all explains a history: the definition itself."""
    for tried in permutations(operations):
        state, results = "", []
        for operation in tried:
            state, result = register(state, operation.who, operation.step)
            results.append(result)
        is_real = not any(after.end < before.start for before, after in combinations(tried, 2))
        if is_real and results == [operation.result for operation in tried]:
            return True
    return False


@st.composite
def histories(draw: st.DrawFn) -> list[Operation]:
    """Up to five operations at all times, most of which something explains."""
    moments = draw(st.permutations(range(10)))
    spans = [sorted(moments[place : place + 2]) for place in range(0, draw(st.integers(0, 5)) * 2, 2)]
    steps, results = st.sampled_from(["=a", "=b", "a?", "b?"]), st.sampled_from(["ok", "ok", "no"])
    return [
        Operation(start, end, "somebody", step := draw(steps), "ok" if step[0] == "=" else draw(results))
        for start, end in spans
    ]


@settings(derandomize=True, database=None, deadline=None, max_examples=500)
@given(histories())
def test_it_finds_an_order_exactly_where_there_is_one(operations: list[Operation]) -> None:
    try:
        found = linearized(operations, "", register, lambda _: True)
    except NotLinearizable:
        assert not explained(operations)
    else:
        assert sorted(found, key=str) == sorted(operations, key=str)
        assert explained(operations)


def of_job(*rows: tuple[int, int, Person, Step, str]) -> list[Operation]:
    return [Operation(*row) for row in rows]


def two_offers() -> State:
    state = State("Ada", status="OPEN")
    for who in (FAY, GUS):
        state, result = apply(state, who, Step("applyForJob", given={"proposedAmount": Decimal(10)}))
        assert result == "ok"
    return state


def test_a_job_is_given_to_one_of_two_who_are_accepted_at_once() -> None:
    both = of_job(
        (0, 5, ADA, Step("acceptApplication", "Fay"), "CONFLICT"), (1, 4, ADA, Step("acceptApplication", "Gus"), "ok")
    )
    found = linearized(both, two_offers(), apply, lambda state: state.freelancer == "Gus")
    assert [operation.step.target for operation in found] == ["Gus", "Fay"]


def test_a_job_is_not_given_to_two() -> None:
    both = of_job(
        (0, 5, ADA, Step("acceptApplication", "Fay"), "ok"), (1, 4, ADA, Step("acceptApplication", "Gus"), "ok")
    )
    with pytest.raises(NotLinearizable):
        linearized(both, two_offers(), apply, lambda _: True)


def test_nobody_withdraws_an_offer_after_the_job_was_given_to_another() -> None:
    rows = of_job(
        (0, 1, ADA, Step("acceptApplication", "Fay"), "ok"), (2, 3, GUS, Step("withdrawApplication", "Gus"), "ok")
    )
    with pytest.raises(NotLinearizable, match="but by the model CONFLICT"):
        linearized(rows, two_offers(), apply, lambda _: True)


def test_money_is_not_paid_back_and_out() -> None:
    state = two_offers()
    for who, step in ((ADA, Step("acceptApplication", "Fay")), (ADA, Step("fundEscrow", "escrow"))):
        state, _ = apply(state, who, step)
    rows = of_job((0, 9, ADA, Step("releaseEscrow", "escrow"), "ok"), (1, 8, FAY, Step("refundEscrow", "escrow"), "ok"))
    with pytest.raises(NotLinearizable):
        linearized(rows, state, apply, lambda _: True)
