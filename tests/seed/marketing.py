"""What would be wrong with the marketing of the sample data."""

WRONG = {
    "a list that counts other than its subscribers": """
        SELECT l.id FROM marketing.email_lists AS l WHERE subscriber_count <>
               (SELECT count(*) FROM marketing.email_subscribers WHERE list_id = l.id AND status = 'SUBSCRIBED')""",
    "a subscriber of another business's customers, or under another address": """
        SELECT s.id FROM marketing.email_subscribers AS s JOIN marketing.email_lists AS l ON l.id = list_id
          JOIN customers.customers AS c ON c.id = customer_id WHERE c.business_id <> l.business_id OR c.email <> s.email""",
    "a subscription before the list or the customer was there": """
        SELECT s.id FROM marketing.email_subscribers AS s JOIN marketing.email_lists AS l ON l.id = list_id
          LEFT JOIN customers.customers AS c ON c.id = customer_id
         WHERE subscribed_at < greatest(l.created_at, c.created_at)""",
    "a campaign under another business's agent or list": """
        SELECT c.id FROM marketing.campaigns AS c LEFT JOIN agents.agents AS a ON a.id = owner_agent_id
          LEFT JOIN marketing.email_lists AS l ON l.id = email_list_id
         WHERE a.business_id <> c.business_id OR l.business_id <> c.business_id""",
    "a campaign with more opened than sent, or sent before it began": """
        SELECT id FROM marketing.campaigns WHERE opened_count > sent_count OR clicked_count > opened_count
            OR converted_count > clicked_count OR (sent_count > 0 AND starts_on > now())""",
    "content of a campaign of another business": """
        SELECT i.id FROM marketing.content_items AS i JOIN marketing.campaigns AS c ON c.id = campaign_id
         WHERE i.business_id <> c.business_id""",
    "published content without figures": """
        SELECT id FROM marketing.content_items WHERE status = 'PUBLISHED' AND performance_metrics = '{}'""",
}
