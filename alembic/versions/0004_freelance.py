"""The job market: jobs, applications, escrows, milestones, disputes, courses."""

from alembic import op

revision = "0004_freelance"
down_revision = "0003_business"

TOUCHED = (
    "freelance.applications",
    "freelance.courses",
    "freelance.disputes",
    "freelance.enrollments",
    "freelance.escrows",
    "freelance.jobs",
    "freelance.milestones",
    "freelance.reviews",
    "freelance.skill_verifications",
)
COUNTED = (
    ("freelance.enrollments", "count_enrollments"),
    ("freelance.escrow_movements", "sum_escrow_movements"),
    ("freelance.reviews", "sum_ratings"),
)
TRANSITIONS = (
    ("insert", "NEW TABLE AS added"),
    ("update", "OLD TABLE AS removed NEW TABLE AS added"),
    ("delete", "OLD TABLE AS removed"),
)

UPGRADE = (
    "CREATE SCHEMA freelance",
    """
    CREATE TABLE freelance.jobs (
        id uuid DEFAULT uuidv7() NOT NULL,
        client_id uuid NOT NULL,
        freelancer_id uuid,
        business_id uuid,
        title text NOT NULL,
        description text NOT NULL,
        category text,
        skills text[] DEFAULT '{}' NOT NULL,
        budget numeric(20,2) NOT NULL,
        currency text DEFAULT 'USD' NOT NULL,
        budget_type text DEFAULT 'FIXED' NOT NULL,
        experience_level text,
        status text DEFAULT 'DRAFT' NOT NULL,
        is_remote boolean DEFAULT true NOT NULL,
        location text,
        published_at timestamptz(3),
        deadline timestamptz(3),
        started_at timestamptz(3),
        completed_at timestamptz(3),
        search_vector tsvector GENERATED ALWAYS AS (setweight(to_tsvector('english', coalesce(title, '')), 'A') || setweight(to_tsvector('english', coalesce(description, '')), 'B') || setweight(to_tsvector('english', coalesce(public.words_of(skills), '')), 'C')) STORED NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        deleted_at timestamptz(3),
        version integer DEFAULT 1 NOT NULL,
        CONSTRAINT pk_jobs PRIMARY KEY (id),
        CONSTRAINT ck_jobs_completed_at_not_before_started_at CHECK (started_at <= completed_at),
        CONSTRAINT ck_jobs_budget_at_least_zero CHECK (budget >= 0),
        CONSTRAINT ck_jobs_freelancer_id_is_another CHECK (freelancer_id <> client_id),
        CONSTRAINT ck_jobs_title_length CHECK (length(title) BETWEEN 1 AND 200),
        CONSTRAINT ck_jobs_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT ck_jobs_budget_type_is_known CHECK (budget_type IN ('FIXED', 'HOURLY')),
        CONSTRAINT ck_jobs_experience_level_is_known
            CHECK (experience_level IN ('ENTRY', 'INTERMEDIATE', 'EXPERT')),
        CONSTRAINT ck_jobs_status_is_known
            CHECK (status IN ('DRAFT', 'OPEN', 'IN_PROGRESS', 'COMPLETED', 'CANCELLED', 'DISPUTED'))
    )
    """,
    "CREATE INDEX ix_jobs_business_id ON freelance.jobs (business_id)",
    "CREATE INDEX ix_jobs_client_id ON freelance.jobs (client_id)",
    "CREATE INDEX ix_jobs_freelancer_id ON freelance.jobs (freelancer_id)",
    "CREATE INDEX ix_jobs_search_vector ON freelance.jobs USING gin (search_vector)",
    "CREATE INDEX ix_jobs_skills ON freelance.jobs USING gin (skills)",
    "CREATE INDEX ix_jobs_status_created_at ON freelance.jobs (status, created_at)",
    """
    CREATE TABLE freelance.courses (
        id uuid DEFAULT uuidv7() NOT NULL,
        business_id uuid NOT NULL,
        instructor_id uuid,
        slug text NOT NULL,
        title text NOT NULL,
        description text,
        category text,
        skills text[] DEFAULT '{}' NOT NULL,
        experience_level text DEFAULT 'ENTRY' NOT NULL,
        locale text DEFAULT 'en' NOT NULL,
        lesson_count integer NOT NULL,
        duration_minutes integer NOT NULL,
        pass_mark integer DEFAULT 70 NOT NULL,
        price numeric(20,2) DEFAULT 0 NOT NULL,
        currency text DEFAULT 'USD' NOT NULL,
        cover_url text,
        status text DEFAULT 'DRAFT' NOT NULL,
        published_at timestamptz(3),
        enrollment_count integer DEFAULT 0 NOT NULL,
        completion_count integer DEFAULT 0 NOT NULL,
        completion_rate numeric(5,2) GENERATED ALWAYS AS (round(100 * completion_count::numeric / nullif(enrollment_count, 0), 2)) VIRTUAL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        created_by_id uuid,
        updated_by_id uuid,
        CONSTRAINT pk_courses PRIMARY KEY (id),
        CONSTRAINT ck_courses_price_at_least_zero CHECK (price >= 0),
        CONSTRAINT ck_courses_enrollment_count_at_least_zero CHECK (enrollment_count >= 0),
        CONSTRAINT ck_courses_completion_count_at_least_zero CHECK (completion_count >= 0),
        CONSTRAINT ck_courses_published_at_is_given CHECK (status = 'DRAFT' OR published_at IS NOT NULL),
        CONSTRAINT ck_courses_slug_form CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
        CONSTRAINT ck_courses_title_length CHECK (length(title) BETWEEN 1 AND 200),
        CONSTRAINT ck_courses_experience_level_is_known
            CHECK (experience_level IN ('ENTRY', 'INTERMEDIATE', 'EXPERT')),
        CONSTRAINT ck_courses_lesson_count_positive CHECK (lesson_count > 0),
        CONSTRAINT ck_courses_duration_minutes_positive CHECK (duration_minutes > 0),
        CONSTRAINT ck_courses_pass_mark_range CHECK (pass_mark BETWEEN 0 AND 100),
        CONSTRAINT ck_courses_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT ck_courses_status_is_known CHECK (status IN ('DRAFT', 'PUBLISHED', 'ARCHIVED')),
        CONSTRAINT uq_courses_business_id_slug UNIQUE (business_id, slug)
    )
    """,
    "CREATE INDEX ix_courses_created_by_id ON freelance.courses (created_by_id)",
    "CREATE INDEX ix_courses_instructor_id ON freelance.courses (instructor_id)",
    "CREATE INDEX ix_courses_skills ON freelance.courses USING gin (skills)",
    "CREATE INDEX ix_courses_status_published_at ON freelance.courses (status, published_at)",
    "CREATE INDEX ix_courses_title_trigram ON freelance.courses USING gin (title gin_trgm_ops)",
    "CREATE INDEX ix_courses_updated_by_id ON freelance.courses (updated_by_id)",
    """
    CREATE TABLE freelance.escrows (
        id uuid DEFAULT uuidv7() NOT NULL,
        job_id uuid NOT NULL,
        client_id uuid NOT NULL,
        freelancer_id uuid,
        amount numeric(20,2) NOT NULL,
        fee numeric(20,2) DEFAULT 0 NOT NULL,
        held_amount numeric(20,2) DEFAULT 0 NOT NULL,
        released_amount numeric(20,2) DEFAULT 0 NOT NULL,
        refunded_amount numeric(20,2) DEFAULT 0 NOT NULL,
        currency text DEFAULT 'USD' NOT NULL,
        status text DEFAULT 'PENDING' NOT NULL,
        funded_at timestamptz(3),
        released_at timestamptz(3),
        refunded_at timestamptz(3),
        frozen_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        CONSTRAINT pk_escrows PRIMARY KEY (id),
        CONSTRAINT ck_escrows_amount_covers_what_is_paid CHECK (released_amount + refunded_amount <= amount),
        CONSTRAINT ck_escrows_held_amount_is_paid_in CHECK (held_amount >= 0),
        CONSTRAINT ck_escrows_fee_fits CHECK (fee <= amount),
        CONSTRAINT ck_escrows_amount_at_least_zero CHECK (amount >= 0),
        CONSTRAINT ck_escrows_fee_at_least_zero CHECK (fee >= 0),
        CONSTRAINT ck_escrows_released_amount_at_least_zero CHECK (released_amount >= 0),
        CONSTRAINT ck_escrows_refunded_amount_at_least_zero CHECK (refunded_amount >= 0),
        CONSTRAINT ck_escrows_released_at_not_before_funded_at CHECK (funded_at <= released_at),
        CONSTRAINT ck_escrows_refunded_at_not_before_funded_at CHECK (funded_at <= refunded_at),
        CONSTRAINT fk_escrows_job_id FOREIGN KEY(job_id) REFERENCES freelance.jobs (id) ON DELETE RESTRICT,
        CONSTRAINT ck_escrows_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT ck_escrows_status_is_known
            CHECK (status IN ('PENDING', 'FUNDED', 'PARTIALLY_RELEASED', 'RELEASED', 'REFUNDED', 'FROZEN')),
        CONSTRAINT uq_escrows_job_id UNIQUE (job_id)
    )
    """,
    "CREATE INDEX ix_escrows_client_id ON freelance.escrows (client_id)",
    "CREATE INDEX ix_escrows_freelancer_id ON freelance.escrows (freelancer_id)",
    "CREATE INDEX ix_escrows_status ON freelance.escrows (status)",
    """
    CREATE TABLE freelance.applications (
        id uuid DEFAULT uuidv7() NOT NULL,
        job_id uuid NOT NULL,
        freelancer_id uuid NOT NULL,
        cover_letter text,
        proposed_amount numeric(20,2) NOT NULL,
        currency text DEFAULT 'USD' NOT NULL,
        estimated_days integer,
        status text DEFAULT 'PENDING' NOT NULL,
        decided_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_applications PRIMARY KEY (id),
        CONSTRAINT ck_applications_proposed_amount_at_least_zero CHECK (proposed_amount >= 0),
        CONSTRAINT fk_applications_job_id FOREIGN KEY(job_id) REFERENCES freelance.jobs (id) ON DELETE CASCADE,
        CONSTRAINT ck_applications_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT ck_applications_estimated_days_positive CHECK (estimated_days > 0),
        CONSTRAINT ck_applications_status_is_known
            CHECK (status IN ('PENDING', 'SHORTLISTED', 'ACCEPTED', 'REJECTED', 'WITHDRAWN')),
        CONSTRAINT uq_applications_job_id_freelancer_id UNIQUE (job_id, freelancer_id)
    )
    """,
    "CREATE INDEX ix_applications_freelancer_id ON freelance.applications (freelancer_id)",
    "CREATE INDEX ix_applications_status ON freelance.applications (status)",
    """
    CREATE TABLE freelance.milestones (
        id uuid DEFAULT uuidv7() NOT NULL,
        job_id uuid NOT NULL,
        position integer NOT NULL,
        title text NOT NULL,
        description text,
        amount numeric(20,2) NOT NULL,
        currency text DEFAULT 'USD' NOT NULL,
        status text DEFAULT 'PENDING' NOT NULL,
        due_at timestamptz(3),
        submitted_at timestamptz(3),
        completed_at timestamptz(3),
        rejected_at timestamptz(3),
        deliverables text[] DEFAULT '{}' NOT NULL,
        feedback text,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_milestones PRIMARY KEY (id),
        CONSTRAINT ck_milestones_amount_at_least_zero CHECK (amount >= 0),
        CONSTRAINT ck_milestones_completed_at_not_before_submitted_at CHECK (submitted_at <= completed_at),
        CONSTRAINT ck_milestones_rejected_at_not_before_submitted_at CHECK (submitted_at <= rejected_at),
        CONSTRAINT fk_milestones_job_id FOREIGN KEY(job_id) REFERENCES freelance.jobs (id) ON DELETE CASCADE,
        CONSTRAINT ck_milestones_position_positive CHECK (position > 0),
        CONSTRAINT ck_milestones_title_length CHECK (length(title) BETWEEN 1 AND 200),
        CONSTRAINT ck_milestones_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT ck_milestones_status_is_known
            CHECK (status IN ('PENDING', 'IN_PROGRESS', 'SUBMITTED', 'APPROVED', 'REJECTED')),
        CONSTRAINT uq_milestones_job_id_position UNIQUE (job_id, position)
    )
    """,
    "CREATE INDEX ix_milestones_status_due_at ON freelance.milestones (status, due_at)",
    """
    CREATE TABLE freelance.reviews (
        id uuid DEFAULT uuidv7() NOT NULL,
        job_id uuid NOT NULL,
        reviewer_id uuid NOT NULL,
        reviewee_id uuid NOT NULL,
        rating integer NOT NULL,
        comment text,
        response text,
        is_public boolean DEFAULT true NOT NULL,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_reviews PRIMARY KEY (id),
        CONSTRAINT ck_reviews_reviewee_id_is_another CHECK (reviewer_id <> reviewee_id),
        CONSTRAINT fk_reviews_job_id FOREIGN KEY(job_id) REFERENCES freelance.jobs (id) ON DELETE CASCADE,
        CONSTRAINT ck_reviews_rating_range CHECK (rating BETWEEN 1 AND 5),
        CONSTRAINT uq_reviews_job_id_reviewer_id UNIQUE (job_id, reviewer_id)
    )
    """,
    "CREATE INDEX ix_reviews_reviewee_id ON freelance.reviews (reviewee_id)",
    "CREATE INDEX ix_reviews_reviewer_id ON freelance.reviews (reviewer_id)",
    """
    CREATE TABLE freelance.enrollments (
        id uuid DEFAULT uuidv7() NOT NULL,
        course_id uuid NOT NULL,
        user_id uuid NOT NULL,
        payment_id uuid,
        status text DEFAULT 'ACTIVE' NOT NULL,
        progress numeric(5,2) DEFAULT 0 NOT NULL,
        score integer,
        price_paid numeric(20,2) DEFAULT 0 NOT NULL,
        currency text DEFAULT 'USD' NOT NULL,
        rating integer,
        certificate_number text,
        enrolled_at timestamptz(3) DEFAULT now() NOT NULL,
        last_activity_at timestamptz(3),
        completed_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_enrollments PRIMARY KEY (id),
        CONSTRAINT ck_enrollments_price_paid_at_least_zero CHECK (price_paid >= 0),
        CONSTRAINT ck_enrollments_last_activity_at_not_before_enrolled_at CHECK (enrolled_at <= last_activity_at),
        CONSTRAINT ck_enrollments_completed_at_not_before_enrolled_at CHECK (enrolled_at <= completed_at),
        CONSTRAINT ck_enrollments_completed_at_is_given CHECK ((status = 'COMPLETED') = (completed_at IS NOT NULL)),
        CONSTRAINT ck_enrollments_progress_is_full CHECK (status <> 'COMPLETED' OR progress = 100),
        CONSTRAINT fk_enrollments_course_id
            FOREIGN KEY(course_id) REFERENCES freelance.courses (id) ON DELETE RESTRICT,
        CONSTRAINT ck_enrollments_status_is_known CHECK (status IN ('ACTIVE', 'COMPLETED', 'DROPPED', 'EXPIRED')),
        CONSTRAINT ck_enrollments_progress_range CHECK (progress BETWEEN 0 AND 100),
        CONSTRAINT ck_enrollments_score_range CHECK (score BETWEEN 0 AND 100),
        CONSTRAINT ck_enrollments_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT ck_enrollments_rating_range CHECK (rating BETWEEN 1 AND 5),
        CONSTRAINT uq_enrollments_course_id_user_id UNIQUE (course_id, user_id)
    )
    """,
    "CREATE INDEX ix_enrollments_payment_id ON freelance.enrollments (payment_id)",
    "CREATE INDEX ix_enrollments_status ON freelance.enrollments (status)",
    "CREATE INDEX ix_enrollments_user_id ON freelance.enrollments (user_id)",
    """
    CREATE TABLE freelance.disputes (
        id uuid DEFAULT uuidv7() NOT NULL,
        job_id uuid NOT NULL,
        escrow_id uuid NOT NULL,
        milestone_id uuid,
        opened_by_id uuid NOT NULL,
        respondent_id uuid NOT NULL,
        mediator_id uuid,
        reason text NOT NULL,
        description text NOT NULL,
        answer text,
        status text DEFAULT 'OPEN' NOT NULL,
        disputed_amount numeric(20,2) NOT NULL,
        resolution text,
        freelancer_amount numeric(20,2) DEFAULT 0 NOT NULL,
        client_amount numeric(20,2) DEFAULT 0 NOT NULL,
        currency text DEFAULT 'USD' NOT NULL,
        decision text,
        answer_due_at timestamptz(3),
        answered_at timestamptz(3),
        mediated_at timestamptz(3),
        resolved_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        CONSTRAINT pk_disputes PRIMARY KEY (id),
        CONSTRAINT ck_disputes_freelancer_amount_at_least_zero CHECK (freelancer_amount >= 0),
        CONSTRAINT ck_disputes_client_amount_at_least_zero CHECK (client_amount >= 0),
        CONSTRAINT ck_disputes_answer_due_at_not_before_created_at CHECK (created_at <= answer_due_at),
        CONSTRAINT ck_disputes_answered_at_not_before_created_at CHECK (created_at <= answered_at),
        CONSTRAINT ck_disputes_resolved_at_not_before_created_at CHECK (created_at <= resolved_at),
        CONSTRAINT ck_disputes_respondent_id_is_another CHECK (opened_by_id <> respondent_id),
        CONSTRAINT ck_disputes_mediator_id_is_neutral
            CHECK (mediator_id <> opened_by_id AND mediator_id <> respondent_id),
        CONSTRAINT ck_disputes_resolution_is_given CHECK ((status = 'RESOLVED') = (resolution IS NOT NULL)),
        CONSTRAINT ck_disputes_resolved_at_is_given
            CHECK ((status IN ('RESOLVED', 'WITHDRAWN')) = (resolved_at IS NOT NULL)),
        CONSTRAINT ck_disputes_freelancer_amount_adds_up
            CHECK (resolution IS NULL OR freelancer_amount + client_amount = disputed_amount),
        CONSTRAINT ck_disputes_client_amount_fits_resolution
            CHECK (CASE resolution WHEN 'RELEASE' THEN client_amount = 0 WHEN 'REFUND' THEN freelancer_amount = 0 WHEN 'SPLIT' THEN client_amount > 0 AND freelancer_amount > 0 ELSE client_amount = 0 AND freelancer_amount = 0 END),
        CONSTRAINT fk_disputes_job_id FOREIGN KEY(job_id) REFERENCES freelance.jobs (id) ON DELETE RESTRICT,
        CONSTRAINT fk_disputes_escrow_id
            FOREIGN KEY(escrow_id) REFERENCES freelance.escrows (id) ON DELETE RESTRICT,
        CONSTRAINT fk_disputes_milestone_id
            FOREIGN KEY(milestone_id) REFERENCES freelance.milestones (id) ON DELETE SET NULL,
        CONSTRAINT ck_disputes_reason_is_known
            CHECK (reason IN ('NOT_DELIVERED', 'QUALITY', 'DEADLINE', 'SCOPE', 'PAYMENT', 'CONDUCT', 'OTHER')),
        CONSTRAINT ck_disputes_status_is_known
            CHECK (status IN ('OPEN', 'ANSWERED', 'IN_MEDIATION', 'RESOLVED', 'WITHDRAWN')),
        CONSTRAINT ck_disputes_disputed_amount_positive CHECK (disputed_amount > 0),
        CONSTRAINT ck_disputes_resolution_is_known CHECK (resolution IN ('RELEASE', 'REFUND', 'SPLIT')),
        CONSTRAINT ck_disputes_currency_form CHECK (currency ~ '^[A-Z]{3}$')
    )
    """,
    "CREATE INDEX ix_disputes_escrow_id ON freelance.disputes (escrow_id)",
    "CREATE INDEX ix_disputes_job_id ON freelance.disputes (job_id)",
    "CREATE INDEX ix_disputes_mediator_id ON freelance.disputes (mediator_id)",
    "CREATE INDEX ix_disputes_milestone_id ON freelance.disputes (milestone_id)",
    "CREATE INDEX ix_disputes_opened_by_id ON freelance.disputes (opened_by_id)",
    "CREATE INDEX ix_disputes_respondent_id ON freelance.disputes (respondent_id)",
    "CREATE INDEX ix_disputes_status_created_at ON freelance.disputes (status, created_at)",
    "CREATE UNIQUE INDEX uq_disputes_job_id ON freelance.disputes (job_id) WHERE status NOT IN ('RESOLVED', 'WITHDRAWN')",
    """
    CREATE TABLE freelance.skill_verifications (
        id uuid DEFAULT uuidv7() NOT NULL,
        user_id uuid NOT NULL,
        skill text NOT NULL,
        level text DEFAULT 'CLAIMED' NOT NULL,
        experience_level text,
        status text DEFAULT 'PENDING' NOT NULL,
        score integer,
        enrollment_id uuid,
        issuer text,
        evidence_url text,
        verified_by_id uuid,
        verified_at timestamptz(3),
        expires_at timestamptz(3),
        rejection_reason text,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_skill_verifications PRIMARY KEY (id),
        CONSTRAINT ck_skill_verifications_expires_at_not_before_verified_at CHECK (verified_at <= expires_at),
        CONSTRAINT ck_skill_verifications_verified_by_id_is_another CHECK (verified_by_id <> user_id),
        CONSTRAINT ck_skill_verifications_verified_at_is_given
            CHECK (status NOT IN ('VERIFIED', 'EXPIRED') OR verified_at IS NOT NULL),
        CONSTRAINT fk_skill_verifications_enrollment_id
            FOREIGN KEY(enrollment_id) REFERENCES freelance.enrollments (id) ON DELETE SET NULL,
        CONSTRAINT ck_skill_verifications_skill_length CHECK (length(skill) BETWEEN 1 AND 80),
        CONSTRAINT ck_skill_verifications_level_is_known
            CHECK (level IN ('CLAIMED', 'ENDORSED', 'TESTED', 'CERTIFIED')),
        CONSTRAINT ck_skill_verifications_experience_level_is_known
            CHECK (experience_level IN ('ENTRY', 'INTERMEDIATE', 'EXPERT')),
        CONSTRAINT ck_skill_verifications_status_is_known
            CHECK (status IN ('PENDING', 'VERIFIED', 'REJECTED', 'EXPIRED')),
        CONSTRAINT ck_skill_verifications_score_range CHECK (score BETWEEN 0 AND 100),
        CONSTRAINT uq_skill_verifications_user_id_skill UNIQUE (user_id, skill)
    )
    """,
    "CREATE INDEX ix_skill_verifications_enrollment_id ON freelance.skill_verifications (enrollment_id)",
    "CREATE INDEX ix_skill_verifications_skill_level ON freelance.skill_verifications (skill, level)",
    "CREATE INDEX ix_skill_verifications_status ON freelance.skill_verifications (status)",
    "CREATE INDEX ix_skill_verifications_verified_by_id ON freelance.skill_verifications (verified_by_id)",
    """
    CREATE TABLE freelance.escrow_movements (
        id uuid DEFAULT uuidv7() NOT NULL,
        escrow_id uuid NOT NULL,
        milestone_id uuid,
        dispute_id uuid,
        payment_id uuid,
        made_by_id uuid,
        type text NOT NULL,
        party text NOT NULL,
        amount numeric(20,2) NOT NULL,
        currency text DEFAULT 'USD' NOT NULL,
        reference text,
        note text,
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_escrow_movements PRIMARY KEY (id),
        CONSTRAINT ck_escrow_movements_amount_has_its_sign
            CHECK (CASE type WHEN 'FUNDED' THEN amount > 0 ELSE amount < 0 END),
        CONSTRAINT ck_escrow_movements_party_fits_type
            CHECK (CASE type WHEN 'RELEASED' THEN party = 'FREELANCER' WHEN 'FEE' THEN party = 'PLATFORM' WHEN 'SPLIT' THEN party <> 'PLATFORM' ELSE party = 'CLIENT' END),
        CONSTRAINT ck_escrow_movements_dispute_id_is_given CHECK (type <> 'SPLIT' OR dispute_id IS NOT NULL),
        CONSTRAINT fk_escrow_movements_escrow_id
            FOREIGN KEY(escrow_id) REFERENCES freelance.escrows (id) ON DELETE RESTRICT,
        CONSTRAINT fk_escrow_movements_milestone_id
            FOREIGN KEY(milestone_id) REFERENCES freelance.milestones (id) ON DELETE RESTRICT,
        CONSTRAINT fk_escrow_movements_dispute_id
            FOREIGN KEY(dispute_id) REFERENCES freelance.disputes (id) ON DELETE RESTRICT,
        CONSTRAINT ck_escrow_movements_type_is_known
            CHECK (type IN ('FUNDED', 'RELEASED', 'REFUNDED', 'FEE', 'SPLIT')),
        CONSTRAINT ck_escrow_movements_party_is_known CHECK (party IN ('CLIENT', 'FREELANCER', 'PLATFORM')),
        CONSTRAINT ck_escrow_movements_currency_form CHECK (currency ~ '^[A-Z]{3}$')
    )
    """,
    "CREATE INDEX ix_escrow_movements_dispute_id ON freelance.escrow_movements (dispute_id)",
    "CREATE INDEX ix_escrow_movements_escrow_id_created_at ON freelance.escrow_movements (escrow_id, created_at)",
    "CREATE INDEX ix_escrow_movements_made_by_id ON freelance.escrow_movements (made_by_id)",
    "CREATE INDEX ix_escrow_movements_milestone_id ON freelance.escrow_movements (milestone_id)",
    "CREATE INDEX ix_escrow_movements_payment_id ON freelance.escrow_movements (payment_id)",
    "CREATE INDEX ix_escrow_movements_reference ON freelance.escrow_movements (reference)",
    """
    CREATE TABLE freelance.dispute_evidences (
        id uuid DEFAULT uuidv7() NOT NULL,
        dispute_id uuid NOT NULL,
        submitted_by_id uuid NOT NULL,
        type text DEFAULT 'STATEMENT' NOT NULL,
        title text NOT NULL,
        statement text,
        file_url text,
        file_name text,
        media_type text,
        size_bytes bigint,
        sha256 text,
        is_confidential boolean DEFAULT false NOT NULL,
        submitted_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_dispute_evidences PRIMARY KEY (id),
        CONSTRAINT ck_dispute_evidences_sha256_form CHECK (sha256 ~ '^[0-9a-f]{64}$'),
        CONSTRAINT ck_dispute_evidences_statement_or_file CHECK (num_nonnulls(statement, file_url) > 0),
        CONSTRAINT fk_dispute_evidences_dispute_id
            FOREIGN KEY(dispute_id) REFERENCES freelance.disputes (id) ON DELETE CASCADE,
        CONSTRAINT ck_dispute_evidences_type_is_known
            CHECK (type IN ('STATEMENT', 'DOCUMENT', 'IMAGE', 'CHAT_LOG', 'LINK', 'OTHER')),
        CONSTRAINT ck_dispute_evidences_title_length CHECK (length(title) BETWEEN 1 AND 200),
        CONSTRAINT ck_dispute_evidences_size_bytes_positive CHECK (size_bytes > 0)
    )
    """,
    "CREATE INDEX ix_dispute_evidences_dispute_id_submitted_at ON freelance.dispute_evidences (dispute_id, submitted_at)",
    "CREATE INDEX ix_dispute_evidences_submitted_by_id ON freelance.dispute_evidences (submitted_by_id)",
    """
    CREATE FUNCTION public.count_enrollments() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      changes refcursor;
      change record;
    BEGIN
      CASE tg_op
        WHEN 'INSERT' THEN OPEN changes FOR
          SELECT course_id AS id,
                 sum(sign * 1) AS enrollment_count,
                 sum(sign * CASE WHEN completed_at IS NULL THEN 0 ELSE 1 END) AS completion_count
            FROM (SELECT 1 AS sign, * FROM added) AS r
           GROUP BY course_id ORDER BY course_id;
        WHEN 'DELETE' THEN OPEN changes FOR
          SELECT course_id AS id,
                 sum(sign * 1) AS enrollment_count,
                 sum(sign * CASE WHEN completed_at IS NULL THEN 0 ELSE 1 END) AS completion_count
            FROM (SELECT -1 AS sign, * FROM removed) AS r
           GROUP BY course_id ORDER BY course_id;
        WHEN 'UPDATE' THEN OPEN changes FOR
          SELECT course_id AS id,
                 sum(sign * 1) AS enrollment_count,
                 sum(sign * CASE WHEN completed_at IS NULL THEN 0 ELSE 1 END) AS completion_count
            FROM (SELECT 1 AS sign, * FROM added UNION ALL SELECT -1 AS sign, * FROM removed) AS r
           GROUP BY course_id ORDER BY course_id;
      END CASE;
      LOOP
        FETCH changes INTO change;
        EXIT WHEN NOT found;
        CONTINUE WHEN change.enrollment_count = 0 AND change.completion_count = 0;
        UPDATE freelance.courses AS p
           SET enrollment_count = p.enrollment_count + change.enrollment_count,
               completion_count = p.completion_count + change.completion_count
         WHERE p.id = change.id;
      END LOOP;
      CLOSE changes;
      RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION public.sum_escrow_movements() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      changes refcursor;
      change record;
    BEGIN
      CASE tg_op
        WHEN 'INSERT' THEN OPEN changes FOR
          SELECT escrow_id AS id,
                 sum(sign * amount) AS held_amount,
                 sum(sign * CASE WHEN party = 'FREELANCER' THEN -amount ELSE 0 END) AS released_amount,
                 sum(sign * CASE WHEN party = 'CLIENT' AND amount < 0 THEN -amount ELSE 0 END) AS refunded_amount
            FROM (SELECT 1 AS sign, * FROM added) AS r
           GROUP BY escrow_id ORDER BY escrow_id;
        WHEN 'DELETE' THEN OPEN changes FOR
          SELECT escrow_id AS id,
                 sum(sign * amount) AS held_amount,
                 sum(sign * CASE WHEN party = 'FREELANCER' THEN -amount ELSE 0 END) AS released_amount,
                 sum(sign * CASE WHEN party = 'CLIENT' AND amount < 0 THEN -amount ELSE 0 END) AS refunded_amount
            FROM (SELECT -1 AS sign, * FROM removed) AS r
           GROUP BY escrow_id ORDER BY escrow_id;
        WHEN 'UPDATE' THEN OPEN changes FOR
          SELECT escrow_id AS id,
                 sum(sign * amount) AS held_amount,
                 sum(sign * CASE WHEN party = 'FREELANCER' THEN -amount ELSE 0 END) AS released_amount,
                 sum(sign * CASE WHEN party = 'CLIENT' AND amount < 0 THEN -amount ELSE 0 END) AS refunded_amount
            FROM (SELECT 1 AS sign, * FROM added UNION ALL SELECT -1 AS sign, * FROM removed) AS r
           GROUP BY escrow_id ORDER BY escrow_id;
      END CASE;
      LOOP
        FETCH changes INTO change;
        EXIT WHEN NOT found;
        CONTINUE WHEN change.held_amount = 0 AND change.released_amount = 0 AND change.refunded_amount = 0;
        UPDATE freelance.escrows AS p
           SET held_amount = p.held_amount + change.held_amount,
               released_amount = p.released_amount + change.released_amount,
               refunded_amount = p.refunded_amount + change.refunded_amount
         WHERE p.id = change.id;
      END LOOP;
      CLOSE changes;
      RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION public.sum_ratings() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      changes refcursor;
      change record;
    BEGIN
      CASE tg_op
        WHEN 'INSERT' THEN OPEN changes FOR
          SELECT reviewee_id AS id,
                 sum(sign * rating) AS rating_sum,
                 sum(sign * 1) AS rating_count
            FROM (SELECT 1 AS sign, * FROM added) AS r
           GROUP BY reviewee_id ORDER BY reviewee_id;
        WHEN 'DELETE' THEN OPEN changes FOR
          SELECT reviewee_id AS id,
                 sum(sign * rating) AS rating_sum,
                 sum(sign * 1) AS rating_count
            FROM (SELECT -1 AS sign, * FROM removed) AS r
           GROUP BY reviewee_id ORDER BY reviewee_id;
        WHEN 'UPDATE' THEN OPEN changes FOR
          SELECT reviewee_id AS id,
                 sum(sign * rating) AS rating_sum,
                 sum(sign * 1) AS rating_count
            FROM (SELECT 1 AS sign, * FROM added UNION ALL SELECT -1 AS sign, * FROM removed) AS r
           GROUP BY reviewee_id ORDER BY reviewee_id;
      END CASE;
      LOOP
        FETCH changes INTO change;
        EXIT WHEN NOT found;
        CONTINUE WHEN change.rating_sum = 0 AND change.rating_count = 0;
        UPDATE identity.users AS p
           SET rating_sum = p.rating_sum + change.rating_sum,
               rating_count = p.rating_count + change.rating_count
         WHERE p.id = change.id;
      END LOOP;
      CLOSE changes;
      RETURN NULL;
    END $$
    """,
    """
    CREATE VIEW freelance.job_analytics AS SELECT business_id,
                   (created_at AT TIME ZONE 'UTC')::date AS date,
                   currency,
                   count(*) AS posted_count,
                   count(*) FILTER (WHERE status = 'OPEN') AS open_count,
                   count(*) FILTER (WHERE freelancer_id IS NOT NULL) AS assigned_count,
                   count(*) FILTER (WHERE status = 'COMPLETED') AS completed_count,
                   count(*) FILTER (WHERE status = 'CANCELLED') AS cancelled_count,
                   count(*) FILTER (WHERE status = 'DISPUTED') AS disputed_count,
                   sum(application_count)::bigint AS application_count,
                   sum(budget) FILTER (WHERE budget_type = 'FIXED') AS total_budget,
                   round(avg(budget) FILTER (WHERE budget_type = 'FIXED'), 2)::numeric(20,2) AS average_budget
              FROM freelance.jobs
              CROSS JOIN LATERAL (SELECT count(*) AS application_count
                                    FROM freelance.applications AS a WHERE a.job_id = jobs.id) AS applied
             WHERE deleted_at IS NULL
             GROUP BY 1, 2, 3
    """,
    """
    CREATE VIEW freelance.user_stats AS SELECT u.id AS user_id,
                   (SELECT count(*) FROM freelance.jobs AS j WHERE j.client_id = u.id AND j.deleted_at IS NULL) AS posted_count,
                   (SELECT count(*) FROM freelance.applications AS a WHERE a.freelancer_id = u.id) AS application_count,
                   (SELECT count(*) FROM freelance.jobs AS j
                     WHERE j.freelancer_id = u.id AND j.status = 'COMPLETED') AS completed_count,
                   (SELECT count(*) FROM freelance.enrollments AS e WHERE e.user_id = u.id) AS enrollment_count,
                   (SELECT count(*) FROM freelance.enrollments AS e
                     WHERE e.user_id = u.id AND e.status = 'COMPLETED') AS course_count,
                   u.currency,
                   (SELECT coalesce(sum(e.released_amount), 0)::numeric(20,2) FROM freelance.escrows AS e
                     WHERE e.freelancer_id = u.id AND e.currency = u.currency) AS total_earned,
                   (SELECT coalesce(jsonb_object_agg(by.currency, by.earned::text), '{}')
                      FROM (SELECT e.currency, sum(e.released_amount) AS earned FROM freelance.escrows AS e
                             WHERE e.freelancer_id = u.id GROUP BY e.currency) AS by) AS earnings
              FROM identity.users AS u
             WHERE u.deleted_at IS NULL
    """,
)

DOWNGRADE = (
    "DROP VIEW freelance.user_stats",
    "DROP VIEW freelance.job_analytics",
    "DROP TABLE freelance.dispute_evidences",
    "DROP TABLE freelance.escrow_movements",
    "DROP TABLE freelance.skill_verifications",
    "DROP TABLE freelance.disputes",
    "DROP TABLE freelance.enrollments",
    "DROP TABLE freelance.reviews",
    "DROP TABLE freelance.milestones",
    "DROP TABLE freelance.applications",
    "DROP TABLE freelance.escrows",
    "DROP TABLE freelance.courses",
    "DROP TABLE freelance.jobs",
    "DROP FUNCTION public.sum_ratings()",
    "DROP FUNCTION public.sum_escrow_movements()",
    "DROP FUNCTION public.count_enrollments()",
    "DROP SCHEMA freelance",
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


def downgrade() -> None:
    for statement in DOWNGRADE:
        op.execute(statement)
