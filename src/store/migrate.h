/* Schema versions: sql/NNNN_name.sql, forward only, each in schema_version once applied. */
#ifndef STORE_MIGRATE_H
#define STORE_MIGRATE_H

#include "store/db.h"

/* The version that this program needs; db_open refuses any other. */
#define SCHEMA_VERSION	7

/* Applies the files of dir that are missing, in order.  *applied says how many. */
int migrate_run(struct db *, const char *dir, int *applied, struct err *) MUST_CHECK;

#endif
