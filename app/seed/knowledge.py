"""What the businesses of the sample data know: articles, and how much of everything there was day by day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.seed.catalog import sluggish
from app.seed.code import CHANGE, Codebase, code_of, make_code
from app.seed.world import Dice, Row, Scale, World, table_of

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
DAYS = {Scale.SMALL: 28, Scale.MEDIUM: 365, Scale.LARGE: 1060}
"""For how many days back there are figures."""
UNFINISHED = ("DRAFT", "IN_REVIEW", "ARCHIVED")
"""What every fifth article is."""
GONE = 37
"""Every so manieth article was deleted."""
STATISTIC = (
    *("id", "created_at", "updated_at", "business_id", "day", "file_count", "function_count", "class_count"),
    *("lines_of_code", "complexity_average", "component_count", "open_insight_count", "article_count"),
    *("article_view_count", "search_count", "most_viewed_articles"),
)


def make_knowledge(world: World) -> Iterator[None]:
    """The code bases, the articles, and their figures; what a search finds of them is kept by the database."""
    dice, data = world.dice("knowledge"), table_of("knowledge")
    codebases = [code_of(world, given) for given in data["codebase"]]
    yield from make_code(world, world.dice("code"), data, codebases)
    yield from _articles(world, dice, data, {code.row["slug"]: code for code in codebases})
    for code in codebases:
        yield from _statistics(world, dice, code)


def _articles(world: World, dice: Dice, data: dict[str, Any], codebases: dict[str, Codebase]) -> Iterator[None]:
    """Every article for each business of its group; those about components, for some of these."""
    businesses = {row["slug"]: row for row in world.kept["business.businesses"]}
    members: dict[UUID, list[Row]] = {row["id"]: [] for row in businesses.values()}
    for member in world.kept["identity.memberships"]:
        if member["role"] != "VIEWER":
            members[member["business_id"]].append(member)
    number = 0
    for given in data["article"]:
        for slug in data["groups"][given["group"]]:
            code = codebases.get(slug)
            about = code.components[:2] if code and "{component}" in given["title"] else [None]
            for component in about:
                number += 1
                _article(world, dice, given, businesses[slug], members[businesses[slug]["id"]], component, number)
        yield


def _article(
    world: World, dice: Dice, given: dict[str, Any], business: Row, members: list[Row], about: Row | None, number: int
) -> None:
    fill = {"component": about["name"], "description": about["description"]} if about else {}
    title, content = (given[key].format_map(fill) if about else given[key] for key in ("title", "content"))
    author = dice.pick(members)
    at = max(dice.between(world.start, world.now - 200 * DAY), author["joined_at"]) + DAY
    status = UNFINISHED[number // 5 % 3] if number % 5 == 0 else "PUBLISHED"
    published = at + dice.wait(DAY, 20 * DAY) if status in ("PUBLISHED", "ARCHIVED") else None
    last = max(published or at, dice.between(at, world.now - 2 * DAY))
    views = dice.number(20, 2400) if published else 0
    helpful = views * dice.number(2, 9) // 100
    row = world.add(
        "knowledge.articles",
        dice,
        at,
        business_id=business["id"],
        author_id=author["user_id"],
        agent_id=_agent(world, dice, business) if dice.chance(30) else None,
        title=title,
        slug=sluggish(title),
        content=content,
        **{key: given[key] for key in ("type", "summary", "category", "tags", "visibility")},
        related_components=[about["name"]] if about else [],
        status=status,
        published_at=published,
        reviewed_at=last if published and dice.chance(60) else None,
        view_count=views,
        last_viewed_at=dice.between(last, world.now) if views else None,
        helpful_count=helpful,
        unhelpful_count=helpful * dice.number(0, 40) // 100,
        created_by_id=author["user_id"],
        updated_by_id=author["user_id"],
        deleted_at=last if number % GONE == 0 else None,
        updated_at=last,
    )
    _log(world, dice, row, author["user_id"])


def _agent(world: World, dice: Dice, business: Row) -> UUID | None:
    agents = [agent for agent in world.kept["agents.agents"] if agent["business_id"] == business["id"]]
    return dice.pick(agents)["id"] if agents else None


def _log(world: World, dice: Dice, row: Row, author: UUID) -> None:
    """What became of an article."""
    put = world.bulk("knowledge.knowledge_changes", *CHANGE)
    steps: list[tuple[datetime, str, Row]] = [(row["created_at"], "ADDED", {"title": [None, row["title"]]})]
    if row["published_at"]:
        steps.append((row["published_at"], "MODIFIED", {"status": ["DRAFT", "PUBLISHED"]}))
    if row["deleted_at"]:
        steps.append((row["deleted_at"], "DELETED", {}))
    elif row["status"] == "ARCHIVED":
        steps.append((row["updated_at"], "MODIFIED", {"status": ["PUBLISHED", "ARCHIVED"]}))
    for at, kind, changes in steps:
        about = (row["business_id"], author, None, f"ARTICLE_{kind}", "Article", row["id"], None)
        put((dice.id_at(at), *about, changes, at))


def _statistics(world: World, dice: Dice, code: Codebase) -> Iterator[None]:
    """What there was at the end of each day; what was read and looked for, less at weekends."""
    put = world.bulk("knowledge.knowledge_statistics", *STATISTIC)
    articles = [row for row in world.kept["knowledge.articles"] if row["business_id"] == code.row["id"]]
    insights = [row for row in world.kept["knowledge.code_insights"] if row["business_id"] == code.row["id"]]
    for k in range(DAYS[world.scale], 0, -1):
        midnight = world.now - (k - 1) * DAY
        day = (midnight - DAY).date()
        quiet = 4 if day.weekday() > 4 else 1
        shown = [row for row in articles if _is_shown(row, midnight)]
        views = Counter({row["slug"]: dice.number(0, 18) // quiet for row in shown})
        most = [{"slug": slug, "title": _title(shown, slug), "views": n} for slug, n in views.most_common(3) if n]
        at = min(midnight + timedelta(minutes=20), world.now)
        counts = (*code.counts_at(midnight), _are_open(insights, midnight), len(shown), views.total())
        put((dice.id_at(at), at, at, code.row["id"], day, *counts, dice.number(6, 60) // quiet, most))
        if k % 50 == 0:
            yield
    yield


def _is_shown(row: Row, at: datetime) -> bool:
    gone = row["deleted_at"] or (row["updated_at"] if row["status"] == "ARCHIVED" else None)
    return bool(row["published_at"]) and row["published_at"] < at and not (gone and gone < at)


def _title(articles: list[Row], slug: str) -> str:
    return next(str(row["title"]) for row in articles if row["slug"] == slug)


def _are_open(insights: list[Row], at: datetime) -> int:
    """How many of `insights` nobody had dealt with."""
    return sum(row["discovered_at"] < at and not (row["resolved_at"] and row["resolved_at"] < at) for row in insights)
