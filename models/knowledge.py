"""What a business knows: its code bases, file by file, the articles people write, and what a search finds of both."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped

from models.base import Audited, Entity, SoftDelete, Timestamps, Versioned
from models.checks import at_least_zero, check, filled, in_order, percentage, positive, trigram
from models.columns import BigInt, Ratio, column, default, full_text, generated, key_to, state
from models.ddl import Searched, Tally


def _parts_of(name: str) -> str:
    """The words that an identifier or a path is put together from, which PostgreSQL takes for one."""
    return f"translate(regexp_replace({name}, '([a-z0-9])([A-Z])', '\\1 \\2', 'g'), '/\\.-_', '     ')"


def _keywords(name: str) -> str:
    return f"array_remove(string_to_array(lower({_parts_of(name)}), ' '), '')"


FILE_OWNER = "(SELECT f.business_id FROM knowledge.source_files AS f WHERE f.id = r.file_id)"


SourceFileType = Literal["PHP", "JS", "TS", "PY", "CSS", "HTML", "SQL", "MD", "JSON", "OTHER"]
SourceFunctionVisibility = Literal["PUBLIC", "PROTECTED", "PRIVATE"]
SourceClassKind = Literal["CLASS", "ABSTRACT", "INTERFACE", "TRAIT", "ENUM"]
FileRelationshipType = Literal["REQUIRES", "INCLUDES", "EXTENDS", "IMPLEMENTS", "USES"]
CodeComponentType = Literal["SERVICE", "LIBRARY", "MODULE", "WIDGET", "API", "CRON", "OTHER"]
CodeComponentStatus = Literal["PLANNED", "ACTIVE", "DEPRECATED"]
CodeInsightType = Literal["PATTERN", "ANTIPATTERN", "OPTIMIZATION", "SECURITY", "BUG_RISK", "OTHER"]
CodeInsightSeverity = Literal["CRITICAL", "HIGH", "MEDIUM", "LOW", "INFO"]
CodeInsightStatus = Literal["NEW", "ACKNOWLEDGED", "FIXED", "IGNORED"]
ArticleType = Literal["GUIDE", "TUTORIAL", "REFERENCE", "FAQ", "TROUBLESHOOTING", "OTHER"]
ArticleStatus = Literal["DRAFT", "IN_REVIEW", "PUBLISHED", "ARCHIVED"]
ArticleVisibility = Literal["PUBLIC", "CUSTOMERS", "STAFF"]
KnowledgeChangeType = Literal[
    "FILE_ADDED",
    "FILE_MODIFIED",
    "FILE_DELETED",
    "FUNCTION_ADDED",
    "FUNCTION_MODIFIED",
    "FUNCTION_DELETED",
    "ARTICLE_ADDED",
    "ARTICLE_MODIFIED",
    "ARTICLE_DELETED",
    "OTHER",
]


class SourceFile(Entity, Timestamps):
    """A file of a business's code base: what it defines, needs and measures."""

    __table_args__ = (
        trigram("source_files", "file_path"),
        *at_least_zero("lines_of_code", "complexity_score", "size_bytes", "function_count", "class_count"),
    )
    indexes = ("module",)
    natural_key = ("business_id", "file_path")
    searched = Searched("r.business_id", "'STAFF'", "r.file_path", "concat_ws(' ', r.module, r.description)", _keywords("r.file_path"))

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Whose code it is.")
    component_id: Mapped[UUID | None] = key_to("knowledge.code_components", "SET NULL", "The component it is part of.", "files")
    file_path: Mapped[str] = column("Where it is in the code base; unique in the business.", filled(500))
    type: Mapped[SourceFileType] = state(SourceFileType, "In which language it is written.", index=True)
    module: Mapped[str | None] = column("The part of the code base it is filed under.")
    description: Mapped[str | None] = column("What it is for, in a sentence or two.")
    lines_of_code: Mapped[int | None] = column("How many lines it has, blank ones and comments aside.")
    complexity_score: Mapped[int | None] = column("How many ways lead through it: its cyclomatic complexity.")
    size_bytes: Mapped[BigInt | None] = column("Its size in bytes.")
    content_hash: Mapped[str | None] = column("SHA-256 of its content, by which a scan sees that it changed.")
    function_count: Mapped[int] = default("0", "How many functions it defines; kept by trigger.")
    class_count: Mapped[int] = default("0", "How many classes it defines; kept by trigger.")
    last_modified_at: Mapped[datetime | None] = column("When it was last changed.", index=True)
    last_scanned_at: Mapped[datetime] = default("now()", "When it was last looked through.")
    search_vector: Mapped[str] = full_text("simple", _parts_of("file_path"), "file_path", "module", "description")


