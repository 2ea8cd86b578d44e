"""The layout of the bank's books."""

from typing import Final

LAYOUT: Final = 1

SCHEMA: Final = """
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS transfer (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    end_to_end_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
    currency TEXT NOT NULL,
    account_number TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('executed', 'accepted', 'rejected')),
    reference TEXT,
    failure_code TEXT,
    received_at REAL NOT NULL,
    CHECK ((verdict = 'rejected') = (failure_code IS NOT NULL)),
    CHECK ((verdict = 'rejected') = (reference IS NULL))
) STRICT;
CREATE INDEX IF NOT EXISTS transfer_by_key ON transfer (key);
CREATE TABLE IF NOT EXISTS movement (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    transfer_id INTEGER NOT NULL UNIQUE REFERENCES transfer,
    executed_at REAL NOT NULL,
    returned_at REAL
) STRICT;
CREATE TABLE IF NOT EXISTS attempt (
    end_to_end_id TEXT PRIMARY KEY,
    attempts INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS step (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    transfer_id INTEGER NOT NULL REFERENCES transfer,
    kind TEXT NOT NULL CHECK (kind IN ('execute', 'return')),
    due_at REAL NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS step_by_due_at ON step (due_at);
CREATE TABLE IF NOT EXISTS callback (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    end_to_end_id TEXT NOT NULL,
    webhook_id TEXT NOT NULL,
    body TEXT NOT NULL,
    due_at REAL NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS callback_by_end_to_end_id ON callback (end_to_end_id, id);
CREATE INDEX IF NOT EXISTS callback_by_due_at ON callback (due_at, id);
CREATE TABLE IF NOT EXISTS switch (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
PRAGMA user_version = 1;
COMMIT;
"""
