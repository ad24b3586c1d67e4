"""Twenty clients at a few jobs at once: what they try, what came of it, and whether that can be."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, NamedTuple

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.freelance import moves
from tests.freelance.linear import NotLinearizable, Operation, linearized
from tests.freelance.model import RULES, Rules, apply
from tests.freelance.moves import CLIENTS, PEOPLE, Choose, Move
from tests.freelance.stage import ABOUT, Case, Stage, settled
from tests.freelance.states import Person, State, Step

CLIENT_COUNT, ROUNDS = 20, 8
LONGEST_PRELUDE = 8


class Opening(NamedTuple):
    """A job, and what is done with it before the race begins."""

    client: Person
    is_over: bool
    moves: Sequence[Move]


class Program(NamedTuple):
    """What is tried: the jobs, and for each client what it does with which of them, one after the other."""

    openings: Sequence[Opening]
    clients: Sequence[Sequence[tuple[int, Move]]]


@dataclass(slots=True)
class Imagined:
    """A job as it would be if one move came after the other: by that it is known what makes sense to try."""

    choose: Choose
    number: int
    state: State
    tags: Iterator[str]

    def opening(self) -> Opening:
        """Some moves before the race, of those whose turn it is."""
        made = []
        for _ in range(self.choose(range(LONGEST_PRELUDE + 1))):
            made.append(moves.onward(self.choose, self.state, next(self.tags)))
            self.goes_on(made[-1])
        return Opening(PEOPLE[self.state.client], self.state.is_over, made)

    def contest(self, size: int) -> list[Move]:
        """Moves that get in each other's way: one that makes sense, and what else might be done at the same time."""
        before, found = self.state, [moves.legal(self.choose, self.state, next(self.tags))]
        for move in found[:1]:
            self.goes_on(move)
        while len(found) < size:
            found.append(self.choose(RIVALS)(self, before, found[0]))
            self.goes_on(found[-1])
        return found

    def goes_on(self, move: Move) -> None:
        """Make the move here."""
        self.state, _ = apply(self.state, move.who, move.step)


Rival = Callable[[Imagined, State, Move], Move]


def _twin(_: Imagined, __: State, move: Move) -> Move:
    """The same once more, as by who clicks twice."""
    return move


def _instead(imagined: Imagined, before: State, _: Move) -> Move:
    """What might have been done instead."""
    return moves.legal(imagined.choose, before, next(imagined.tags))


def _next(imagined: Imagined, _: State, __: Move) -> Move:
    """What can be done after it."""
    return moves.legal(imagined.choose, imagined.state, next(imagined.tags))


def _wrong(imagined: Imagined, _: State, __: Move) -> Move:
    """What may well be refused."""
    return moves.illegal(imagined.choose, imagined.state, next(imagined.tags))


RIVALS: tuple[Rival, ...] = (_twin, _instead, _instead, _next, _next, _wrong)