class SourceFunction(Entity, Timestamps):
    """A function or method found in a source file."""

    __table_args__ = (trigram("source_functions", "name"), *at_least_zero("complexity"), in_order("line_start", "line_end"))
    indexes = ("name", "complexity")
    natural_key = ("file_id", "name", "line_start")
    searched = Searched(FILE_OWNER, "'STAFF'", "r.name", "r.description", _keywords("r.name"))
    tallies = (Tally("count_source_functions", "file_id", "knowledge.source_files", {"function_count": "1"}),)

    file_id: Mapped[UUID] = key_to("knowledge.source_files", "CASCADE", "In which file.", "functions")
    class_id: Mapped[UUID | None] = key_to("knowledge.source_classes", "CASCADE", "The class whose method it is.", "methods")
    name: Mapped[str] = column("What it is called.", filled(255))
    visibility: Mapped[SourceFunctionVisibility] = state(SourceFunctionVisibility, "From where it may be called.", "PUBLIC")
    parameters: Mapped[list[dict[str, Any]]] = default("'[]'", "Its parameters in order: name, type, default.")
    return_type: Mapped[str | None] = column("The type of what it returns.")
    description: Mapped[str | None] = column("What it does.")
    complexity: Mapped[int | None] = column("How many ways lead through it: its cyclomatic complexity.")
    line_start: Mapped[int | None] = column("The first of its lines, from 1.", positive)
    line_end: Mapped[int | None] = column("The last of its lines.")
    calls_functions: Mapped[list[str]] = default("'{}'", "Names of the functions it calls.")
    called_by: Mapped[list[str]] = default("'{}'", "Names of the functions that call it; kept by the scan.")
    last_analyzed_at: Mapped[datetime] = default("now()", "When it was last analysed.")
    search_vector: Mapped[str] = full_text("simple", "name", _parts_of("name"), "description")


class SourceClass(Entity, Timestamps):
    """A class, interface or the like found in a source file."""

    __table_args__ = (trigram("source_classes", "name"), in_order("line_start", "line_end"))
    indexes = ("name", "namespace")
    natural_key = ("file_id", "namespace", "name")
    searched = Searched(FILE_OWNER, "'STAFF'", "r.name", "concat_ws(' ', r.namespace, r.description)", _keywords("r.name"))
    tallies = (Tally("count_source_classes", "file_id", "knowledge.source_files", {"class_count": "1"}),)

    file_id: Mapped[UUID] = key_to("knowledge.source_files", "CASCADE", "In which file.", "classes")
    parent_id: Mapped[UUID | None] = key_to(
        "knowledge.source_classes", "SET NULL", "The class it extends, if that is in the code base too.", "children"
    )
    name: Mapped[str] = column("What it is called, without its namespace.", filled(255))
    kind: Mapped[SourceClassKind] = state(SourceClassKind, "What kind of class it is.", "CLASS")
    namespace: Mapped[str | None] = column("The namespace or module it is in.")
    extends: Mapped[str | None] = column("Name of the class it extends, as written.")
    implements: Mapped[list[str]] = default("'{}'", "Names of the interfaces it implements.")
    properties: Mapped[list[dict[str, Any]]] = default("'[]'", "Its properties: name, type, visibility, default.")
    description: Mapped[str | None] = column("What it is for.")
    line_start: Mapped[int | None] = column("The first of its lines, from 1.", positive)
    line_end: Mapped[int | None] = column("The last of its lines.")
    last_analyzed_at: Mapped[datetime] = default("now()", "When it was last analysed.")
    search_vector: Mapped[str] = full_text("simple", "name", _parts_of("name"), "namespace", "description")


class FileRelationship(Entity, Timestamps):
    """That one source file needs another, how and how much."""

    __table_args__ = (check("target_file_id", "is_another", "target_file_id <> source_file_id", "must be another file"),)
    natural_key = ("source_file_id", "target_file_id", "type")
    between = (
        ("source_file_id", "depends_on", "The files that it refers to."),
        ("target_file_id", "needed_by", "The files that refer to it."),
    )

    source_file_id: Mapped[UUID] = key_to(
        "knowledge.source_files", "CASCADE", "The file that needs the other.", "dependencies", "The files it needs."
    )
    target_file_id: Mapped[UUID] = key_to(
        "knowledge.source_files", "CASCADE", "The file that is needed.", "used_by", "The files that need it."
    )
    type: Mapped[FileRelationshipType] = state(FileRelationshipType, "How it needs it.", index=True)
    strength: Mapped[int] = default("1", "How tightly they are coupled: in how many places the one names the other.", positive)


