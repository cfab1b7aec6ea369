/* An account's webhook, and whether an admin wants mail. */
#ifndef STORE_WEBHOOK_H
#define STORE_WEBHOOK_H

#include "store/db.h"

struct webhook {
	char	url[2049];
	int64_t	created_at;		/* ms UTC */
};

/* Role web.  1, 0 (there is none), -1. */
int webhook_get(struct db *, int64_t account_id, struct webhook *, struct err *) MUST_CHECK;

/* New or in place of the old one. */
int webhook_set(struct db *, int64_t account_id, const char *url, const void *sealed_secret, size_t n, struct err *) MUST_CHECK;
int webhook_remove(struct db *, int64_t account_id, struct err *) MUST_CHECK;

/* Whether the admin who asks for a job gets a mail at its end. */
int admin_notify_get(struct db *, int64_t user_id, bool *wanted, struct err *) MUST_CHECK;
int admin_notify_set(struct db *, int64_t user_id, bool wanted, struct err *) MUST_CHECK;

#endif
