"""What is written down, of the code and for people."""

from graph.access.words import CUSTOMERS, MANAGER, STAFF, VIEWER, own, public, readers, within, writers

READERS = {
    "Article": readers(
        public(status="PUBLISHED", visibility="PUBLIC", deleted_at=None)
        | CUSTOMERS & public(status="PUBLISHED", visibility="CUSTOMERS", deleted_at=None)
        | own("author_id")
        | VIEWER,
        status=own("author_id") | VIEWER,
    ),
    "SearchEntry": readers(public(visibility="PUBLIC") | CUSTOMERS & public(visibility="CUSTOMERS") | STAFF),
    "CodeComponent": readers(STAFF),
    "CodeInsight": readers(STAFF),
    "KnowledgeChange": readers(STAFF),
    "KnowledgeStatistic": readers(STAFF),
    "SourceFile": readers(STAFF),
    "SourceClass": readers(within("file")),
    "SourceFunction": readers(within("file")),
    "FileRelationship": readers(within("sourceFile")),
}

WRITERS = {
    "Article": writers(STAFF, delete=MANAGER, kept="view_count last_viewed_at helpful_count unhelpful_count"),
    "CodeComponent": writers(STAFF, delete=MANAGER),
    "CodeInsight": writers(
        None,
        STAFF,
        MANAGER,
        kept="file_id agent_id type title description recommendation affected_files confidence status discovered_at "
        "resolved_at",
    ),
    "SourceFile": writers(
        None,
        STAFF,
        None,
        kept="file_path type lines_of_code complexity_score size_bytes content_hash function_count class_count "
        "last_modified_at last_scanned_at",
    ),
}
NOT_WRITTEN = {
    "SearchEntry": "kept by trigger",
    "KnowledgeChange": "a log",
    "KnowledgeStatistic": "kept by the worker",
    "SourceClass": "found by the scan",
    "SourceFunction": "found by the scan",
    "FileRelationship": "found by the scan",
}
