"""What people try on the job market: mostly what it is their turn to do, and what is wrong with it else."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, NamedTuple, Protocol, TypeVar

from tests.freelance.model import CENT, OK, is_possible, pays
from tests.freelance.states import Person, State, Step

T = TypeVar("T")

ADA, BO, CY = Person("Ada", is_verified=True), Person("Bo"), Person("Cy", is_verified=True, is_flagged=True)
FAY, GUS, HAL = Person("Fay"), Person("Gus"), Person("Hal")
MAX, NIA = Person("Max", is_admin=True), Person("Nia", is_admin=True)
NOBODY, ROOT = Person("nobody", signed_in=False), Person("root", is_admin=True, signed_in=False)
"""Nobody in particular, and an administrator's tool that nobody signed in to."""

CLIENTS = (*[ADA] * 7, BO, BO, CY)
EVERYBODY = (ADA, BO, CY, FAY, GUS, HAL, MAX, NIA, NOBODY, ROOT)
PEOPLE = {person.name: person for person in EVERYBODY}

NOWHERE = "nowhere"
"""The name of what is not there."""
ESCROW = "escrow"
"""The name of the escrow of a job, which has but one."""

VERSIONED = ("publishJob", "closeJob", "fundEscrow", "releaseEscrow", "refundEscrow", "resolveDispute")

WEIGHTS = {
    **dict.fromkeys(("closeJob", "refundEscrow", "releaseEscrow"), 1),
    **dict.fromkeys(("claimSkill", "verifySkill", "rejectSkill"), 1),
    **dict.fromkeys(("rejectApplication", "withdrawApplication", "submitEvidence", "openDispute"), 3),
    **dict.fromkeys(("publishJob", "acceptApplication", "submitMilestone", "approveMilestone"), 16),
    **dict.fromkeys(("planMilestones", "fundEscrow", "mediateDispute", "resolveDispute"), 12),
}
USUAL = 6
"""How often something is tried that `WEIGHTS` does not name: what ends a job is rare, what goes on with it is not."""


class Choose(Protocol):
    """Draws one of several."""

    def __call__(self, items: Sequence[T], /) -> T:
        """One of `items`."""


class Move(NamedTuple):
    """Somebody and what they try."""

    who: Person
    step: Step

    def __repr__(self) -> str:
        more = {name: value for name, value in self.step.given.items() if value is not None}
        said = [*(f"{name}={value!r}" for name, value in more.items()), *filter(None, [self.step.version])]
        about = [self.step.target, *said, *(["about " + self.step.milestone] if self.step.milestone else [])]
        return f"{self.who.name} {self.step.do}({', '.join(str(one) for one in about)})"


class Long(str):
    """A text that is too long to be shown."""

    def __repr__(self) -> str:
        return f"<{len(self)} characters>"


# Whose turn it is.


def turns(state: State) -> Iterator[Move]:
    """All that those could do whose part it is, whether or not it is the time for it; nothing is given yet."""
    client, freelancer = PEOPLE[state.client], PEOPLE.get(state.freelancer or "")
    yield from (Move(client, Step(do)) for do in ("publishJob", "closeJob", "planMilestones"))
    yield from (Move(who, Step("applyForJob")) for who in (FAY, GUS, HAL, BO, MAX) if who != client)
    for row in state.applications:
        yield from (Move(client, Step(do, row.name)) for do in _DECISIONS)
        yield Move(PEOPLE[row.name], Step("withdrawApplication", row.name))
    if freelancer is not None:
        yield from _work(state, client, freelancer)
        yield from _quarrel(state, client, freelancer)
    yield from _learn(state)


_DECISIONS = ("shortlistApplication", "rejectApplication", "acceptApplication")


def _work(state: State, client: Person, freelancer: Person) -> Iterator[Move]:
    yield from (Move(client, Step(do, ESCROW)) for do in ("fundEscrow", "releaseEscrow"))
    yield from (Move(who, Step("refundEscrow", ESCROW)) for who in (freelancer, NIA))
    for row in state.milestones:
        yield from (Move(freelancer, Step(do, row.name)) for do in ("startMilestone", "submitMilestone"))
        yield from (Move(client, Step(do, row.name)) for do in ("approveMilestone", "rejectMilestone"))
    yield from (Move(who, Step("writeReview")) for who in (client, freelancer))
    yield from (Move(PEOPLE[row.reviewee], Step("respondToReview", row.name)) for row in state.reviews)


def _quarrel(state: State, client: Person, freelancer: Person) -> Iterator[Move]:
    sides = (client, freelancer)
    yield from (Move(who, Step("openDispute")) for who in sides)
    for row in state.disputes:
        yield Move(PEOPLE[row.respondent], Step("answerDispute", row.name))
        yield Move(PEOPLE[row.opened_by], Step("withdrawDispute", row.name))
        yield from (Move(who, Step("mediateDispute", row.name)) for who in (MAX, NIA))
        yield from (Move(who, Step("submitEvidence", row.name)) for who in sides)
        yield Move(PEOPLE[row.mediator or "Max"], Step("resolveDispute", row.name))


