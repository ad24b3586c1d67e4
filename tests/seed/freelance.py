"""What must not be in the sample data of the job market: each statement finds nothing."""

WRONG = {
    "an escrow that holds other than its movements add up to": """
        SELECT e.id FROM freelance.escrows AS e LEFT JOIN freelance.escrow_movements AS m ON m.escrow_id = e.id
         GROUP BY e.id
        HAVING held_amount <> coalesce(sum(m.amount), 0)
            OR released_amount <> coalesce(-sum(m.amount) FILTER (WHERE party = 'FREELANCER'), 0)
            OR refunded_amount <> coalesce(-sum(m.amount) FILTER (WHERE party = 'CLIENT' AND m.amount < 0), 0)
            OR bool_or(m.currency <> e.currency)""",
    "an escrow that is for other than its milestones": """
        SELECT e.id FROM freelance.escrows AS e
         WHERE amount <> (SELECT sum(amount) FROM freelance.milestones AS m WHERE m.job_id = e.job_id)""",
    "an escrow of a fixed job that is for other than its budget": """
        SELECT e.id FROM freelance.escrows AS e JOIN freelance.jobs AS j ON j.id = job_id
         WHERE budget_type = 'FIXED' AND amount <> budget""",
    "an escrow whose state does not fit what it holds": """
        SELECT id FROM freelance.escrows WHERE NOT CASE status
               WHEN 'PENDING' THEN held_amount = 0 AND funded_at IS NULL
               WHEN 'FUNDED' THEN held_amount = amount
               WHEN 'PARTIALLY_RELEASED' THEN held_amount BETWEEN 0.01 AND amount - 0.01
               WHEN 'RELEASED' THEN held_amount = 0 AND released_amount + refunded_amount + fee = amount
               WHEN 'REFUNDED' THEN held_amount = 0 AND refunded_amount = amount
               WHEN 'FROZEN' THEN held_amount > 0 AND frozen_at IS NOT NULL END""",
    "an escrow between others than its job's": """
        SELECT e.id FROM freelance.escrows AS e JOIN freelance.jobs AS j ON j.id = job_id
         WHERE (e.client_id, e.freelancer_id, e.currency)
               IS DISTINCT FROM (j.client_id, j.freelancer_id, j.currency)""",
    "an approved milestone that was not paid, or another that was": """
        SELECT m.id FROM freelance.milestones AS m WHERE (status = 'APPROVED') <>
               (amount IS NOT DISTINCT FROM
                (SELECT -sum(amount) FROM freelance.escrow_movements WHERE milestone_id = m.id))""",
    "a funded escrow without a payment of its amount, or a payment without refund that went back": """
        SELECT e.id FROM freelance.escrows AS e LEFT JOIN finance.payments AS p ON p.escrow_id = e.id
         WHERE p.id IS NULL OR (p.amount, p.currency) <> (e.amount, e.currency)
            OR p.refunded_amount <> e.refunded_amount OR p.paid_at IS DISTINCT FROM e.funded_at""",
    "an assigned job without escrow": """
        SELECT id FROM freelance.jobs AS j WHERE freelancer_id IS NOT NULL
           AND NOT EXISTS (SELECT FROM freelance.escrows WHERE job_id = j.id)""",
    "an assigned job whose freelancer was not accepted": """
        SELECT id FROM freelance.jobs AS j WHERE freelancer_id IS NOT NULL AND NOT EXISTS
               (SELECT FROM freelance.applications AS a
                 WHERE a.job_id = j.id AND a.freelancer_id = j.freelancer_id AND a.status = 'ACCEPTED')""",
    "a completed job with an open milestone": """
        SELECT j.id FROM freelance.jobs AS j JOIN freelance.milestones AS m ON m.job_id = j.id
         WHERE j.status = 'COMPLETED' AND m.status <> 'APPROVED'""",
    "a completed job without two reviews": """
        SELECT id FROM freelance.jobs AS j WHERE status = 'COMPLETED'
           AND 2 <> (SELECT count(*) FROM freelance.reviews WHERE job_id = j.id)""",
    "a review between others than client and freelancer": """
        SELECT r.id FROM freelance.reviews AS r JOIN freelance.jobs AS j ON j.id = job_id
         WHERE ARRAY[reviewer_id, reviewee_id] NOT IN (ARRAY[client_id, freelancer_id], ARRAY[freelancer_id, client_id])
            OR j.status <> 'COMPLETED' OR r.created_at < completed_at""",
    "a job out of order in time": """
        SELECT id FROM freelance.jobs
         WHERE NOT (created_at <= coalesce(published_at, created_at)
                    AND coalesce(published_at, created_at) <= coalesce(started_at, 'infinity')
                    AND coalesce(started_at, created_at) <= coalesce(completed_at, 'infinity'))""",
    "an application before the job was published": """
        SELECT a.id FROM freelance.applications AS a JOIN freelance.jobs AS j ON j.id = job_id
         WHERE a.created_at < published_at OR decided_at < a.created_at""",
    "a person at work before joining": """
        SELECT j.id FROM freelance.jobs AS j JOIN identity.users AS u ON u.id IN (client_id, freelancer_id)
         WHERE u.created_at > j.published_at""",
    "a disputed job without open dispute and frozen escrow": """
        SELECT j.id FROM freelance.jobs AS j JOIN freelance.escrows AS e ON e.job_id = j.id
         WHERE 1 < (SELECT count(DISTINCT disputed) FROM unnest(ARRAY[j.status = 'DISPUTED', e.status = 'FROZEN',
               EXISTS (SELECT FROM freelance.disputes AS d
                        WHERE d.job_id = j.id AND d.status NOT IN ('RESOLVED', 'WITHDRAWN'))]) AS disputed)""",
    "a dispute between others than its job's, over another job's money, or mediated by one of the two": """
        SELECT d.id FROM freelance.disputes AS d JOIN freelance.jobs AS j ON j.id = d.job_id
          JOIN freelance.escrows AS e ON e.id = d.escrow_id LEFT JOIN freelance.milestones AS m ON m.id = d.milestone_id
         WHERE ARRAY[opened_by_id, respondent_id]
               NOT IN (ARRAY[j.client_id, j.freelancer_id], ARRAY[j.freelancer_id, j.client_id])
            OR e.job_id <> d.job_id OR m.job_id <> d.job_id OR disputed_amount <> coalesce(m.amount, e.amount)""",
    "a dispute out of order in time": """
        SELECT id FROM freelance.disputes
         WHERE NOT (created_at <= coalesce(answered_at, created_at)
                    AND coalesce(answered_at, created_at) <= coalesce(mediated_at, 'infinity')
                    AND coalesce(mediated_at, created_at) <= coalesce(resolved_at, 'infinity'))""",
    "a split that was not paid as decided": """
        SELECT d.id FROM freelance.disputes AS d WHERE resolution = 'SPLIT' AND
               (client_amount, freelancer_amount) IS DISTINCT FROM
               (SELECT (-sum(amount) FILTER (WHERE party = 'CLIENT'), -sum(amount) FILTER (WHERE party <> 'CLIENT'))
                  FROM freelance.escrow_movements WHERE dispute_id = d.id)""",
    "evidence from somebody who has no part in the dispute": """
        SELECT v.id FROM freelance.dispute_evidences AS v JOIN freelance.disputes AS d ON d.id = dispute_id
         WHERE submitted_by_id NOT IN (opened_by_id, respondent_id) OR submitted_at < d.created_at""",
    "a course with miscounted learners": """
        SELECT id FROM freelance.courses AS c WHERE (enrollment_count::bigint, completion_count::bigint) <>
               (SELECT count(*), count(completed_at) FROM freelance.enrollments WHERE course_id = c.id)""",
    "an enrollment before the course was open or the person was there, or one not paid": """
        SELECT e.id FROM freelance.enrollments AS e JOIN freelance.courses AS c ON c.id = course_id
          JOIN identity.users AS u ON u.id = user_id LEFT JOIN finance.payments AS p ON p.id = payment_id
         WHERE enrolled_at < greatest(c.published_at, u.created_at) OR c.status = 'DRAFT'
            OR coalesce(p.amount, 0) <> price_paid OR score < pass_mark""",
    "a skill that was proven by another person's course, or before it was passed": """
        SELECT v.id FROM freelance.skill_verifications AS v JOIN freelance.enrollments AS e ON e.id = enrollment_id
          JOIN freelance.courses AS c ON c.id = course_id
         WHERE v.user_id <> e.user_id OR v.verified_at < e.completed_at OR e.status <> 'COMPLETED'
            OR v.skill <> ALL (c.skills)""",
}
