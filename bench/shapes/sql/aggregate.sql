SELECT convert_to('{"groups":[' || coalesce(string_agg('{"key":{"placedAt":' || to_json(g.month) || ',"business":{"slug":' || to_json(g.slug)
         || '},"currency":' || to_json(g.currency) || '},"count":' || g.orders || ',"sum":{"totalAmount":"' || g.total || '"}}', ','), '') || ']}', 'UTF8')
  FROM (SELECT g.month, b.slug, g.currency, g.orders, g.total
          FROM (SELECT date_trunc('month', o.placed_at) AS month, o.business_id, o.currency, count(*) AS orders,
                       sum(o.total_amount) AS total
                  FROM sales.orders AS o WHERE o.status NOT IN ('CANCELLED', 'REFUNDED')
                 GROUP BY 1, 2, 3) AS g
          JOIN business.businesses AS b ON b.id = g.business_id
         ORDER BY g.month, b.slug, g.currency) AS g
