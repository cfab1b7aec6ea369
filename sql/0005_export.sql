-- Trasloco, schema version 5: exports.  doc/SCHEMA explains the choices.

-- download_until: of a completed export, until when its file may be fetched; when it was deleted early: since when it may not.
ALTER TABLE job ADD COLUMN download_until DATETIME(3) NULL;