def _learn(state: State) -> Iterator[Move]:
    yield from (Move(who, Step("claimSkill")) for who in (FAY, GUS, MAX))
    for row in state.claims:
        yield from (Move(who, Step(do, row.name)) for do in ("verifySkill", "rejectSkill") for who in (MAX, NIA))


def possible(state: State) -> list[Move]:
    """The turns that it is the time for, without those who may not pay in and would try for ever."""
    found = [move for move in turns(state) if is_possible(state, move.who, move.step)]
    return [move for move in found if move.step.do != "fundEscrow" or pays(state, *move) == OK]


def weighted(choose: Choose, moves: Sequence[Move]) -> Move:
    """One of the moves: what is done is chosen first, so that what many could do is not done more often."""
    kinds = dict.fromkeys(move.step.do for move in moves)
    do = choose([kind for kind in kinds for _ in range(WEIGHTS.get(kind, USUAL))])
    return choose([move for move in moves if move.step.do == do])


# What is given.

AMOUNTS = [Decimal(text) for text in ("100.00", "33.33", "7.77", "0.01", "0.30", "999.99", "1000.00", "1000.01")]
LETTERS = [None, "I can.", Long("x" * 10_000)]


def filled(choose: Choose, state: State, move: Move, tag: str) -> Move:
    """The move with all that has to be given; what it makes is called after `tag`."""
    who, step = move
    given = _GIVEN.get(step.do, _nothing)(choose, state, tag)
    version = choose([None, None, "newest"]) if step.do in VERSIONED else None
    stages = [None, *(row.name for row in state.milestones)] if step.do == "openDispute" else [None]
    return Move(who, replace(step, given=given, version=version, milestone=choose(stages)))


def _nothing(_: Choose, __: State, ___: str) -> Mapping[str, Any]:
    return {}


def _offer(choose: Choose, _: State, __: str) -> Mapping[str, Any]:
    return {
        "coverLetter": choose(LETTERS),
        "proposedAmount": choose(AMOUNTS),
        "estimatedDays": choose([None, 1, 30]),
    }


def _plan(choose: Choose, state: State, tag: str) -> Mapping[str, Any]:
    """From one to three stages of as many parts; the last takes what is left, or what it would is left over."""
    total = state.escrow.amount if state.escrow else Decimal(100)
    count = min(choose([2, 1, 3]), int(total / CENT))
    part = (total / count).quantize(CENT, "ROUND_DOWN")
    amounts = [*[part] * (count - 1), total - part * (count - 1)]
    if count > 1 and choose([False, False, True]):
        amounts.pop()
    return {"milestones": [{"title": f"{tag}.{place}", "amount": one} for place, one in enumerate(amounts, 1)]}


def _resolution(choose: Choose, state: State, _: str) -> Mapping[str, Any]:
    disputed = max((row.disputed for row in state.disputes), default=Decimal(1))
    half = (disputed / 2).quantize(CENT, "ROUND_DOWN")
    return {"freelancerAmount": choose([half, disputed, Decimal(0), min(CENT, disputed)]), "decision": "It is so."}


def _evidence(choose: Choose, _: State, __: str) -> Mapping[str, Any]:
    said = {"type": "STATEMENT", "title": "See", "statement": "He did not."}
    shown = {"type": "LINK", "title": "See", "fileUrl": "https://files.example/1", "fileName": "1"}
    return choose([said, {**said, "isConfidential": True}, shown, {**said, **shown}])


def _review(choose: Choose, _: State, __: str) -> Mapping[str, Any]:
    comment = choose([None, "Good.", Long("x" * 5_000)])
    return {"rating": choose([5, 1, 3]), "comment": comment, "isPublic": choose([True, False])}


def _proof(choose: Choose, _: State, __: str) -> Mapping[str, Any]:
    return {"level": choose(["TESTED", "ENDORSED", "CERTIFIED"]), "score": choose([None, 0, 100])}


_GIVEN: dict[str, Callable[[Choose, State, str], Mapping[str, Any]]] = {
    "applyForJob": _offer,
    "planMilestones": _plan,
    "fundEscrow": lambda _, __, tag: {"reference": tag},
    "submitMilestone": lambda _, __, tag: {"deliverables": [f"https://files.example/{tag}"], "note": "Done."},
    "approveMilestone": lambda choose, _, __: {"feedback": choose([None, "Good."])},
    "rejectMilestone": lambda choose, _, __: {"feedback": choose(["Again.", Long("x" * 5_000)])},
    "refundEscrow": lambda _, __, ___: {"reason": "We agreed."},
    "openDispute": lambda choose, _, tag: {"reason": choose(["QUALITY", "PAYMENT"]), "description": tag},
    "answerDispute": lambda _, __, ___: {"answer": "I did."},
    "submitEvidence": _evidence,
    "resolveDispute": _resolution,
    "writeReview": _review,
    "respondToReview": lambda _, __, ___: {"response": "Thanks."},
    "claimSkill": lambda choose, _, __: {"experienceLevel": choose([None, "EXPERT"])},
    "verifySkill": _proof,
    "rejectSkill": lambda _, __, ___: {"reason": "Not shown."},
}


