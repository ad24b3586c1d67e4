"""What must not be in the sample data of people: each statement finds nothing."""

WRONG = {
    "a person with another mean than that of the reviews received": """
        SELECT id FROM identity.users AS u WHERE (rating_average, rating_count::bigint) IS DISTINCT FROM
               (SELECT (round(avg(rating), 2), count(*)) FROM freelance.reviews WHERE reviewee_id = u.id)""",
    "a person who last signed in at another time than in the latest session": """
        SELECT u.id FROM identity.users AS u WHERE last_login_at IS DISTINCT FROM
               (SELECT max(created_at) FROM identity.login_sessions WHERE user_id = u.id)""",
    "a session before its person joined": """
        SELECT s.id FROM identity.login_sessions AS s JOIN identity.users AS u ON u.id = user_id
         WHERE s.created_at < u.created_at""",
    "a session that was used after its end": """
        SELECT id FROM identity.login_sessions WHERE last_seen_at > least(expires_at, revoked_at)""",
    "a session of a customer who is somebody else, or on a site of another business": """
        SELECT s.id FROM identity.login_sessions AS s JOIN customers.customers AS c ON c.id = customer_id
          JOIN business.sites AS p ON p.id = site_id
         WHERE c.user_id IS DISTINCT FROM s.user_id OR p.business_id <> c.business_id OR s.created_at < c.created_at""",
    "a session of staff who work nowhere": """
        SELECT s.id FROM identity.login_sessions AS s
         WHERE type = 'STAFF' AND NOT EXISTS (SELECT FROM identity.memberships AS m WHERE m.user_id = s.user_id)""",
    "a token that was used after it ran out": """
        SELECT id FROM identity.tokens WHERE used_at > expires_at""",
    "a token of another person's session, or replaced by one of another": """
        SELECT t.id FROM identity.tokens AS t
          LEFT JOIN identity.login_sessions AS s ON s.id = session_id
          LEFT JOIN identity.tokens AS n ON n.id = t.replaced_by_id
         WHERE s.user_id <> t.user_id OR n.session_id IS DISTINCT FROM t.session_id AND n.id IS NOT NULL
            OR n.created_at < t.created_at""",
    "a freelancer who was paid without showing a paper": """
        SELECT e.id FROM freelance.escrows AS e WHERE status = 'RELEASED' AND NOT EXISTS
               (SELECT FROM identity.kyc_verifications AS k
                 WHERE k.user_id = e.freelancer_id AND k.status IN ('APPROVED', 'EXPIRED'))""",
    "a payout that was checked for somebody else": """
        SELECT a.id FROM identity.aml_checks AS a JOIN freelance.escrows AS e ON e.id = escrow_id
         WHERE a.user_id <> e.freelancer_id OR (cause = 'PAYOUT') <> (escrow_id IS NOT NULL)""",
    "a check for money laundering of another person's paper": """
        SELECT a.id FROM identity.aml_checks AS a JOIN identity.kyc_verifications AS k ON k.id = kyc_verification_id
         WHERE a.user_id <> k.user_id""",
    "a login in a session that began at another time": """
        SELECT e.id FROM identity.security_events AS e JOIN identity.login_sessions AS s ON s.id = session_id
         WHERE e.user_id <> s.user_id OR e.type = 'LOGIN' AND e.occurred_at <> s.created_at""",
    "a customer who gets e-mail without having agreed": """
        SELECT c.id FROM customers.customers AS c WHERE accepts_email_marketing AND NOT EXISTS
               (SELECT FROM identity.gdpr_consents AS g WHERE g.customer_id = c.id AND g.business_id = c.business_id
                   AND purpose = 'EMAIL_MARKETING' AND is_in_force)""",
    "an erased person who is still known": """
        SELECT id FROM identity.privacy_requests
         WHERE type = 'ERASURE' AND status = 'COMPLETED' AND num_nonnulls(user_id, customer_id) > 0""",
    "a business without an owner": """
        SELECT id FROM business.businesses AS b WHERE NOT EXISTS
               (SELECT FROM identity.memberships WHERE business_id = b.id AND role = 'OWNER')""",
}
