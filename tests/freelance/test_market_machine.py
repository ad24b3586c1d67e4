"""The services and the model of the job market are asked the same, and say and come to the same."""

import re
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from decimal import ROUND_DOWN
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from sqlalchemy import event

from app.database import Database, connected
from graph.engine.schema.schema import Schema
from tests.beside import Beside
from tests.engine.dice import AT_ONCE, examples
from tests.freelance import moves
from tests.freelance.linear import NotLinearizable
from tests.freelance.model import (
    CENT,
    FEE,
    RULES,
    Rules,
    accept,
    apply,
    both,
    in_time,
    job_is,
)
from tests.freelance.moves import CLIENTS, Choose, Move, is_done
from tests.freelance.race import CLIENT_COUNT, Program, Race, check_money, check_states, drawn
from tests.freelance.stage import Case, Stage, settled
from tests.freelance.states import Person, State, Step

T = TypeVar("T")


@asynccontextmanager
async def staged(url: str, schema: Schema, writers: int) -> AsyncIterator[Stage]:
    """The API with the cast, over a database of its own."""
    async with connected(url, read_size=writers, write_size=writers) as database:
        stage = Stage(database, schema)
        await stage.cast()
        await open_all(database, writers)
        yield stage


async def open_all(database: Database, count: int) -> None:
    """Make so many connections of each kind, one after the other: twenty at once take a busy machine seconds."""
    async with AsyncExitStack() as opened:
        for _ in range(count):
            await opened.enter_async_context(database.reads.acquire())
            await opened.enter_async_context(database.writes.connect())


@pytest.fixture(scope="module", autouse=True)
def _at_home(run_folder: Path) -> None:
    """Hypothesis keeps what it keeps beside the databases of this run."""
    set_hypothesis_home_dir(run_folder / "hypothesis")


@pytest.fixture
def beside() -> Iterator[Beside]:
    with Beside() as beside:
        yield beside


@pytest.fixture
def stage(beside: Beside, committed: str, guarded: Schema) -> Iterator[Stage]:
    """The API for one who acts after the other."""
    entered: AbstractAsyncContextManager[Stage] = staged(committed, guarded, 2)
    yield beside(_enter(entered))
    beside(_leave(entered))


async def _enter(context: AbstractAsyncContextManager[T]) -> T:
    return await context.__aenter__()


async def _leave(context: AbstractAsyncContextManager[Any]) -> None:
    await context.__aexit__(None, None, None)


@st.composite
def made(draw: st.DrawFn, make: Callable[[Choose, State, str], Move], state: State, tag: str) -> Move:
    """A move that `make` makes of chance, whose beginning Hypothesis draws: of several things it prefers the outer."""
    return make(Random(draw(st.integers(0, 2**32))).choice, state, tag)


class Market(RuleBasedStateMachine):
    """One job after the other, around which people do what they may and what they may not."""

    def __init__(self, stage: Stage, beside: Beside, rules: Rules = RULES) -> None:
        super().__init__()
        self.stage, self.beside, self.by, self.count = stage, beside, rules, 0

    @initialize(number=st.integers(0, 2**32))
    def begins(self, number: int) -> None:
        chance = Random(number)
        client, is_over = chance.choice(CLIENTS), chance.random() < 0.05
        self.case: Case = self.beside(self.stage.opened(client, is_over))
        self.state = self.case.state

    @precondition(lambda self: is_done(self.state))
    @rule(number=st.integers(0, 2**32))
    def begins_anew(self, number: int) -> None:
        self.begins(number)

    @rule(data=st.data())
    def goes_on(self, data: st.DataObject) -> None:
        self.makes(data.draw(made(moves.legal, self.state, self.tag())))

    @rule(data=st.data())
    def goes_on_again(self, data: st.DataObject) -> None:
        self.makes(data.draw(made(moves.legal, self.state, self.tag())))

    @rule(data=st.data())
    def goes_wrong(self, data: st.DataObject) -> None:
        self.makes(data.draw(made(moves.illegal, self.state, self.tag())))

    def tag(self) -> str:
        """What is made next is called after this."""
        self.count += 1
        return f"t{self.count}"

    def makes(self, move: Move) -> None:
        """Make a move in both, and compare."""
        step = self.beside(self.stage.meant(self.case, move.step))
        answer = self.beside(self.stage.does(self.case, move.who, step))
        self.state, result = apply(self.state, move.who, step, self.by)
        assert answer.result == result, f"{move} came to {answer}, but {result} by the model, in {self.state}"
        assert settled(self.beside(self.stage.state(self.case))) == settled(self.state), f"after {move}"


