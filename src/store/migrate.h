/*
 * Schema versions: sql/NNNN_name.sql, forward only, each in schema_version once applied.  The first file makes the whole
 * schema of version 0.2, the later ones bring a database of it forward.
 */
#ifndef STORE_MIGRATE_H
#define STORE_MIGRATE_H

#include "store/db.h"

/* The version that this program needs; db_open refuses any other.  Version 0.1, whose rows have other identities, had 1 to 7. */
#define SCHEMA_FIRST	8
#define SCHEMA_VERSION	8
#define SCHEMA_FILES	(SCHEMA_VERSION - SCHEMA_FIRST + 1)

/* Applies the files of dir that are missing, in order; *applied says how many.  ERR_CONFIG for a database of version 0.1. */
int migrate_run(struct db *, const char *dir, int *applied, struct err *) MUST_CHECK;

#endif
