"""What is written down, of the code and for people."""

from graph.access.words import CUSTOMERS, STAFF, VIEWER, own, public, readers, within

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
