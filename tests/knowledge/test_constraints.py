"""What the tables of knowledge refuse, and what goes with a row that is removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.models.constraints import Refused, refuses

if TYPE_CHECKING:
    from tests.models.constraints import Connection

REFUSED = [
    Refused(
        "one file of a code base twice",
        "UPDATE knowledge.source_files SET file_path = 'index.php'",
        "uq_source_files_business_id_file_path",
        "filePath is already taken by another source file with the same business",
    ),
    Refused(
        "one function twice on a line",
        "INSERT INTO knowledge.source_functions (file_id, name, line_start) "
        "SELECT file_id, name, line_start FROM knowledge.source_functions",
        "uq_source_functions_file_id_name_line_start",
        "lineStart is already taken by another source function with the same file and name",
    ),
    Refused(
        "one function twice on a line that nobody knows",
        "INSERT INTO knowledge.source_functions (file_id, name) "
        "SELECT id, 'main' FROM knowledge.source_files, generate_series(1, 2)",
        "uq_source_functions_file_id_name_line_start",
        "lineStart is already taken by another source function with the same file and name",
    ),
    Refused(
        "a function that ends before it begins",
        "UPDATE knowledge.source_functions SET line_end = line_start - 1",
        "ck_source_functions_line_end_not_before_line_start",
        "lineEnd must not be before line start",
    ),
    Refused(
        "one class twice in a file",
        "INSERT INTO knowledge.source_classes (file_id, namespace, name) "
        "SELECT file_id, namespace, name FROM knowledge.source_classes",
        "uq_source_classes_file_id_namespace_name",
        "name is already taken by another source class with the same file and namespace",
    ),
    Refused(
        "a class that extends itself",
        "UPDATE knowledge.source_classes SET parent_id = id",
        "ck_source_classes_parent_id_is_another",
        "parentId must name another row",
    ),
    Refused(
        "a file that needs itself",
        "UPDATE knowledge.file_relationships SET target_file_id = source_file_id",
        "ck_file_relationships_target_file_id_is_another",
        "targetFileId must be another file",
    ),
    Refused(
        "a need that is noted twice",
        "INSERT INTO knowledge.file_relationships (source_file_id, target_file_id, type) "
        "SELECT source_file_id, target_file_id, type FROM knowledge.file_relationships",
        "uq_file_relationships_source_file_id_target_file_id_type",
        "type is already taken by another file relationship with the same source file and target file",
    ),
    Refused(
        "two components of one name in a code base",
        "UPDATE knowledge.code_components SET name = 'Component'",
        "uq_code_components_business_id_name",
        "name is already taken by another code component with the same business",
    ),
    Refused(
        "a finding that was fixed at no time",
        "UPDATE knowledge.code_insights SET resolved_at = NULL WHERE status = 'FIXED'",
        "ck_code_insights_resolved_at_fits_status",
        "resolvedAt must be given exactly when it is fixed or ignored",
    ),
    Refused(
        "a finding that was fixed before it was found",
        "UPDATE knowledge.code_insights SET resolved_at = discovered_at - interval '1 day' WHERE status = 'FIXED'",
        "ck_code_insights_resolved_at_not_before_discovered_at",
        "resolvedAt must not be before discovered at",
    ),
    Refused(
        "two articles of one slug in a business",
        "UPDATE knowledge.articles SET slug = 'help' WHERE deleted_at IS NULL",
        "uq_articles_business_id_slug",
        "slug is already taken by another article with the same business",
    ),
    Refused(
        "an article that was published at no time",
        "UPDATE knowledge.articles SET published_at = NULL WHERE status = 'PUBLISHED'",
        "ck_articles_published_at_is_given",
        "publishedAt must be given, with the content, once published",
    ),
    Refused(
        "an article that was published empty",
        "UPDATE knowledge.articles SET content = NULL WHERE status = 'PUBLISHED'",
        "ck_articles_published_at_is_given",
        "publishedAt must be given, with the content, once published",
    ),
    Refused(
        "two search entries of one thing",
        "INSERT INTO knowledge.search_entries (business_id, entity_type, entity_id, title) "
        "SELECT business_id, entity_type, entity_id, title FROM knowledge.search_entries",
        "uq_search_entries_entity_type_entity_id",
        "entityId is already taken by another search entry with the same entity type",
    ),
    Refused(
        "one day of a code base twice",
        "INSERT INTO knowledge.knowledge_statistics (business_id, day) "
        "SELECT business_id, day FROM knowledge.knowledge_statistics",
        "uq_knowledge_statistics_business_id_day",
        "day is already taken by another knowledge statistic with the same business",
    ),
]

FOUND = "SELECT count(*) FROM knowledge.search_entries WHERE entity_id = $1"


@pytest.mark.parametrize("case", REFUSED, ids=str)
async def test_it_refuses(sample: Connection, case: Refused) -> None:
    await refuses(sample, case)


async def test_two_businesses_have_articles_of_one_slug(sample: Connection) -> None:
    slugs = "SELECT count(*) FROM knowledge.articles WHERE slug = 'sending-something-back'"
    assert await sample.fetchval(slugs) > 1


async def test_a_deleted_article_makes_room_for_its_slug(sample: Connection) -> None:
    key = await sample.fetchval("SELECT id FROM knowledge.articles WHERE deleted_at IS NULL LIMIT 1")
    await sample.execute("UPDATE knowledge.articles SET deleted_at = now() WHERE id = $1", key)
    again = "INSERT INTO knowledge.articles (business_id, type, title, slug) SELECT business_id, type, title, slug"
    assert await sample.execute(f"{again} FROM knowledge.articles WHERE id = $1", key) == "INSERT 0 1"


async def test_a_file_takes_its_functions_and_classes_along_and_leaves_its_findings(sample: Connection) -> None:
    key = await sample.fetchval("SELECT file_id FROM knowledge.source_functions WHERE class_id IS NOT NULL LIMIT 1")
    findings = await sample.fetchval("SELECT count(*) FROM knowledge.code_insights")
    await sample.execute("UPDATE knowledge.code_insights SET file_id = $1", key)
    await sample.execute("DELETE FROM knowledge.source_files WHERE id = $1", key)
    for table, column in (
        ("source_functions", "file_id"),
        ("source_classes", "file_id"),
        ("file_relationships", "source_file_id"),
        ("file_relationships", "target_file_id"),
    ):
        assert await sample.fetchval(f"SELECT count(*) FROM knowledge.{table} WHERE {column} = $1", key) == 0
    assert await sample.fetchval("SELECT count(*) FROM knowledge.code_insights WHERE file_id IS NULL") == findings


async def test_a_component_leaves_its_files(sample: Connection) -> None:
    files = await sample.fetchval("SELECT count(*) FROM knowledge.source_files")
    await sample.execute("DELETE FROM knowledge.code_components")
    left = "SELECT count(*) FROM knowledge.source_files WHERE component_id IS NULL"
    assert await sample.fetchval(left) == files


async def test_a_parent_leaves_the_classes_that_extend_it(sample: Connection) -> None:
    row = await sample.fetchrow("SELECT * FROM knowledge.source_classes WHERE parent_id IS NOT NULL LIMIT 1")
    assert row is not None
    await sample.execute("DELETE FROM knowledge.source_classes WHERE id = $1", row["parent_id"])
    found = await sample.fetchrow("SELECT parent_id, extends FROM knowledge.source_classes WHERE id = $1", row["id"])
    assert found is not None
    assert (found["parent_id"], found["extends"]) == (None, row["extends"])


async def test_functions_are_counted_in_their_files(sample: Connection) -> None:
    counted = "SELECT function_count FROM knowledge.source_files WHERE id = $1"
    key = await sample.fetchval("SELECT id FROM knowledge.source_files LIMIT 1")
    before = await sample.fetchval(counted, key)
    await sample.execute(
        "INSERT INTO knowledge.source_functions (file_id, name, line_start) VALUES ($1, 'a', 1), ($1, 'b', 2)", key
    )
    assert await sample.fetchval(counted, key) == before + 2
    await sample.execute("DELETE FROM knowledge.source_functions WHERE file_id = $1", key)
    assert await sample.fetchval(counted, key) == 0


async def test_a_search_finds_what_is_published_only(sample: Connection) -> None:
    key = await sample.fetchval(
        "SELECT id FROM knowledge.articles WHERE status = 'PUBLISHED' AND deleted_at IS NULL LIMIT 1"
    )
    assert await sample.fetchval(FOUND, key) == 1
    await sample.execute("UPDATE knowledge.articles SET status = 'ARCHIVED' WHERE id = $1", key)
    assert await sample.fetchval(FOUND, key) == 0
    await sample.execute("UPDATE knowledge.articles SET status = 'PUBLISHED', title = 'Quince jam' WHERE id = $1", key)
    words = (
        "SELECT entity_id FROM knowledge.search_entries WHERE search_vector @@ plainto_tsquery('english', 'quinces')"
    )
    assert await sample.fetchval(words) == key
    await sample.execute("DELETE FROM knowledge.articles WHERE id = $1", key)
    assert await sample.fetchval(FOUND, key) == 0


@pytest.mark.parametrize("words", ["escrow", "repository", "escrowRepository", "findEscrow"])
async def test_code_is_found_by_whole_names_and_by_their_parts(sample: Connection, words: str) -> None:
    find = (
        "SELECT (SELECT count(*) FROM knowledge.source_files WHERE search_vector @@ plainto_tsquery('simple', $1)) "
        "+ (SELECT count(*) FROM knowledge.source_classes WHERE search_vector @@ plainto_tsquery('simple', $1)) "
        "+ (SELECT count(*) FROM knowledge.source_functions WHERE search_vector @@ plainto_tsquery('simple', $1))"
    )
    assert await sample.fetchval(find, words) > 0


async def test_an_article_says_how_many_it_helped(sample: Connection) -> None:
    update = (
        "UPDATE knowledge.articles SET helpful_count = $1, unhelpful_count = $2 "
        "WHERE id = (SELECT id FROM knowledge.articles LIMIT 1) RETURNING helpful_percent::text"
    )
    assert await sample.fetchval(update, 6, 2) == "75.00"
    assert await sample.fetchval(update, 0, 0) is None