@dataclass(slots=True)
class Imagination:
    """The jobs of a program, of which some are at hand; where one is over, another takes its place."""

    choose: Choose
    openings: list[Opening] = field(default_factory=list)
    tags: Iterator[str] = field(default_factory=lambda: (f"t{number}" for number in count()))

    def another(self) -> Imagined:
        """One more job."""
        state = State(self.choose(CLIENTS).name, is_over=self.choose([False] * 19 + [True]))
        job = Imagined(self.choose, len(self.openings), state, self.tags)
        self.openings.append(job.opening())
        return job

    def program(self, shuffled: Callable[[list[Any]], list[Any]]) -> Program:
        """A program of which each round has all clients at work, some four of them with each job."""
        jobs = [self.another() for _ in range(self.choose([4, 5, 6]))]
        clients: list[list[tuple[int, Move]]] = [[] for _ in range(CLIENT_COUNT)]
        for _ in range(ROUNDS):
            jobs = [self.another() if moves.is_done(job.state) else job for job in jobs]
            places = [CLIENT_COUNT // len(jobs) + (place < CLIENT_COUNT % len(jobs)) for place in range(len(jobs))]
            made = [(job.number, move) for job, size in zip(jobs, places, strict=True) for move in job.contest(size)]
            for client, one in zip(clients, shuffled(made), strict=True):
                client.append(one)
        return Program(self.openings, clients)


@st.composite
def programs(draw: st.DrawFn) -> Program:
    """Programs of all kinds.

    Hypothesis draws where chance begins: what it draws bit by bit is mostly of few kinds, so that it can be shrunk, and
    what many do at once cannot.
    """
    random = draw(st.randoms(use_true_random=True))
    return Imagination(random.choice).program(lambda items: random.sample(items, len(items)))


def drawn(number: int, total: int) -> list[Program]:
    """So many programs, always the same for a number."""
    found: list[Program] = []

    @seed(number)
    @settings(
        max_examples=total,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(programs())
    def keep(program: Program) -> None:
        found.append(program)

    keep()
    return found[:total]


@dataclass(slots=True)
class Race:
    """A program that runs, and what is noted of it."""

    stage: Stage
    program: Program
    cases: list[Case] = field(default_factory=list)
    histories: list[list[Operation]] = field(default_factory=list)
    clock: Iterator[int] = field(default_factory=count)
    """The order of beginnings and ends: all clients are of one thread, so no two are at the same moment."""

    async def run(self) -> None:
        """Set the jobs up, and let all clients at them."""
        self.cases = [await self.stage.opened(opening.client, opening.is_over) for opening in self.program.openings]
        self.histories = [[] for _ in self.cases]
        before = ([(number, move) for move in opening.moves] for number, opening in enumerate(self.program.openings))
        await asyncio.gather(*map(self._all_of, before))
        await asyncio.gather(*map(self._all_of, self.program.clients))

    async def _all_of(self, made: Sequence[tuple[int, Move]]) -> None:
        for number, move in made:
            await self._one(number, move)

    async def _one(self, number: int, move: Move) -> None:
        case = self.cases[number]
        step = await self.stage.meant(case, met(case, titled(move.step, next(self.clock))))
        start = next(self.clock)
        answer = await self.stage.does(case, move.who, step)
        self.histories[number].append(Operation(start, next(self.clock), move.who, step, answer.result))

    async def explained(self, rules: Rules = RULES) -> None:
        """Each job's history is that of the model, and so is what there is at the end. Raises NotLinearizable."""

        def model(state: State, who: Any, step: Any) -> tuple[State, str]:
            return apply(state, who, step, rules)

        for case, history in zip(self.cases, self.histories, strict=True):
            rows = settled(await self.stage.state(case))
            try:
                linearized(history, case.state, model, lambda state, rows=rows: settled(state) == rows)  # type: ignore[misc]
            except NotLinearizable as error:
                error.add_note(f"The rows say {rows}.")
                raise


def titled(step: Step, number: int) -> Step:
    """The step with names for what it makes that no other has, not even its twin: rows are told apart by them."""
    if step.do == "openDispute" and step.given["description"]:
        return replace(step, given={**step.given, "description": f"{step.given['description']}/{number}"})
    if step.do != "planMilestones":
        return step
    stages = [{**stage, "title": stage["title"] and f"{stage['title']}/{number}"} for stage in step.given["milestones"]]
    return replace(step, given={"milestones": stages})


def met(case: Case, step: Step) -> Step:
    """The step about the row that it means, or about the last of its kind if that one never came to be."""
    kind = ABOUT.get(step.do, ("", "job"))[1]
    if kind == "job" or step.target is None or (kind, step.target) in case.known:
        return step
    last = [name for other, name in case.known if other == kind]
    last = [name for name in last if name.startswith(f"{step.target}/")] or last
    return replace(step, target=last[-1]) if last else step


LEDGERS = """
SELECT e.id, e.status, e.held_amount, e.released_amount, e.refunded_amount,
       coalesce(sum(m.amount), 0) AS held, coalesce(min(m.so_far), 0) AS least,
       coalesce(sum(m.amount) FILTER (WHERE m.amount > 0), 0) AS funded,
       coalesce(-sum(m.amount) FILTER (WHERE m.amount < 0), 0) AS paid,
       coalesce(-sum(m.amount) FILTER (WHERE m.party = 'FREELANCER'), 0) AS released,
       coalesce(-sum(m.amount) FILTER (WHERE m.party = 'CLIENT' AND m.amount < 0), 0) AS refunded,
       coalesce(-sum(m.amount) FILTER (WHERE m.party = 'PLATFORM'), 0) AS fees, e.fee
FROM freelance.escrows AS e
LEFT JOIN (SELECT *, sum(amount) OVER (PARTITION BY escrow_id ORDER BY {order}) AS so_far
           FROM freelance.escrow_movements) AS m ON m.escrow_id = e.id
GROUP BY e.id"""
"""What the lines of each escrow add up to, and the least that was ever in it, in the order in which they were made."""

IMPOSSIBLE = """
SELECT j.id, j.status, e.status AS escrow, open_disputes, accepted, j.freelancer_id
FROM freelance.jobs AS j
LEFT JOIN freelance.escrows AS e ON e.job_id = j.id
CROSS JOIN LATERAL (SELECT count(*) AS open_disputes FROM freelance.disputes AS d
                    WHERE d.job_id = j.id AND d.status IN ('OPEN', 'ANSWERED', 'IN_MEDIATION')) AS quarrels
CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE a.status = 'ACCEPTED') AS accepted,
                           count(*) FILTER (WHERE a.status IN ('PENDING', 'SHORTLISTED')) AS waiting
                    FROM freelance.applications AS a WHERE a.job_id = j.id) AS offers
WHERE NOT CASE j.status
      WHEN 'DRAFT' THEN e.id IS NULL AND j.freelancer_id IS NULL AND accepted + waiting = 0
      WHEN 'OPEN' THEN e.id IS NULL AND j.freelancer_id IS NULL AND accepted = 0 AND j.published_at IS NOT NULL
      WHEN 'IN_PROGRESS' THEN e.status IN ('PENDING', 'FUNDED', 'PARTIALLY_RELEASED') AND j.started_at IS NOT NULL
      WHEN 'DISPUTED' THEN e.status = 'FROZEN' AND e.frozen_at IS NOT NULL
      WHEN 'COMPLETED' THEN e.status = 'RELEASED' AND e.released_at IS NOT NULL AND j.completed_at IS NOT NULL
      WHEN 'CANCELLED' THEN coalesce(e.status IN ('PENDING', 'REFUNDED'), true)
      END
   OR (j.status = 'DISPUTED') <> (open_disputes = 1) OR open_disputes > 1
   OR (e.id IS NULL) <> (j.freelancer_id IS NULL) OR accepted <> (e.id IS NOT NULL)::int
   OR waiting > 0 AND j.status <> 'OPEN'"""
"""Jobs that stand as none can."""


async def check_money(stage: Stage) -> None:
    """No escrow ever paid out more than was paid in, each holds what its lines add up to, and those closed nothing."""
    for order in ("id", "created_at, id"):
        for row in await stage.rows(LEDGERS.format(order=order)):
            assert row["least"] >= 0, f"paid out before it was paid in, by {order}: {row}"
            assert row["paid"] <= row["funded"], row
            assert row["held"] == row["held_amount"] == row["funded"] - row["paid"], row
            assert (row["released"], row["refunded"]) == (row["released_amount"], row["refunded_amount"]), row
            assert row["fees"] <= row["fee"], row
            assert row["held"] == 0 or row["status"] in ("FUNDED", "PARTIALLY_RELEASED", "FROZEN"), row


async def check_states(stage: Stage) -> None:
    """No job stands as none can, and nobody had to wait for who waited for them."""
    assert await stage.rows(IMPOSSIBLE) == []
    (row,) = await stage.rows("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    assert row["deadlocks"] == 0
