-- What PostgreSQL must do for one POST /api/payouts/ that makes a payout, and nothing else: the limit of
-- `create`. Run by pgbench; backend/tests/bench/test_limit_script.py holds it to what the service sends.
--
-- A value is `:name` here and `$1` there. What pgbench cannot make as text is made by the server.
-- The payouts are of a rail without workers: nobody sends them.

\set recipient random(:first_recipient, :last_recipient)
\set number random(1000000000000000, 9000000000000000)

SELECT * FROM (SELECT) AS always
LEFT JOIN (SELECT "payouts_payout"."id", "payouts_payout"."organization_id", "payouts_payout"."reference",
            "payouts_payout"."end_to_end_id", "payouts_payout"."uetr",
            "payouts_payout"."recipient_id", "payouts_payout"."amount_minor",
            "payouts_payout"."currency", "payouts_payout"."idempotency_key",
            "payouts_payout"."request_fingerprint", "payouts_payout"."recipient_name_snapshot",
            "payouts_payout"."account_number_snapshot_encrypted",
            "payouts_payout"."bank_code_snapshot", "payouts_payout"."country_snapshot",
            "payouts_payout"."metadata", "payouts_payout"."created_by",
            "payouts_payout"."traceparent", "payouts_payout"."rail", "payouts_payout"."status",
            "payouts_payout"."stage", "payouts_payout"."status_details", "payouts_payout"."failure",
            "payouts_payout"."attempts_made", "payouts_payout"."next_run_at",
            "payouts_payout"."completed_at", "payouts_payout"."deleted_at",
            "payouts_payout"."created_at", "payouts_payout"."updated_at"
    FROM "payouts_payout"
    WHERE ("payouts_payout"."idempotency_key" = (:number) AND "payouts_payout"."organization_id" = (:organization))) AS one ON true
LEFT JOIN (SELECT "payouts_recipient"."id", "payouts_recipient"."organization_id", "payouts_recipient"."type",
            "payouts_recipient"."name", "payouts_recipient"."account_number_encrypted",
            "payouts_recipient"."account_number_hash", "payouts_recipient"."name_words",
            "payouts_recipient"."bank_code", "payouts_recipient"."country",
            "payouts_recipient"."is_active", "payouts_recipient"."created_at",
            "payouts_recipient"."updated_at"
    FROM "payouts_recipient"
    WHERE ("payouts_recipient"."organization_id" = (:organization) AND "payouts_recipient"."id" = (:recipient))) AS other ON true;

WITH inserted AS (
    INSERT INTO payouts_payout (organization_id, reference, end_to_end_id, uetr, recipient_id, amount_minor,
        currency, idempotency_key, request_fingerprint, recipient_name_snapshot,
        account_number_snapshot_encrypted, bank_code_snapshot, country_snapshot, metadata, created_by,
        traceparent, rail, status, stage, status_details, failure, attempts_made, next_run_at, completed_at,
        deleted_at, created_at, updated_at)
    VALUES (:organization, :number, :number, gen_random_uuid(), :recipient, :amount,
        :currency, :number, :fingerprint, :name,
        :account, :bank_code, :country, :metadata, :actor,
        '', :rail, :status, :stage, '', NULL, :attempts, now(), NULL,
        NULL, now(), now())
    ON CONFLICT (organization_id, idempotency_key) DO NOTHING RETURNING id
), new AS MATERIALIZED (
    SELECT nextval('events_event_id_seq') AS id, inserted.id AS subject_id FROM inserted
), recorded AS (
    INSERT INTO events_event (id, organization_id, subject_type, subject_id, type, data, actor, request_id)
    SELECT id, :organization, :subject, subject_id, :event, :data::jsonb, :actor, :request FROM new
), marked AS (
    INSERT INTO events_pendingevent (event_id, traceparent) SELECT id, '' FROM new
)
SELECT subject_id FROM new;