# What is wrong.


def _stages(*amounts: str, title: str = "A") -> list[dict[str, Any]]:
    return [{"title": title, "amount": Decimal(amount)} for amount in amounts]


NOT_MONEY = [Decimal(text) for text in ("0", "-1", "0.001", "1000000000000000000")]
WRONG: dict[str, dict[str, list[Any]]] = {
    "applyForJob": {
        "proposedAmount": NOT_MONEY,
        "estimatedDays": [0, -1],
        "coverLetter": [Long("x" * 10_001)],
    },
    "planMilestones": {
        "milestones": [
            *([], _stages(*["0.01"] * 51), _stages("0"), _stages("0.01", "-1"), _stages("0.001")),
            *(_stages("1", title=""), _stages("1", title=Long("x" * 201)), _stages("2000.02")),
        ]
    },
    "rejectMilestone": {"feedback": ["", Long("x" * 5_001)]},
    "submitEvidence": {"statement": [None], "fileUrl": ["http://files.example/1", "file:///etc/passwd"]},
    "resolveDispute": {"freelancerAmount": [Decimal("0.001"), Decimal("-0.01"), Decimal("2000.02")]},
    "writeReview": {"rating": [0, 6, -1], "comment": [Long("x" * 5_001)]},
    "verifySkill": {"level": ["CLAIMED"]},
}
"""Values that no step takes, be it because of the state."""


def spoiled(choose: Choose, move: Move) -> Move:
    """The move with one value that cannot be."""
    name = choose(sorted(WRONG[move.step.do]))
    given = {**move.step.given, name: choose(WRONG[move.step.do][name])}
    return Move(move.who, replace(move.step, given=given))


# What is tried.


def is_done(state: State) -> bool:
    """Whether nothing is left to be done with the job."""
    return state.status == "CANCELLED" or len(state.reviews) == 2


def legal(choose: Choose, state: State, tag: str) -> Move:
    """What it is somebody's turn to do; where nothing is left to be done, what somebody did before."""
    return filled(choose, state, weighted(choose, possible(state) or list(turns(state))), tag)


def onward(choose: Choose, state: State, tag: str) -> Move:
    """The same of what goes on with the job, as long as that can be."""
    found = [move for move in possible(state) if WEIGHTS.get(move.step.do, USUAL) >= USUAL]
    return filled(choose, state, weighted(choose, found), tag) if found else legal(choose, state, tag)


def _early(choose: Choose, state: State, tag: str) -> Move:
    """What it is somebody's part to do, but not now."""
    late = [move for move in turns(state) if not is_possible(state, move.who, move.step)]
    return filled(choose, state, weighted(choose, late or list(turns(state))), tag)


def _others(choose: Choose, state: State, tag: str) -> Move:
    """What it would be the time for, but not for everybody, and least of all for the other side."""
    near = [
        PEOPLE[name] for name in (state.client, state.freelancer, *(row.name for row in state.applications)) if name
    ]
    return legal(choose, state, tag)._replace(who=choose(choose([EVERYBODY, near])))


def _wrong(choose: Choose, state: State, tag: str) -> Move:
    """What cannot be read; if it is anybody's turn to say such a thing, mostly then."""
    moves = [move for move in turns(state) if move.step.do in WRONG]
    timely = [move for move in moves if is_possible(state, move.who, move.step)]
    return spoiled(choose, filled(choose, state, choose(timely or moves), tag))


def _missing(choose: Choose, state: State, tag: str) -> Move:
    """What is about nothing that is there."""
    who, step = filled(choose, state, choose(list(turns(state))), tag)
    if step.do == "openDispute" and is_possible(state, who, step):
        return Move(who, replace(step, milestone=NOWHERE))
    return Move(who, replace(step, target=None))


def _stale(choose: Choose, state: State, tag: str) -> Move:
    """What was decided by what somebody read before it was changed."""
    who, step = legal(choose, state, tag)
    return Move(who, replace(step, version="stale" if step.do in VERSIONED else None))


ILLEGAL = (_early, _early, _others, _others, _wrong, _missing, _stale)


def illegal(choose: Choose, state: State, tag: str) -> Move:
    """What may well be refused."""
    return choose(ILLEGAL)(choose, state, tag)