def run(stage: Stage, beside: Beside, how: settings, rules: Rules = RULES) -> None:
    quiet = settings(how, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    machine: Any = lambda: Market(stage, beside, rules)  # noqa: E731
    run_state_machine_as_test(machine, settings=quiet)


def test_services_and_model_say_and_do_the_same(stage: Stage, beside: Beside) -> None:
    run(stage, beside, settings(derandomize=True, max_examples=25, stateful_step_count=25))


@pytest.mark.long
def test_services_and_model_say_and_do_the_same_for_long(stage: Stage, beside: Beside) -> None:
    run(stage, beside, settings(print_blob=True, max_examples=examples(1000), stateful_step_count=40))


# At once.


@pytest.fixture
async def crowded(committed: str, guarded: Schema) -> AsyncIterator[Stage]:
    """The API for all clients at once, each of whom finds a connection."""
    async with staged(committed, guarded, CLIENT_COUNT) as stage:
        yield stage


async def raced(stage: Stage, program: Program) -> Race:
    """A program that ran, whose outcome can be."""
    race = Race(stage, program)
    await race.run()
    await race.explained()
    return race


async def race_all(stage: Stage, number: int, total: int) -> list[Race]:
    """So many programs one after the other, and a look at all that they left."""
    races = []
    for place, program in enumerate(drawn(number, total)):
        try:
            races.append(await raced(stage, program))
        except Exception as error:
            error.add_note(f"Program {place} of drawn({number}, {total}).")
            raise
    await check_money(stage)
    await check_states(stage)
    return races


async def test_what_twenty_clients_do_at_once_can_have_been_done_one_after_the_other(crowded: Stage) -> None:
    await race_all(crowded, 0, 3)


@pytest.mark.long
@pytest.mark.parametrize("part", range(1, examples(200) // AT_ONCE + 1))
async def test_whatever_they_do_at_once_can_have_been_done_one_after_the_other(crowded: Stage, part: int) -> None:
    await race_all(crowded, part, AT_ONCE)


# Whether anything would be noticed.


def _fee_rounded_down(state: State, who: Person, step: Step) -> State:
    after = accept(state, who, step)
    assert after.escrow is not None
    fee = (after.escrow.amount * FEE).quantize(CENT, ROUND_DOWN)
    return after._replace(escrow=after.escrow._replace(fee=fee))


def _others_left_waiting(state: State, who: Person, step: Step) -> State:
    waiting = {row.name: row for row in state.applications if row.name != step.target}
    after = accept(state, who, step)
    return after._replace(applications=tuple(waiting.get(row.name, row) for row in after.applications))


def _with(do: str, **changes: Any) -> Rules:
    return {**RULES, do: RULES[do]._replace(**changes)}


MUTANTS = {
    "people apply twice": _with("applyForJob", can=both(job_is("OPEN"), in_time)),
    "fees are rounded down": _with("acceptApplication", does=_fee_rounded_down),
    "those who are not accepted go on waiting": _with("acceptApplication", does=_others_left_waiting),
}
"""Markets that are not this one."""


@pytest.mark.parametrize("name", MUTANTS)
def test_a_model_of_another_market_is_noticed(stage: Stage, beside: Beside, name: str) -> None:
    how = settings(derandomize=True, max_examples=200, stateful_step_count=25, phases=[Phase.generate])
    with pytest.raises(AssertionError, match=r"by the model|after "):
        run(stage, beside, settings(how, report_multiple_bugs=False), MUTANTS[name])


async def test_what_was_done_at_once_is_not_explained_by_another_market(crowded: Stage) -> None:
    races = await race_all(crowded, 0, 3)
    unnoticed = [name for name, rules in MUTANTS.items() if await all_explained(races, rules)]
    assert set(unnoticed) <= {"people apply twice"}  # which three programs may not show


async def all_explained(races: Sequence[Race], rules: Rules) -> bool:
    """Whether what was done at once can be explained by these rules."""
    try:
        for race in races:
            await race.explained(rules)
    except NotLinearizable:
        return False
    return True


def unlocked(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> Any:
    """The statement without its locks."""
    return re.sub(r" FOR (NO KEY )?UPDATE( OF [a-z0-9_, ]+)?", "", statement), parameters


@pytest.mark.long
async def test_services_that_lock_nothing_are_noticed(crowded: Stage) -> None:
    event.listen(crowded.database.writes.sync_engine, "before_cursor_execute", unlocked, retval=True)
    with pytest.raises(AssertionError):
        await race_all(crowded, 0, AT_ONCE)
