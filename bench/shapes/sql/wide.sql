SELECT convert_to('{"nodes":[' || coalesce(string_agg(
          ('{"id":"product_' || p.id || '","name":' || to_json(p.name) || ',"slug":' || to_json(p.slug) || ',"sku":'
           || coalesce(to_json(p.sku)::text, 'null') || ',"brand":' || coalesce(to_json(p.brand)::text, 'null')
           || ',"shortDescription":' || coalesce(to_json(p.short_description)::text, 'null') || ',"description":'
           || coalesce(to_json(p.description)::text, 'null') || ',"collection":'
           || coalesce(to_json(p.collection)::text, 'null'))
       || (',"tags":' || to_json(p.tags)::text || ',"status":"' || p.status || '","isFeatured":' || p.is_featured
           || ',"publishedAt":' || coalesce(to_json(p.published_at)::text, 'null') || ',"price":"' || p.price
           || '","currency":' || to_json(p.currency) || ',"priceType":"' || p.price_type || '","billingMonths":'
           || coalesce(p.billing_months::text, 'null'))
       || (',"salePrice":' || coalesce('"' || p.sale_price || '"', 'null') || ',"saleStartsAt":'
           || coalesce(to_json(p.sale_starts_at)::text, 'null') || ',"saleEndsAt":'
           || coalesce(to_json(p.sale_ends_at)::text, 'null') || ',"cost":' || coalesce('"' || p.cost || '"', 'null')
           || ',"taxCategory":"' || p.tax_category || '","weight":' || coalesce('"' || p.weight || '"', 'null')
           || ',"dimensions":' || coalesce(p.dimensions::text, 'null') || ',"demoVideoUrl":'
           || coalesce(to_json(p.demo_video_url)::text, 'null'))
       || (',"downloadFiles":' || p.download_files::text || ',"licenseType":'
           || coalesce('"' || p.license_type || '"', 'null') || ',"systemRequirements":'
           || coalesce(p.system_requirements::text, 'null') || ',"supportedProviders":'
           || to_json(p.supported_providers) || ',"modelRequirements":'
           || coalesce(p.model_requirements::text, 'null') || ',"metaTitle":'
           || coalesce(to_json(p.meta_title)::text, 'null') || ',"metaDescription":'
           || coalesce(to_json(p.meta_description)::text, 'null') || ',"metaKeywords":' || to_json(p.meta_keywords))
       || (',"shopifyId":' || coalesce(to_json(p.shopify_id)::text, 'null') || ',"ratingSum":"' || p.rating_sum
           || '","ratingCount":' || p.rating_count || ',"ratingAverage":'
           || coalesce('"' || p.rating_average || '"', 'null') || ',"createdAt":' || to_json(p.created_at)
           || ',"updatedAt":' || to_json(p.updated_at) || ',"deletedAt":'
           || coalesce(to_json(p.deleted_at)::text, 'null') || ',"version":' || p.version)
       || ',"category":' || coalesce((
            SELECT '{"id":"category_' || c.id || '","name":' || to_json(c.name) || ',"slug":' || to_json(c.slug)
                    || ',"description":' || coalesce(to_json(c.description)::text, 'null') || ',"position":'
                    || c.position || ',"icon":' || coalesce(to_json(c.icon)::text, 'null') || ',"color":'
                    || coalesce(to_json(c.color)::text, 'null') || ',"isFeatured":' || c.is_featured || ',"isActive":'
                    || c.is_active || ',"metaTitle":' || coalesce(to_json(c.meta_title)::text, 'null')
                    || ',"metaDescription":' || coalesce(to_json(c.meta_description)::text, 'null') || ',"createdAt":'
                    || to_json(c.created_at) || ',"updatedAt":' || to_json(c.updated_at) || ',"version":' || c.version
                    || '}'
              FROM catalog.categories AS c WHERE c.id = p.category_id), 'null')
       || ',"business":' || coalesce((
            SELECT '{"id":"business_' || b.id || '","name":' || to_json(b.name) || ',"slug":' || to_json(b.slug)
                    || ',"type":"' || b.type || '","status":"' || b.status || '","currency":' || to_json(b.currency)
                    || '}'
              FROM business.businesses AS b WHERE b.id = p.business_id), 'null') || '}', ','), '') || ']}', 'UTF8')
  FROM (SELECT id, name, slug, sku, brand, short_description, description, collection, tags, status, is_featured,
               published_at, price, currency, price_type, billing_months, sale_price, sale_starts_at, sale_ends_at,
               cost, tax_category, weight, dimensions, demo_video_url, download_files, license_type,
               system_requirements, supported_providers, model_requirements, meta_title, meta_description,
               meta_keywords, shopify_id, rating_sum, rating_count, rating_average, created_at, updated_at,
               deleted_at, version, category_id, business_id
          FROM catalog.products ORDER BY id LIMIT 100) AS p
