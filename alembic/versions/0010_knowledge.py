"""Source code as knowledge, articles, and the search over everything."""

from alembic import op

revision = "0010_knowledge"
down_revision = "0009_chat"

SEARCHED = {
    "knowledge.articles": (
        "Article",
        "r.business_id, r.visibility, r.title, concat_ws(' ', r.summary, r.content), r.tags",
        "r.status = 'PUBLISHED' AND r.deleted_at IS NULL",
    ),
    "knowledge.code_components": (
        "CodeComponent",
        "r.business_id, 'STAFF', r.name, r.description, array_remove(string_to_array(lower(translate(regexp_replace(r.name, '([a-z0-9])([A-Z])', '\\1 \\2', 'g'), '/\\.-_', '     ')), ' '), '')",
        "true",
    ),
    "knowledge.source_classes": (
        "SourceClass",
        "(SELECT f.business_id FROM knowledge.source_files AS f WHERE f.id = r.file_id), 'STAFF', r.name, concat_ws(' ', r.namespace, r.description), array_remove(string_to_array(lower(translate(regexp_replace(r.name, '([a-z0-9])([A-Z])', '\\1 \\2', 'g'), '/\\.-_', '     ')), ' '), '')",
        "true",
    ),
    "knowledge.source_files": (
        "SourceFile",
        "r.business_id, 'STAFF', r.file_path, concat_ws(' ', r.module, r.description), array_remove(string_to_array(lower(translate(regexp_replace(r.file_path, '([a-z0-9])([A-Z])', '\\1 \\2', 'g'), '/\\.-_', '     ')), ' '), '')",
        "true",
    ),
    "knowledge.source_functions": (
        "SourceFunction",
        "(SELECT f.business_id FROM knowledge.source_files AS f WHERE f.id = r.file_id), 'STAFF', r.name, r.description, array_remove(string_to_array(lower(translate(regexp_replace(r.name, '([a-z0-9])([A-Z])', '\\1 \\2', 'g'), '/\\.-_', '     ')), ' '), '')",
        "true",
    ),
}
TOUCHED = (
    "knowledge.articles",
    "knowledge.code_components",
    "knowledge.code_insights",
    "knowledge.file_relationships",
    "knowledge.knowledge_statistics",
    "knowledge.source_classes",
    "knowledge.source_files",
    "knowledge.source_functions",
)
COUNTED = (
    ("knowledge.source_classes", "count_source_classes"),
    ("knowledge.source_functions", "count_source_functions"),
)
TRANSITIONS = (
    ("insert", "NEW TABLE AS added"),
    ("update", "OLD TABLE AS removed NEW TABLE AS added"),
    ("delete", "OLD TABLE AS removed"),
)

