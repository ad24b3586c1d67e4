"""What must not be found in the sample data of knowledge."""

WRONG = {
    "a source file with miscounted functions or classes": """
        SELECT id FROM knowledge.source_files AS f WHERE (function_count, class_count) <>
               ((SELECT count(*) FROM knowledge.source_functions WHERE file_id = f.id),
                (SELECT count(*) FROM knowledge.source_classes WHERE file_id = f.id))""",
    "a source file that is not as complex as its functions": """
        SELECT id FROM knowledge.source_files AS f WHERE complexity_score <>
               (SELECT coalesce(sum(complexity), 0) FROM knowledge.source_functions WHERE file_id = f.id)""",
    "a function outside of the class whose method it is": """
        SELECT m.id FROM knowledge.source_functions AS m JOIN knowledge.source_classes AS c ON c.id = class_id
         WHERE m.file_id <> c.file_id OR m.line_start NOT BETWEEN c.line_start AND c.line_end
            OR m.line_end > c.line_end""",
    "two functions on the same lines": """
        SELECT a.id FROM knowledge.source_functions AS a JOIN knowledge.source_functions AS b
            ON a.file_id = b.file_id AND a.id <> b.id AND b.line_start BETWEEN a.line_start AND a.line_end""",
    "a function that is not called by those that call it": """
        SELECT a.id FROM knowledge.source_functions AS a JOIN knowledge.source_files AS f ON f.id = a.file_id
          JOIN knowledge.source_files AS g ON g.component_id = f.component_id
          JOIN knowledge.source_functions AS b ON b.file_id = g.id
         WHERE b.name = ANY (a.calls_functions) AND NOT a.name = ANY (b.called_by)""",
    "a class that does not extend what it says": """
        SELECT c.id FROM knowledge.source_classes AS c JOIN knowledge.source_classes AS p ON p.id = c.parent_id
         WHERE c.extends <> p.name OR NOT EXISTS (SELECT FROM knowledge.file_relationships
               WHERE type = 'EXTENDS' AND source_file_id = c.file_id AND target_file_id = p.file_id)""",
    "files of several businesses that need each other or share a component": """
        SELECT a.id FROM knowledge.file_relationships AS r JOIN knowledge.source_files AS a ON a.id = source_file_id
          JOIN knowledge.source_files AS b ON b.id = target_file_id WHERE a.business_id <> b.business_id
         UNION ALL SELECT f.id FROM knowledge.source_files AS f JOIN knowledge.code_components AS c
            ON c.id = component_id WHERE f.business_id <> c.business_id""",
    "a component that needs one which is not there": """
        SELECT c.id FROM knowledge.code_components AS c, unnest(dependencies) AS needed
         WHERE NOT EXISTS (SELECT FROM knowledge.code_components AS d
                            WHERE d.business_id = c.business_id AND d.name = needed)""",
    "a file that changed at another time than its log says": """
        SELECT id FROM knowledge.source_files AS f
         WHERE (created_at, last_modified_at) IS DISTINCT FROM
               (SELECT (min(changed_at) FILTER (WHERE type = 'FILE_ADDED'), max(changed_at))
                  FROM knowledge.knowledge_changes WHERE entity_type = 'SourceFile' AND entity_id = f.id)""",
    "a finding about a file of another business, or one that is not among the files it concerns": """
        SELECT i.id FROM knowledge.code_insights AS i JOIN knowledge.source_files AS f ON f.id = file_id
         WHERE i.business_id <> f.business_id OR NOT file_path = ANY (affected_files)""",
    "an article by somebody from outside, or one that was read before it was published": """
        SELECT id FROM knowledge.articles AS a
         WHERE NOT EXISTS (SELECT FROM identity.memberships AS m
                            WHERE m.business_id = a.business_id AND m.user_id = author_id)
            OR last_viewed_at < published_at OR (view_count > 0) <> (last_viewed_at IS NOT NULL)
            OR helpful_count + unhelpful_count > view_count""",
    "a search entry too many or too few": """
        SELECT coalesce(e.entity_id, k.id) AS id FROM knowledge.search_entries AS e FULL JOIN (
               SELECT id FROM knowledge.articles WHERE status = 'PUBLISHED' AND deleted_at IS NULL
               UNION ALL SELECT id FROM knowledge.source_files UNION ALL SELECT id FROM knowledge.source_functions
               UNION ALL SELECT id FROM knowledge.source_classes UNION ALL SELECT id FROM knowledge.code_components
               ) AS k ON k.id = e.entity_id WHERE e.id IS NULL OR k.id IS NULL""",
    "figures of yesterday that are not what there is": """
        SELECT s.id FROM knowledge.knowledge_statistics AS s
          JOIN (SELECT business_id, count(*) AS files, sum(function_count) AS functions, sum(class_count) AS classes,
                       sum(lines_of_code) AS lines FROM knowledge.source_files GROUP BY 1) AS f USING (business_id)
         WHERE day = (SELECT max(day) FROM knowledge.knowledge_statistics)
           AND (file_count, function_count, class_count, s.lines_of_code, component_count, open_insight_count)
               IS DISTINCT FROM (files, functions, classes, lines,
                   (SELECT count(*) FROM knowledge.code_components AS c WHERE c.business_id = s.business_id),
                   (SELECT count(*) FROM knowledge.code_insights AS i
                     WHERE i.business_id = s.business_id AND resolved_at IS NULL))""",
    "figures of a day on which nothing was there": """
        SELECT id FROM knowledge.knowledge_statistics
         WHERE file_count = 0 OR article_view_count > 0 AND most_viewed_articles = '[]'""",
}
