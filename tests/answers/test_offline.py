"""An agent without a model answers by what is written down, says where that is from, and hands over where it is not."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.answers.counter import AGENT, BEN, SHOP, Counter, customer, member

RETURNS = "You can send lamps back within 30 days. We pay the postage."


async def test_an_article_answers_and_is_named(counter: Counter) -> None:
    article = await counter.article("Returning lamps", RETURNS)
    begun = await counter.start("How can I return a lamp?")
    assert begun["request"]["status"] == "PENDING"
    assert await counter.work() == 1

    assert await counter.messages() == [
        ("USER", "How can I return a lamp?"),
        ("ASSISTANT", f"{RETURNS}\n\nThis is from our article “Returning lamps”."),
    ]
    assert await counter.log() == [(1, "STARTED"), (2, "MESSAGE_ADDED"), (3, "MESSAGE_ADDED")]
    row = await counter.row("SELECT metadata::text, request_id FROM agents.messages WHERE role = 'ASSISTANT'")
    assert f"article_{article}" in row["metadata"]
    assert f"llm_request_{row['request_id']}" == begun["request"]["id"]
    response = await counter.row("SELECT * FROM llm.llm_responses")
    assert (response["finish_reason"], response["safety_rating"], response["confidence_score"]) == (
        "STOP",
        "SAFE",
        Decimal("1.0000"),
    )


async def test_what_nobody_wrote_down_goes_to_a_person_and_ends_the_conversation(counter: Counter) -> None:
    await counter.article("Returning lamps", RETURNS)
    begun = await counter.start("Which wine goes with fish?")
    await counter.work()
    (_, answer) = await counter.messages()
    assert answer == (
        "ASSISTANT",
        "I do not know that for certain, so I pass it on to a colleague at Lamps & Co.",
    )
    row = await counter.row("SELECT outcome, status, ended_at IS NOT NULL AS ended FROM agents.conversations")
    assert row == {"outcome": "ESCALATED", "status": "ACTIVE", "ended": True}
    assert [type_ for _, type_ in await counter.log()] == [
        *("STARTED", "MESSAGE_ADDED", "MESSAGE_ADDED", "OUTCOME_CHANGED", "ENDED"),
    ]
    again = await counter.ask(begun["conversation"]["id"], "And with meat?")
    assert [error["code"] for error in again["userErrors"]] == ["CONFLICT"]


async def test_an_agent_that_is_to_be_surer_hands_over_sooner(counter: Counter) -> None:
    await counter.article("Returning lamps", RETURNS)
    await counter.connection.execute("""UPDATE agents.agents SET configuration = '{"handOverBelow": 0.95}'""")
    await counter.start("How can I return a broken lamp?")
    await counter.work()
    assert (await counter.row("SELECT outcome FROM agents.conversations"))["outcome"] == "ESCALATED"


async def test_what_the_agent_was_taught_counts_as_long_as_it_holds(counter: Counter) -> None:
    about = {"agent_id": AGENT, "title": "Opening hours", "content": "We open at nine."}
    await counter.insert("agents.agent_knowledge_items", **about, source_url="https://lamps.example/hours")
    late = {**about, "title": "Opening hours in summer", "content": "We open at ten."}
    await counter.insert("agents.agent_knowledge_items", **late, valid_until=counter.now - timedelta(days=1))
    await counter.start("What are your opening hours?")
    await counter.work()
    (_, (_, answer)) = await counter.messages()
    assert answer == (
        "We open at nine.\n\nThis is from what I was taught about “Opening hours”.\n\nhttps://lamps.example/hours"
    )


async def test_of_much_that_the_agent_was_taught_what_is_nearest_answers(counter: Counter) -> None:
    many = " ".join(f"word{number}x" for number in range(1_000))
    taught = f"{many} Lamps are returned within 30 days. {' '.join(f'more{number}x' for number in range(120_000))}"
    assert len(taught) > 1_048_576  # what can be searched of a text at most
    given = {"agent_id": AGENT, "title": "Returning lamps", "content": taught}
    tags = [f"tag{number}x" for number in range(120_000)]
    await counter.insert("agents.agent_knowledge_items", **given, tags=tags)
    await counter.start("How can I return a lamp?")
    await counter.work()
    (_, (_, answer)) = await counter.messages()
    assert "within 30 days" in answer
    assert len(answer) < 2_000


async def test_a_prepared_answer_calls_people_by_their_names(counter: Counter) -> None:
    given = {"shortcut": "lost-parcel", "title": "Lost parcel", "content": "Sorry, {visitor}! {agent} will look."}
    await counter.insert("chat.canned_responses", business_id=SHOP, **given)
    await counter.start("My parcel is lost")
    await counter.work()
    (_, (_, answer)) = await counter.messages()
    assert answer == "Sorry, Ada! Lumi will look.\n\nThis is our prepared answer “Lost parcel”."


@pytest.mark.parametrize(
    ("who", "found"),
    {"anybody": ("", False), "a customer": ("CUSTOMER", False), "a member": ("STAFF", True)}.values(),
    ids=["anybody", "a customer", "a member"],
)
async def test_an_article_for_staff_answers_staff_alone(counter: Counter, who: str, found: bool) -> None:
    await counter.article("Discount limits", "Staff may give ten per cent.", visibility="STAFF")
    if who == "CUSTOMER":
        given = {"business_id": SHOP, "user_id": BEN, "email": "ben@x.example", "first_name": "Ben", "last_name": "K"}
        await counter.insert("customers.customers", **given)
    if who == "STAFF":
        await counter.insert("identity.memberships", business_id=SHOP, user_id=BEN, role="STAFF")
    await counter.start("What are the discount limits?", by=member("STAFF") if who == "STAFF" else customer(BEN))
    await counter.work()
    (_, (_, answer)) = await counter.messages()
    assert ("ten per cent" in answer) is found


async def test_who_left_the_staff_gets_what_everybody_gets(counter: Counter) -> None:
    await counter.article("Discount limits", "Staff may give ten per cent.", visibility="STAFF")
    await counter.start("What are the discount limits?", by=member("STAFF"))
    await counter.work()
    assert "ten per cent" not in str(await counter.messages())


@pytest.mark.parametrize("question", ["?", "the of and", "' \\ | & ! :* <->", "how do I"], ids=repr)
async def test_a_question_without_words_is_handed_over(counter: Counter, question: str) -> None:
    await counter.article("Returning lamps", RETURNS)
    await counter.start(question)
    await counter.work()
    assert (await counter.row("SELECT outcome FROM agents.conversations"))["outcome"] == "ESCALATED"


async def test_drafts_unpublished_and_deleted_articles_answer_nothing(counter: Counter) -> None:
    await counter.article("Returning lamps", RETURNS, status="DRAFT")
    await counter.article("Returning lamps now", RETURNS, deleted_at=counter.now)
    other = await counter.insert("business.businesses", name="Other", slug="other", type="RETAIL")
    await counter.article("Returning lamps there", RETURNS, business_id=other)
    await counter.start("How can I return a lamp?")
    await counter.work()
    assert "30 days" not in str(await counter.messages())


async def test_of_a_long_article_its_summary_answers(counter: Counter) -> None:
    long = "Lamps are fine things. " * 60
    await counter.article("Returning lamps", long, summary="Send it back within 30 days.")
    await counter.article("Cleaning shades", f"{long} Shades are cleaned with a soft brush. {long}")
    await counter.start("How can I return a lamp?")
    await counter.start("How are shades cleaned?")
    await counter.work()
    answers = [content for role, content in await counter.messages() if role == "ASSISTANT"]
    assert answers[0].startswith("Send it back within 30 days.")
    assert "soft brush" in answers[1]
    assert len(answers[1]) < 1_000