class CodeComponent(Entity, Timestamps, Versioned, Audited):
    """A building block of a code base, like a service, a library or a nightly job."""

    natural_key = ("business_id", "name")
    searched = Searched("r.business_id", "'STAFF'", "r.name", "r.description", _keywords("r.name"))

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Whose code it is.")
    owner_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "Who answers for it.")
    name: Mapped[str] = column("What it is called; unique in the business.", filled(255))
    type: Mapped[CodeComponentType] = state(CodeComponentType, "What kind of building block it is.", index=True)
    description: Mapped[str | None] = column("What it does.")
    status: Mapped[CodeComponentStatus] = state(CodeComponentStatus, "Whether it should be built upon.", "ACTIVE", index=True)
    dependencies: Mapped[list[str]] = default("'{}'", "Names of the components it needs.")
    documentation_url: Mapped[str | None] = column("Where it is described.")
    search_vector: Mapped[str] = full_text("english", "name", "description")


class CodeInsight(Entity, Timestamps):
    """Something an AI agent found in the code: a pattern, a risk, a chance to do better."""

    __table_args__ = (
        Index("ix_code_insights_affected_files", "affected_files", postgresql_using="gin"),
        in_order("discovered_at", "resolved_at"),
        check(
            "resolved_at",
            "fits_status",
            "(status IN ('FIXED', 'IGNORED')) = (resolved_at IS NOT NULL)",
            "must be given exactly when it is fixed or ignored",
        ),
    )
    indexes = (("business_id", "discovered_at"),)

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "About whose code.")
    file_id: Mapped[UUID | None] = key_to("knowledge.source_files", "SET NULL", "The file it is chiefly about.", "insights")
    agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "The AI agent that found it.")
    assigned_to_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "Who is to deal with it.", "code_insights_assigned")
    type: Mapped[CodeInsightType] = state(CodeInsightType, "What was found.", index=True)
    severity: Mapped[CodeInsightSeverity] = state(CodeInsightSeverity, "How much it matters.", "INFO", index=True)
    title: Mapped[str] = column("What was found, in one line.", filled(255))
    description: Mapped[str | None] = column("What was found, in full.")
    recommendation: Mapped[str | None] = column("What to do about it.")
    affected_files: Mapped[list[str]] = default("'{}'", "Paths of all files it concerns.")
    confidence: Mapped[Ratio | None] = column("How sure the agent is, in per cent.", percentage)
    status: Mapped[CodeInsightStatus] = state(CodeInsightStatus, "What people did about it.", "NEW", index=True)
    discovered_at: Mapped[datetime] = default("now()", "When it was found.")
    resolved_at: Mapped[datetime | None] = column("When it was fixed or ignored.")
    search_vector: Mapped[str] = full_text("english", "title", "description", "recommendation")


class Article(Entity, Timestamps, SoftDelete, Versioned, Audited):
    """A guide, an answer or another text that helps customers or staff."""

    __table_args__ = (
        Index("uq_articles_business_id_slug", "business_id", "slug", unique=True, postgresql_where=text("deleted_at IS NULL")),
        Index("ix_articles_tags", "tags", postgresql_using="gin"),
        trigram("articles", "title"),
        check(
            "published_at",
            "is_given",
            "status <> 'PUBLISHED' OR published_at IS NOT NULL AND content IS NOT NULL",
            "must be given, with the content, once published",
        ),
        *at_least_zero("view_count", "helpful_count", "unhelpful_count"),
    )
    indexes = (("business_id", "status", "published_at"), "category")
    natural_key = ("business_id", "slug")
    searched = Searched(
        "r.business_id",
        "r.visibility",
        "r.title",
        "concat_ws(' ', r.summary, r.content)",
        "r.tags",
        condition="r.status = 'PUBLISHED' AND r.deleted_at IS NULL",
    )

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Whose article it is.")
    author_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "Who wrote it.")
    agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "The AI agent that drafts and tends it.")
    type: Mapped[ArticleType] = state(ArticleType, "What kind of help it gives.", index=True)
    title: Mapped[str] = column("What it is about, in one line.", filled(255))
    slug: Mapped[str] = column("Its name in addresses, unique in the business.")
    summary: Mapped[str | None] = column("What it says, in two or three sentences.")
    content: Mapped[str | None] = column("Its text, in Markdown.")
    category: Mapped[str | None] = column("What readers find it under, like Delivery.")
    tags: Mapped[list[str]] = default("'{}'", "Words it is found by.")
    related_components: Mapped[list[str]] = default("'{}'", "Names of the code components it is about.")
    language: Mapped[str] = default("'en'", "BCP 47 tag of its language.")
    status: Mapped[ArticleStatus] = state(ArticleStatus, "How far it is.", "DRAFT", index=True)
    visibility: Mapped[ArticleVisibility] = state(ArticleVisibility, "Who may read it, once published.", "STAFF")
    published_at: Mapped[datetime | None] = column("When it was first published.")
    reviewed_at: Mapped[datetime | None] = column("When somebody last made sure that it still holds.")
    view_count: Mapped[int] = default("0", "How often it was read; kept by the worker.")
    last_viewed_at: Mapped[datetime | None] = column("When it was last read; kept by the worker.")
    helpful_count: Mapped[int] = default("0", "How many readers said it helped; kept by the worker.")
    unhelpful_count: Mapped[int] = default("0", "How many readers said it did not help; kept by the worker.")
    helpful_percent: Mapped[Ratio | None] = generated(
        "round(100.0 * helpful_count / nullif(helpful_count + unhelpful_count, 0), 2)",
        "Of the readers who said so, how many per cent it helped; null if none did.",
    )
    search_vector: Mapped[str] = full_text("english", "title", "tags[]", "summary", "content")


