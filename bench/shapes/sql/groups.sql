SELECT convert_to('{"id":"business_' || b.id || '","name":' || to_json(b.name)
         || ',"orders":{"groups":[' || coalesce((
              SELECT string_agg('{"key":{"paymentStatus":"' || g.payment_status || '"},"count":' || g.orders
                     || ',"rows":{"nodes":[' || coalesce((
                          SELECT string_agg('{"id":"order_' || o.id || '","orderNumber":' || to_json(o.order_number)
                                 || ',"totalAmount":"' || o.total_amount
                                 || '","placedAt":' || to_json(o.placed_at) || '}', ',')
                            FROM (SELECT o.id, o.order_number, o.total_amount, o.placed_at FROM sales.orders AS o
                                   WHERE o.business_id = b.id AND o.payment_status = g.payment_status
                                   ORDER BY o.placed_at DESC, o.id DESC LIMIT 5) AS o
                        ), '') || ']}}', ',' ORDER BY g.payment_status)
                FROM (SELECT o.payment_status, count(*) AS orders FROM sales.orders AS o
                       WHERE o.business_id = b.id GROUP BY o.payment_status) AS g
            ), '') || ']}}', 'UTF8')
  FROM business.businesses AS b WHERE b.id = $1
