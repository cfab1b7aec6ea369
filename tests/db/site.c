#include "site.h"

struct integration
site_connect(const char *domain, const char *source_site)
{
	struct integration site = { .account_id = 1, .state = INTEGRATION_APPROVED, .source = "wordpress", .wants_comments = true };

	snprintf(site.source_site, sizeof(site.source_site), "%s", source_site);
	snprintf(site.domain, sizeof(site.domain), "%s", domain);
	fixture_sql("INSERT INTO integration (token_hash, account_id, state, source, source_site, domain, domain_said, asked_from, "
	    "wants_comments, asked_at) VALUES (UNHEX(SHA2('%s', 256)), 1, 'approved', 'wordpress', '%s', '%s', '', '', 1, "
	    "UTC_TIMESTAMP(3))", domain, source_site, domain);
	site.integration_id = fixture_int("SELECT MAX(integration_id) FROM integration");
	return site;
}

int64_t
site_sends(const struct integration *site, const char *spool_name, int64_t remaining)
{
	const struct batch_request r = { .integration = site, .remaining = remaining, .node = "here", .spool_name = spool_name,
	    .sealed_key = queue_sealed_key, .sealed_key_size = sizeof(queue_sealed_key), .patience_ms = 20000,
	    .silence_seconds = 3600 };
	struct err e;
	int64_t id = 0;

	assert_ok(batch_add(queue_web, &r, &id, &e), &e);
	return id;
}
