"""Jobs, applications, escrows, milestones and reviews."""

from alembic import op

revision = "0005_freelance"
down_revision = "0004_llm"

TOUCHED = (
    "freelance.jobs",
    "freelance.applications",
    "freelance.escrows",
    "freelance.milestones",
    "freelance.reviews",
)
COUNTED = (("freelance.reviews", "sum_ratings"),)
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
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        deleted_at timestamptz(3),
        version integer DEFAULT 1 NOT NULL,
        CONSTRAINT pk_jobs PRIMARY KEY (id),
        CONSTRAINT ck_jobs_title_length CHECK (length(title) BETWEEN 1 AND 200),
        CONSTRAINT ck_jobs_starts_before_it_ends CHECK (started_at <= completed_at),
        CONSTRAINT ck_jobs_budget_at_least_zero CHECK (budget >= 0),
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
    "CREATE INDEX ix_jobs_skills ON freelance.jobs USING gin (skills)",
    "CREATE INDEX ix_jobs_status_created_at ON freelance.jobs (status, created_at)",
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
        CONSTRAINT uq_applications_job_id_freelancer_id UNIQUE (job_id, freelancer_id),
        CONSTRAINT ck_applications_estimated_days_positive CHECK (estimated_days > 0),
        CONSTRAINT ck_applications_proposed_amount_at_least_zero CHECK (proposed_amount >= 0),
        CONSTRAINT ck_applications_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT fk_applications_job_id
            FOREIGN KEY (job_id) REFERENCES freelance.jobs (id) ON DELETE CASCADE,
        CONSTRAINT ck_applications_status_is_known
            CHECK (status IN ('PENDING', 'SHORTLISTED', 'ACCEPTED', 'REJECTED', 'WITHDRAWN'))
    )
    """,
    "CREATE INDEX ix_applications_freelancer_id ON freelance.applications (freelancer_id)",
    "CREATE INDEX ix_applications_status ON freelance.applications (status)",
    """
    CREATE TABLE freelance.escrows (
        id uuid DEFAULT uuidv7() NOT NULL,
        job_id uuid NOT NULL,
        client_id uuid NOT NULL,
        freelancer_id uuid,
        amount numeric(20,2) NOT NULL,
        fee numeric(20,2) DEFAULT 0 NOT NULL,
        released_amount numeric(20,2) DEFAULT 0 NOT NULL,
        refunded_amount numeric(20,2) DEFAULT 0 NOT NULL,
        currency text DEFAULT 'USD' NOT NULL,
        status text DEFAULT 'PENDING' NOT NULL,
        funded_at timestamptz(3),
        released_at timestamptz(3),
        refunded_at timestamptz(3),
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        version integer DEFAULT 1 NOT NULL,
        CONSTRAINT pk_escrows PRIMARY KEY (id),
        CONSTRAINT uq_escrows_job_id UNIQUE (job_id),
        CONSTRAINT ck_escrows_pays_no_more_than_it_holds
            CHECK (released_amount + refunded_amount <= amount),
        CONSTRAINT ck_escrows_amount_at_least_zero CHECK (amount >= 0),
        CONSTRAINT ck_escrows_fee_at_least_zero CHECK (fee >= 0),
        CONSTRAINT ck_escrows_released_amount_at_least_zero CHECK (released_amount >= 0),
        CONSTRAINT ck_escrows_refunded_amount_at_least_zero CHECK (refunded_amount >= 0),
        CONSTRAINT ck_escrows_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT fk_escrows_job_id FOREIGN KEY (job_id) REFERENCES freelance.jobs (id) ON DELETE RESTRICT,
        CONSTRAINT ck_escrows_status_is_known
            CHECK (status IN ('PENDING', 'FUNDED', 'PARTIALLY_RELEASED', 'RELEASED', 'REFUNDED', 'FROZEN'))
    )
    """,
    "CREATE INDEX ix_escrows_client_id ON freelance.escrows (client_id)",
    "CREATE INDEX ix_escrows_freelancer_id ON freelance.escrows (freelancer_id)",
    "CREATE INDEX ix_escrows_status ON freelance.escrows (status)",
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
        created_at timestamptz(3) DEFAULT now() NOT NULL,
        updated_at timestamptz(3) DEFAULT now() NOT NULL,
        CONSTRAINT pk_milestones PRIMARY KEY (id),
        CONSTRAINT uq_milestones_job_id_position UNIQUE (job_id, position),
        CONSTRAINT ck_milestones_position_positive CHECK (position > 0),
        CONSTRAINT ck_milestones_amount_at_least_zero CHECK (amount >= 0),
        CONSTRAINT ck_milestones_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT fk_milestones_job_id
            FOREIGN KEY (job_id) REFERENCES freelance.jobs (id) ON DELETE CASCADE,
        CONSTRAINT ck_milestones_status_is_known
            CHECK (status IN ('PENDING', 'IN_PROGRESS', 'SUBMITTED', 'APPROVED', 'REJECTED'))
    )
    """,
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
        CONSTRAINT uq_reviews_job_id_reviewer_id UNIQUE (job_id, reviewer_id),
        CONSTRAINT ck_reviews_rating_range CHECK (rating BETWEEN 1 AND 5),
        CONSTRAINT ck_reviews_not_of_oneself CHECK (reviewer_id <> reviewee_id),
        CONSTRAINT fk_reviews_job_id FOREIGN KEY (job_id) REFERENCES freelance.jobs (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX ix_reviews_reviewee_id ON freelance.reviews (reviewee_id)",
    "CREATE INDEX ix_reviews_reviewer_id ON freelance.reviews (reviewer_id)",
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
    *(
        f"CREATE TRIGGER touch_updated_at BEFORE UPDATE ON {table} FOR EACH ROW "
        "WHEN (new.updated_at = old.updated_at) EXECUTE FUNCTION public.touch_updated_at()"
        for table in TOUCHED
    ),
    *(
        f"CREATE TRIGGER {function}_after_{operation} AFTER {operation.upper()} ON {table} "
        f"REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION public.{function}()"
        for table, function in COUNTED
        for operation, rows in TRANSITIONS
    ),
)

DOWNGRADE = (
    "DROP TABLE freelance.reviews",
    "DROP TABLE freelance.milestones",
    "DROP TABLE freelance.escrows",
    "DROP TABLE freelance.applications",
    "DROP TABLE freelance.jobs",
    "DROP FUNCTION public.sum_ratings()",
    "DROP SCHEMA freelance",
)


def upgrade() -> None:
    for statement in UPGRADE:
        op.execute(statement)


def downgrade() -> None:
    for statement in DOWNGRADE:
        op.execute(statement)