UPGRADE = (
    "CREATE SCHEMA knowledge",
    """
    CREATE TABLE knowledge.code_components (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        owner_id uuid,
        name text NOT NULL,
        type text NOT NULL,
        description text,
        status text DEFAULT 'ACTIVE' NOT NULL,
        dependencies text[] DEFAULT '{}' NOT NULL,
        documentation_url text,
        search_vector tsvector GENERATED ALWAYS AS (setweight(to_tsvector('english', coalesce(name, '')), 'A') || setweight(to_tsvector('english', coalesce(description, '')), 'B')) STORED NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        created_by_id uuid,
        updated_by_id uuid,
        CONSTRAINT pk_code_components PRIMARY KEY (id),
        CONSTRAINT ck_code_components_name_length CHECK (length(name) BETWEEN 1 AND 255),
        CONSTRAINT ck_code_components_type_is_known
            CHECK (type IN ('SERVICE', 'LIBRARY', 'MODULE', 'WIDGET', 'API', 'CRON', 'OTHER')),
        CONSTRAINT ck_code_components_status_is_known CHECK (status IN ('PLANNED', 'ACTIVE', 'DEPRECATED')),
        CONSTRAINT uq_code_components_business_id_name UNIQUE (business_id, name)
    )
    """,
    "CREATE INDEX ix_code_components_created_by_id ON knowledge.code_components (created_by_id)",
    "CREATE INDEX ix_code_components_owner_id ON knowledge.code_components (owner_id)",
    "CREATE INDEX ix_code_components_search_vector ON knowledge.code_components USING gin (search_vector)",
    "CREATE INDEX ix_code_components_status ON knowledge.code_components (status)",
    "CREATE INDEX ix_code_components_type ON knowledge.code_components (type)",
    "CREATE INDEX ix_code_components_updated_by_id ON knowledge.code_components (updated_by_id)",
    """
    CREATE TABLE knowledge.articles (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        author_id uuid,
        agent_id uuid,
        type text NOT NULL,
        title text NOT NULL,
        slug text NOT NULL,
        summary text,
        content text,
        category text,
        tags text[] DEFAULT '{}' NOT NULL,
        related_components text[] DEFAULT '{}' NOT NULL,
        language text DEFAULT 'en' NOT NULL,
        status text DEFAULT 'DRAFT' NOT NULL,
        visibility text DEFAULT 'STAFF' NOT NULL,
        published_at timestamptz(3),
        reviewed_at timestamptz(3),
        view_count integer DEFAULT 0 NOT NULL,
        last_viewed_at timestamptz(3),
        helpful_count integer DEFAULT 0 NOT NULL,
        unhelpful_count integer DEFAULT 0 NOT NULL,
        helpful_percent numeric(5,2) GENERATED ALWAYS AS (round(100.0 * helpful_count / nullif(helpful_count + unhelpful_count, 0), 2)) VIRTUAL,
        search_vector tsvector GENERATED ALWAYS AS (setweight(to_tsvector('english', coalesce(title, '')), 'A') || setweight(to_tsvector('english', coalesce(public.words_of(tags), '')), 'B') || setweight(to_tsvector('english', coalesce(summary, '')), 'C') || setweight(to_tsvector('english', coalesce(content, '')), 'D')) STORED NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        deleted_at timestamptz(3),
        version integer DEFAULT 1 NOT NULL,
        created_by_id uuid,
        updated_by_id uuid,
        CONSTRAINT pk_articles PRIMARY KEY (id),
        CONSTRAINT ck_articles_published_at_is_given
            CHECK (status <> 'PUBLISHED' OR published_at IS NOT NULL AND content IS NOT NULL),
        CONSTRAINT ck_articles_view_count_at_least_zero CHECK (view_count >= 0),
        CONSTRAINT ck_articles_helpful_count_at_least_zero CHECK (helpful_count >= 0),
        CONSTRAINT ck_articles_unhelpful_count_at_least_zero CHECK (unhelpful_count >= 0),
        CONSTRAINT ck_articles_type_is_known
            CHECK (type IN ('GUIDE', 'TUTORIAL', 'REFERENCE', 'FAQ', 'TROUBLESHOOTING', 'OTHER')),
        CONSTRAINT ck_articles_title_length CHECK (length(title) BETWEEN 1 AND 255),
        CONSTRAINT ck_articles_slug_form CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
        CONSTRAINT ck_articles_status_is_known CHECK (status IN ('DRAFT', 'IN_REVIEW', 'PUBLISHED', 'ARCHIVED')),
        CONSTRAINT ck_articles_visibility_is_known CHECK (visibility IN ('PUBLIC', 'CUSTOMERS', 'STAFF'))
    )
    """,
    "CREATE INDEX ix_articles_agent_id ON knowledge.articles (agent_id)",
    "CREATE INDEX ix_articles_author_id ON knowledge.articles (author_id)",
    "CREATE INDEX ix_articles_business_id_status_published_at ON knowledge.articles (business_id, status, published_at)",
    "CREATE INDEX ix_articles_category ON knowledge.articles (category)",
    "CREATE INDEX ix_articles_created_by_id ON knowledge.articles (created_by_id)",
    "CREATE INDEX ix_articles_search_vector ON knowledge.articles USING gin (search_vector)",
    "CREATE INDEX ix_articles_status ON knowledge.articles (status)",
    "CREATE INDEX ix_articles_tags ON knowledge.articles USING gin (tags)",
    "CREATE INDEX ix_articles_title_trigram ON knowledge.articles USING gin (title gin_trgm_ops)",
    "CREATE INDEX ix_articles_type ON knowledge.articles (type)",
    "CREATE INDEX ix_articles_updated_by_id ON knowledge.articles (updated_by_id)",
    "CREATE UNIQUE INDEX uq_articles_business_id_slug ON knowledge.articles (business_id, slug) WHERE deleted_at IS NULL",
    """
    CREATE TABLE knowledge.search_entries (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        entity_type text NOT NULL,
        entity_id uuid NOT NULL,
        visibility text DEFAULT 'STAFF' NOT NULL,
        title text NOT NULL,
        content text,
        keywords text[] DEFAULT '{}' NOT NULL,
        last_indexed_at timestamptz(3) DEFAULT now() NOT NULL,
        search_vector tsvector GENERATED ALWAYS AS (setweight(to_tsvector('english', coalesce(title, '')), 'A') || setweight(to_tsvector('english', coalesce(public.words_of(keywords), '')), 'B') || setweight(to_tsvector('english', coalesce(content, '')), 'C')) STORED NOT NULL,
        CONSTRAINT pk_search_entries PRIMARY KEY (id),
        CONSTRAINT ck_search_entries_entity_type_length CHECK (length(entity_type) BETWEEN 1 AND 50),
        CONSTRAINT ck_search_entries_visibility_is_known CHECK (visibility IN ('PUBLIC', 'CUSTOMERS', 'STAFF')),
        CONSTRAINT uq_search_entries_entity_type_entity_id UNIQUE (entity_type, entity_id)
    )
    """,
    "CREATE INDEX ix_search_entries_business_id ON knowledge.search_entries (business_id)",
    "CREATE INDEX ix_search_entries_search_vector ON knowledge.search_entries USING gin (search_vector)",
    "CREATE INDEX ix_search_entries_visibility ON knowledge.search_entries (visibility)",
    """
    CREATE TABLE knowledge.knowledge_changes (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        changed_by_id uuid,
        agent_id uuid,
        type text NOT NULL,
        entity_type text,
        entity_id uuid,
        file_path text,
        changes jsonb DEFAULT '{}' NOT NULL,
        changed_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_knowledge_changes PRIMARY KEY (id),
        CONSTRAINT ck_knowledge_changes_type_is_known
            CHECK (type IN ('FILE_ADDED', 'FILE_MODIFIED', 'FILE_DELETED', 'FUNCTION_ADDED', 'FUNCTION_MODIFIED', 'FUNCTION_DELETED', 'ARTICLE_ADDED', 'ARTICLE_MODIFIED', 'ARTICLE_DELETED', 'OTHER'))
    )
    """,
    "CREATE INDEX ix_knowledge_changes_agent_id ON knowledge.knowledge_changes (agent_id)",
    "CREATE INDEX ix_knowledge_changes_business_id_changed_at ON knowledge.knowledge_changes (business_id, changed_at)",
    "CREATE INDEX ix_knowledge_changes_changed_at ON knowledge.knowledge_changes (changed_at)",
    "CREATE INDEX ix_knowledge_changes_changed_by_id ON knowledge.knowledge_changes (changed_by_id)",
    "CREATE INDEX ix_knowledge_changes_entity_type_entity_id ON knowledge.knowledge_changes (entity_type, entity_id)",
    "CREATE INDEX ix_knowledge_changes_type ON knowledge.knowledge_changes (type)",
    """
    CREATE TABLE knowledge.knowledge_statistics (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        day date NOT NULL,
        file_count integer DEFAULT 0 NOT NULL,
        function_count integer DEFAULT 0 NOT NULL,
        class_count integer DEFAULT 0 NOT NULL,
        lines_of_code bigint DEFAULT 0 NOT NULL,
        complexity_average numeric(5,2),
        component_count integer DEFAULT 0 NOT NULL,
        open_insight_count integer DEFAULT 0 NOT NULL,
        article_count integer DEFAULT 0 NOT NULL,
        article_view_count integer DEFAULT 0 NOT NULL,
        search_count integer DEFAULT 0 NOT NULL,
        most_viewed_articles jsonb DEFAULT '[]' NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_knowledge_statistics PRIMARY KEY (id),
        CONSTRAINT ck_knowledge_statistics_file_count_at_least_zero CHECK (file_count >= 0),
        CONSTRAINT ck_knowledge_statistics_function_count_at_least_zero CHECK (function_count >= 0),
        CONSTRAINT ck_knowledge_statistics_class_count_at_least_zero CHECK (class_count >= 0),
        CONSTRAINT ck_knowledge_statistics_lines_of_code_at_least_zero CHECK (lines_of_code >= 0),
        CONSTRAINT ck_knowledge_statistics_complexity_average_at_least_zero CHECK (complexity_average >= 0),
        CONSTRAINT ck_knowledge_statistics_component_count_at_least_zero CHECK (component_count >= 0),
        CONSTRAINT ck_knowledge_statistics_open_insight_count_at_least_zero CHECK (open_insight_count >= 0),
        CONSTRAINT ck_knowledge_statistics_article_count_at_least_zero CHECK (article_count >= 0),
        CONSTRAINT ck_knowledge_statistics_article_view_count_at_least_zero CHECK (article_view_count >= 0),
        CONSTRAINT ck_knowledge_statistics_search_count_at_least_zero CHECK (search_count >= 0),
        CONSTRAINT uq_knowledge_statistics_business_id_day UNIQUE (business_id, day)
    )
    """,
    "CREATE INDEX ix_knowledge_statistics_day ON knowledge.knowledge_statistics (day)",
    r"""
    CREATE TABLE knowledge.source_files (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        component_id uuid,
        file_path text NOT NULL,
        type text NOT NULL,
        module text,
        description text,
        lines_of_code integer,
        complexity_score integer,
        size_bytes bigint,
        content_hash text,
        function_count integer DEFAULT 0 NOT NULL,
        class_count integer DEFAULT 0 NOT NULL,
        last_modified_at timestamptz(3),
        last_scanned_at timestamptz(3) DEFAULT now() NOT NULL,
        search_vector tsvector GENERATED ALWAYS AS (setweight(to_tsvector('simple', coalesce(translate(regexp_replace(file_path, '([a-z0-9])([A-Z])', '\1 \2', 'g'), '/\.-_', '     '), '')), 'A') || setweight(to_tsvector('simple', coalesce(file_path, '')), 'B') || setweight(to_tsvector('simple', coalesce(module, '')), 'C') || setweight(to_tsvector('simple', coalesce(description, '')), 'D')) STORED NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_source_files PRIMARY KEY (id),
        CONSTRAINT ck_source_files_lines_of_code_at_least_zero CHECK (lines_of_code >= 0),
        CONSTRAINT ck_source_files_complexity_score_at_least_zero CHECK (complexity_score >= 0),
        CONSTRAINT ck_source_files_size_bytes_at_least_zero CHECK (size_bytes >= 0),
        CONSTRAINT ck_source_files_function_count_at_least_zero CHECK (function_count >= 0),
        CONSTRAINT ck_source_files_class_count_at_least_zero CHECK (class_count >= 0),
        CONSTRAINT fk_source_files_component_id
            FOREIGN KEY(component_id) REFERENCES knowledge.code_components (id) ON DELETE SET NULL,
        CONSTRAINT ck_source_files_file_path_length CHECK (length(file_path) BETWEEN 1 AND 500),
        CONSTRAINT ck_source_files_type_is_known
            CHECK (type IN ('PHP', 'JS', 'TS', 'PY', 'CSS', 'HTML', 'SQL', 'MD', 'JSON', 'OTHER')),
        CONSTRAINT uq_source_files_business_id_file_path UNIQUE (business_id, file_path)
    )
    """,
    "CREATE INDEX ix_source_files_component_id ON knowledge.source_files (component_id)",
    "CREATE INDEX ix_source_files_file_path_trigram ON knowledge.source_files USING gin (file_path gin_trgm_ops)",
    "CREATE INDEX ix_source_files_last_modified_at ON knowledge.source_files (last_modified_at)",
    "CREATE INDEX ix_source_files_module ON knowledge.source_files (module)",
    "CREATE INDEX ix_source_files_search_vector ON knowledge.source_files USING gin (search_vector)",
    "CREATE INDEX ix_source_files_type ON knowledge.source_files (type)",
    r"""
    CREATE TABLE knowledge.source_classes (
        id uuid DEFAULT uuidv7() NOT NULL,
        file_id uuid NOT NULL,
        parent_id uuid,
        name text NOT NULL,
        kind text DEFAULT 'CLASS' NOT NULL,
        namespace text,
        extends text,
        implements text[] DEFAULT '{}' NOT NULL,
        properties jsonb DEFAULT '[]' NOT NULL,
        description text,
        line_start integer,
        line_end integer,
        last_analyzed_at timestamptz(3) DEFAULT now() NOT NULL,
        search_vector tsvector GENERATED ALWAYS AS (setweight(to_tsvector('simple', coalesce(name, '')), 'A') || setweight(to_tsvector('simple', coalesce(translate(regexp_replace(name, '([a-z0-9])([A-Z])', '\1 \2', 'g'), '/\.-_', '     '), '')), 'B') || setweight(to_tsvector('simple', coalesce(namespace, '')), 'C') || setweight(to_tsvector('simple', coalesce(description, '')), 'D')) STORED NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_source_classes PRIMARY KEY (id),
        CONSTRAINT ck_source_classes_line_end_not_before_line_start CHECK (line_start <= line_end),
        CONSTRAINT fk_source_classes_file_id
            FOREIGN KEY(file_id) REFERENCES knowledge.source_files (id) ON DELETE CASCADE,
        CONSTRAINT fk_source_classes_parent_id
            FOREIGN KEY(parent_id) REFERENCES knowledge.source_classes (id) ON DELETE SET NULL,
        CONSTRAINT ck_source_classes_parent_id_is_another CHECK (parent_id <> id),
        CONSTRAINT ck_source_classes_name_length CHECK (length(name) BETWEEN 1 AND 255),
        CONSTRAINT ck_source_classes_kind_is_known
            CHECK (kind IN ('CLASS', 'ABSTRACT', 'INTERFACE', 'TRAIT', 'ENUM')),
        CONSTRAINT ck_source_classes_line_start_positive CHECK (line_start > 0),
        CONSTRAINT uq_source_classes_file_id_namespace_name UNIQUE NULLS NOT DISTINCT (file_id, namespace, name)
    )
    """,
    "CREATE INDEX ix_source_classes_name ON knowledge.source_classes (name)",
    "CREATE INDEX ix_source_classes_name_trigram ON knowledge.source_classes USING gin (name gin_trgm_ops)",
    "CREATE INDEX ix_source_classes_namespace ON knowledge.source_classes (namespace)",
    "CREATE INDEX ix_source_classes_parent_id ON knowledge.source_classes (parent_id)",
    "CREATE INDEX ix_source_classes_search_vector ON knowledge.source_classes USING gin (search_vector)",
    """
    CREATE TABLE knowledge.file_relationships (
        id uuid DEFAULT uuidv7() NOT NULL,
        source_file_id uuid NOT NULL,
        target_file_id uuid NOT NULL,
        type text NOT NULL,
        strength integer DEFAULT 1 NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_file_relationships PRIMARY KEY (id),
        CONSTRAINT ck_file_relationships_target_file_id_is_another CHECK (target_file_id <> source_file_id),
        CONSTRAINT fk_file_relationships_source_file_id
            FOREIGN KEY(source_file_id) REFERENCES knowledge.source_files (id) ON DELETE CASCADE,
        CONSTRAINT fk_file_relationships_target_file_id
            FOREIGN KEY(target_file_id) REFERENCES knowledge.source_files (id) ON DELETE CASCADE,
        CONSTRAINT ck_file_relationships_type_is_known
            CHECK (type IN ('REQUIRES', 'INCLUDES', 'EXTENDS', 'IMPLEMENTS', 'USES')),
        CONSTRAINT ck_file_relationships_strength_positive CHECK (strength > 0),
        CONSTRAINT uq_file_relationships_source_file_id_target_file_id_type UNIQUE (source_file_id, target_file_id, type)
    )
    """,
    "CREATE INDEX ix_file_relationships_target_file_id ON knowledge.file_relationships (target_file_id)",
    "CREATE INDEX ix_file_relationships_type ON knowledge.file_relationships (type)",
    """
    CREATE TABLE knowledge.code_insights (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        file_id uuid,
        agent_id uuid,
        assigned_to_id uuid,
        type text NOT NULL,
        severity text DEFAULT 'INFO' NOT NULL,
        title text NOT NULL,
        description text,
        recommendation text,
        affected_files text[] DEFAULT '{}' NOT NULL,
        confidence numeric(5,2),
        status text DEFAULT 'NEW' NOT NULL,
        discovered_at timestamptz(3) DEFAULT now() NOT NULL,
        resolved_at timestamptz(3),
        search_vector tsvector GENERATED ALWAYS AS (setweight(to_tsvector('english', coalesce(title, '')), 'A') || setweight(to_tsvector('english', coalesce(description, '')), 'B') || setweight(to_tsvector('english', coalesce(recommendation, '')), 'C')) STORED NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_code_insights PRIMARY KEY (id),
        CONSTRAINT ck_code_insights_resolved_at_not_before_discovered_at CHECK (discovered_at <= resolved_at),
        CONSTRAINT ck_code_insights_resolved_at_fits_status
            CHECK ((status IN ('FIXED', 'IGNORED')) = (resolved_at IS NOT NULL)),
        CONSTRAINT fk_code_insights_file_id
            FOREIGN KEY(file_id) REFERENCES knowledge.source_files (id) ON DELETE SET NULL,
        CONSTRAINT ck_code_insights_type_is_known
            CHECK (type IN ('PATTERN', 'ANTIPATTERN', 'OPTIMIZATION', 'SECURITY', 'BUG_RISK', 'OTHER')),
        CONSTRAINT ck_code_insights_severity_is_known
            CHECK (severity IN ('CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'INFO')),
        CONSTRAINT ck_code_insights_title_length CHECK (length(title) BETWEEN 1 AND 255),
        CONSTRAINT ck_code_insights_confidence_range CHECK (confidence BETWEEN 0 AND 100),
        CONSTRAINT ck_code_insights_status_is_known CHECK (status IN ('NEW', 'ACKNOWLEDGED', 'FIXED', 'IGNORED'))
    )
    """,
    "CREATE INDEX ix_code_insights_affected_files ON knowledge.code_insights USING gin (affected_files)",
    "CREATE INDEX ix_code_insights_agent_id ON knowledge.code_insights (agent_id)",
    "CREATE INDEX ix_code_insights_assigned_to_id ON knowledge.code_insights (assigned_to_id)",
    "CREATE INDEX ix_code_insights_business_id_discovered_at ON knowledge.code_insights (business_id, discovered_at)",
    "CREATE INDEX ix_code_insights_file_id ON knowledge.code_insights (file_id)",
    "CREATE INDEX ix_code_insights_search_vector ON knowledge.code_insights USING gin (search_vector)",
    "CREATE INDEX ix_code_insights_severity ON knowledge.code_insights (severity)",
    "CREATE INDEX ix_code_insights_status ON knowledge.code_insights (status)",
    "CREATE INDEX ix_code_insights_type ON knowledge.code_insights (type)",
    r"""
    CREATE TABLE knowledge.source_functions (
        id uuid DEFAULT uuidv7() NOT NULL,
        file_id uuid NOT NULL,
        class_id uuid,
        name text NOT NULL,
        visibility text DEFAULT 'PUBLIC' NOT NULL,
        parameters jsonb DEFAULT '[]' NOT NULL,
        return_type text,
        description text,
        complexity integer,
        line_start integer,
        line_end integer,
        calls_functions text[] DEFAULT '{}' NOT NULL,
        called_by text[] DEFAULT '{}' NOT NULL,
        last_analyzed_at timestamptz(3) DEFAULT now() NOT NULL,
        search_vector tsvector GENERATED ALWAYS AS (setweight(to_tsvector('simple', coalesce(name, '')), 'A') || setweight(to_tsvector('simple', coalesce(translate(regexp_replace(name, '([a-z0-9])([A-Z])', '\1 \2', 'g'), '/\.-_', '     '), '')), 'B') || setweight(to_tsvector('simple', coalesce(description, '')), 'C')) STORED NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_source_functions PRIMARY KEY (id),
        CONSTRAINT ck_source_functions_complexity_at_least_zero CHECK (complexity >= 0),
        CONSTRAINT ck_source_functions_line_end_not_before_line_start CHECK (line_start <= line_end),
        CONSTRAINT fk_source_functions_file_id
            FOREIGN KEY(file_id) REFERENCES knowledge.source_files (id) ON DELETE CASCADE,
        CONSTRAINT fk_source_functions_class_id
            FOREIGN KEY(class_id) REFERENCES knowledge.source_classes (id) ON DELETE CASCADE,
        CONSTRAINT ck_source_functions_name_length CHECK (length(name) BETWEEN 1 AND 255),
        CONSTRAINT ck_source_functions_visibility_is_known CHECK (visibility IN ('PUBLIC', 'PROTECTED', 'PRIVATE')),
        CONSTRAINT ck_source_functions_line_start_positive CHECK (line_start > 0),
        CONSTRAINT uq_source_functions_file_id_name_line_start UNIQUE NULLS NOT DISTINCT (file_id, name, line_start)
    )
    """,
    "CREATE INDEX ix_source_functions_class_id ON knowledge.source_functions (class_id)",
    "CREATE INDEX ix_source_functions_complexity ON knowledge.source_functions (complexity)",
    "CREATE INDEX ix_source_functions_name ON knowledge.source_functions (name)",
    "CREATE INDEX ix_source_functions_name_trigram ON knowledge.source_functions USING gin (name gin_trgm_ops)",
    "CREATE INDEX ix_source_functions_search_vector ON knowledge.source_functions USING gin (search_vector)",
    """
    CREATE FUNCTION public.count_source_classes() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      changes refcursor;
      change record;
    BEGIN
      CASE tg_op
        WHEN 'INSERT' THEN OPEN changes FOR
          SELECT file_id AS id,
                 sum(sign * 1) AS class_count
            FROM (SELECT 1 AS sign, * FROM added) AS r
           GROUP BY file_id ORDER BY file_id;
        WHEN 'DELETE' THEN OPEN changes FOR
          SELECT file_id AS id,
                 sum(sign * 1) AS class_count
            FROM (SELECT -1 AS sign, * FROM removed) AS r
           GROUP BY file_id ORDER BY file_id;
        WHEN 'UPDATE' THEN OPEN changes FOR
          SELECT file_id AS id,
                 sum(sign * 1) AS class_count
            FROM (SELECT 1 AS sign, * FROM added UNION ALL SELECT -1 AS sign, * FROM removed) AS r
           GROUP BY file_id ORDER BY file_id;
      END CASE;
      LOOP
        FETCH changes INTO change;
        EXIT WHEN NOT found;
        CONTINUE WHEN change.class_count = 0;
        UPDATE knowledge.source_files AS p
           SET class_count = p.class_count + change.class_count
         WHERE p.id = change.id;
      END LOOP;
      CLOSE changes;
      RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION public.count_source_functions() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      changes refcursor;
      change record;
    BEGIN
      CASE tg_op
        WHEN 'INSERT' THEN OPEN changes FOR
          SELECT file_id AS id,
                 sum(sign * 1) AS function_count
            FROM (SELECT 1 AS sign, * FROM added) AS r
           GROUP BY file_id ORDER BY file_id;
        WHEN 'DELETE' THEN OPEN changes FOR
          SELECT file_id AS id,
                 sum(sign * 1) AS function_count
            FROM (SELECT -1 AS sign, * FROM removed) AS r
           GROUP BY file_id ORDER BY file_id;
        WHEN 'UPDATE' THEN OPEN changes FOR
          SELECT file_id AS id,
                 sum(sign * 1) AS function_count
            FROM (SELECT 1 AS sign, * FROM added UNION ALL SELECT -1 AS sign, * FROM removed) AS r
           GROUP BY file_id ORDER BY file_id;
      END CASE;
      LOOP
        FETCH changes INTO change;
        EXIT WHEN NOT found;
        CONTINUE WHEN change.function_count = 0;
        UPDATE knowledge.source_files AS p
           SET function_count = p.function_count + change.function_count
         WHERE p.id = change.id;
      END LOOP;
      CLOSE changes;
      RETURN NULL;
    END $$
    """,
)

