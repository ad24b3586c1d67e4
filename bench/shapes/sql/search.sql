SELECT convert_to('{"edges":[' || coalesce(string_agg('{"rank":' || trim_scale(p.rank) || ',"highlight":'
         || to_json(ts_headline('english', replace(replace(replace(replace(concat_ws(' ', p.name,
              coalesce(p.short_description, ''), coalesce(p.description, '')),
              '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;'), p.query,
              'StartSel=<mark>, StopSel=</mark>, MaxFragments=2, MaxWords=20, MinWords=5, FragmentDelimiter= … '))
         || ',"node":{"id":"product_' || p.id || '","name":' || to_json(p.name) || ',"price":"' || p.price || '"}}',
         ',' ORDER BY p.rank DESC, p.id DESC), '') || ']}', 'UTF8')
  FROM (SELECT p.id, p.name, p.short_description, p.description, p.price, q.query,
               round(ts_rank(p.search_vector, q.query)::numeric, 6) AS rank
          FROM (SELECT websearch_to_tsquery('english', $1::text) AS query OFFSET 0) AS q
          JOIN catalog.products AS p ON p.search_vector @@ q.query
         ORDER BY rank DESC, p.id DESC LIMIT 20) AS p