class SearchEntry(Entity):
    """What a search over all knowledge finds of one file, function, class, component or article; kept by trigger."""

    natural_key = ("entity_type", "entity_id")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Whose knowledge it is.")
    entity_type: Mapped[str] = column("What kind of thing it stands for, like Article.", filled(50))
    entity_id: Mapped[UUID] = column("Which one of them.")
    visibility: Mapped[ArticleVisibility] = state(ArticleVisibility, "Who may find it.", "STAFF", index=True)
    title: Mapped[str] = column("What it is called.")
    content: Mapped[str | None] = column("The text that is searched.")
    keywords: Mapped[list[str]] = default("'{}'", "Further words it is found by, in small letters.")
    last_indexed_at: Mapped[datetime] = default("now()", "When it was last brought up to date.")
    search_vector: Mapped[str] = full_text("english", "title", "keywords[]", "content")


class KnowledgeChange(Entity):
    """A change of a source file, a function or an article, in the log of all of them."""

    indexes = (("business_id", "changed_at"), ("entity_type", "entity_id"), "changed_at")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "In whose knowledge.")
    changed_by_id: Mapped[UUID | None] = key_to("identity.users", "SET NULL", "Who changed it, if a person did.")
    agent_id: Mapped[UUID | None] = key_to("agents.agents", "SET NULL", "The AI agent that changed or found it.")
    type: Mapped[KnowledgeChangeType] = state(KnowledgeChangeType, "What became of it.", index=True)
    entity_type: Mapped[str | None] = column("What kind of thing changed, like SourceFile.")
    entity_id: Mapped[UUID | None] = column("Which one of them.")
    file_path: Mapped[str | None] = column("Where its file was at that time.")
    changes: Mapped[dict[str, Any]] = default("'{}'", "What changed: by name, the old and the new value.")
    changed_at: Mapped[datetime] = default("now()", "When it changed.")


class KnowledgeStatistic(Entity, Timestamps):
    """How much a business knows at the end of a day, and how it was used; kept by the worker."""

    __table_args__ = (
        *at_least_zero("file_count", "function_count", "class_count", "lines_of_code", "complexity_average"),
        *at_least_zero("component_count", "open_insight_count", "article_count", "article_view_count", "search_count"),
    )
    indexes = ("day",)
    natural_key = ("business_id", "day")

    business_id: Mapped[UUID] = key_to("business.businesses", "CASCADE", "Whose knowledge.")
    day: Mapped[date] = column("The day in UTC.")
    file_count: Mapped[int] = default("0", "How many source files there were.")
    function_count: Mapped[int] = default("0", "How many functions they defined.")
    class_count: Mapped[int] = default("0", "How many classes they defined.")
    lines_of_code: Mapped[BigInt] = default("0", "How many lines of code they had.")
    complexity_average: Mapped[Ratio | None] = column("Mean cyclomatic complexity of their functions.")
    component_count: Mapped[int] = default("0", "How many code components there were.")
    open_insight_count: Mapped[int] = default("0", "How many findings were neither fixed nor ignored.")
    article_count: Mapped[int] = default("0", "How many articles were published.")
    article_view_count: Mapped[int] = default("0", "How often articles were read that day.")
    search_count: Mapped[int] = default("0", "How often people searched that day.")
    most_viewed_articles: Mapped[list[dict[str, Any]]] = default("'[]'", "The articles read most that day: slug, title and views.")