DOWNGRADE = (
    "DROP TABLE knowledge.source_functions",
    "DROP TABLE knowledge.code_insights",
    "DROP TABLE knowledge.file_relationships",
    "DROP TABLE knowledge.source_classes",
    "DROP TABLE knowledge.source_files",
    "DROP TABLE knowledge.knowledge_statistics",
    "DROP TABLE knowledge.knowledge_changes",
    "DROP TABLE knowledge.search_entries",
    "DROP TABLE knowledge.articles",
    "DROP TABLE knowledge.code_components",
    "DROP FUNCTION public.count_source_functions()",
    "DROP FUNCTION public.count_source_classes()",
    "DROP SCHEMA knowledge",
)


def upgrade() -> None:
    for statement in UPGRADE:
        op.execute(statement)
    for table in TOUCHED:
        op.execute(
            f"CREATE TRIGGER touch_updated_at BEFORE UPDATE ON {table} FOR EACH ROW "
            "WHEN (new.updated_at = old.updated_at) EXECUTE FUNCTION public.touch_updated_at()"
        )
    for table, function in COUNTED:
        for operation, rows in TRANSITIONS:
            op.execute(
                f"CREATE TRIGGER {function}_after_{operation} AFTER {operation.upper()} ON {table} "
                f"REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION public.{function}()"
            )
    for table, arguments in SEARCHED.items():
        quoted = ", ".join("'" + argument.replace("'", "''") + "'" for argument in arguments)
        for operation, rows in TRANSITIONS:
            op.execute(
                f"CREATE TRIGGER keep_search_entries_after_{operation} AFTER {operation.upper()} ON {table} "
                f"REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION public.keep_search_entries({quoted})"
            )


def downgrade() -> None:
    for statement in DOWNGRADE:
        op.execute(statement)
