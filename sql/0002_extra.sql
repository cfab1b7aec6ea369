-- Trasloco, schema version 2.  doc/SCHEMA explains the choices.

-- What a source says beyond the vocabulary: one JSON object of at most 8 KiB.  NULL: it said nothing more.
-- The last column of the table, so that neither server copies the rows for it.
ALTER TABLE comment ADD COLUMN extra TEXT NULL;
