#include "queue.h"

struct db *queue_web, *queue_jobs;
const uint8_t queue_sealed_key[80] = "sealed\0key";

int
queue_start(void **state)
{
	if (fixture_start(state) == -1)
		return -1;
	queue_web = fixture_open(DB_ROLE_WEB);
	queue_jobs = fixture_open(DB_ROLE_JOBS);
	return 0;
}

int
queue_stop(void **state)
{
	db_close(queue_web);
	db_close(queue_jobs);
	return fixture_stop(state);
}

int64_t
queue_request_kind(int64_t account_id, const char *node, const char *spool_name, enum job_kind kind)
{
	const struct job_request r = { .account_id = account_id, .user_id = 3, .kind = kind,
	    .requested_by = "ann@example.org", .source = "disqus", .format = "disqus", .options = "a=1\nb=2",
	    .file_name = "export.xml.gz", .file_size = 12345, .node = node, .spool_name = spool_name,
	    .sealed_key = queue_sealed_key, .sealed_key_size = sizeof(queue_sealed_key) };
	struct err e;
	int64_t id;

	assert_ok(job_request_add(queue_web, &r, &id, &e), &e);
	return id;
}

int64_t
queue_request(int64_t account_id, const char *spool_name)
{
	return queue_request_kind(account_id, "here", spool_name, JOB_IMPORT);
}

int64_t
queue_claim(const char *worker)
{
	struct job_claim c;
	struct err e;
	int r = job_claim(queue_jobs, "here", worker, 30, &c, &e);

	assert_ok(r, &e);
	return r == 1 ? c.job.job_id : 0;
}

struct job
queue_job(int64_t account_id, int64_t job_id)
{
	struct job j = { .job_id = 0 };
	struct err e;

	assert_int_equal(job_get(queue_web, account_id, job_id, &j, &e), 1);
	return j;
}

int
queue_keys(void)
{
	return (int)fixture_int("SELECT COUNT(*) FROM spool_file");
}
