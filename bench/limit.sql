-- What PostgreSQL must do for one POST /api/payouts/ that makes a payout, and nothing else: the limit of
-- `create`. Run by pgbench; backend/tests/bench/test_limit_script.py holds it to what the service sends.
--
-- A value is `:name` here and `$1` there. What pgbench cannot make as text is made by the server.
-- The payouts are of a rail without workers: nobody sends them.

\set recipient random(:first_recipient, :last_recipient)
\set number random(1000000000000000, 9000000000000000)

SELECT "payouts_recipient"."id", "payouts_recipient"."organization_id", "payouts_recipient"."type",
    "payouts_recipient"."name", "payouts_recipient"."account_number_encrypted",
    "payouts_recipient"."account_number_hash", "payouts_recipient"."name_words",
    "payouts_recipient"."bank_code", "payouts_recipient"."country", "payouts_recipient"."is_active",
    "payouts_recipient"."created_at", "payouts_recipient"."updated_at"
FROM "payouts_recipient"
WHERE ("payouts_recipient"."organization_id" = :organization AND "payouts_recipient"."id" = :recipient)
LIMIT 21;

BEGIN;

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
ON CONFLICT (organization_id, idempotency_key) DO NOTHING RETURNING id \gset

WITH new AS MATERIALIZED (
    SELECT nextval('events_event_id_seq') AS id, *
    FROM unnest(
        ARRAY[:organization]::bigint[], ARRAY[:subject]::text[], ARRAY[:id]::bigint[],
        ARRAY[:event]::text[], ARRAY[:data]::text[], ARRAY[:actor]::text[], ARRAY['']::text[]
    ) AS given (organization_id, subject_type, subject_id, type, data, actor, traceparent)
), recorded AS (
    INSERT INTO events_event (id, organization_id, subject_type, subject_id, type, data, actor, request_id)
    SELECT id, organization_id, subject_type, subject_id, type, data::jsonb, actor, :request FROM new
)
INSERT INTO events_pendingevent (event_id, traceparent) SELECT id, traceparent FROM new;

COMMIT;
