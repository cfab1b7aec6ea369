"""Whatever dies at whatever moment: the table is as before or as after, the job's state is true, everybody is told
once, and nothing is left behind.  Each run is made of its seed; see tests/README.md."""

import json

import pytest

import exports
import faults
from stack import FINAL, PATIENCE
from world import OPERATORS, WORKERS

# A row of each table in words, for sums that tell whether any has changed.  EXACT has what depends on account and job.
COMMENT = """SELECT JSON_ARRAY(c.seq, c.source, c.source_site, c.external_id, c.parent_external_id, p.external_id,
    c.author_name, c.author_email, c.author_url, c.author_external_id, c.created_at, c.body_html, c.is_approved,
    c.is_spam, c.is_deleted, HEX(c.source_hash), g.page_id, c.extra{}) AS r
    FROM comment c LEFT JOIN page g USING (account_id, page_key)
    LEFT JOIN comment p ON p.account_id = c.account_id AND p.comment_id = c.parent_id WHERE c.account_id = {}"""
PAGE = """SELECT JSON_ARRAY(source, source_site, source_page_id, page_id, page_url, page_title{}) AS r FROM page
    WHERE account_id = {}"""
WAITING = "SELECT JSON_ARRAY(seq{}) AS r FROM comment_waiting WHERE account_id = {}"
EXACT = (", HEX(c.comment_id), HEX(c.parent_id), HEX(c.page_key), c.job_id", ", HEX(page_key)", ", HEX(parent_id)")

complete = {}  # what an account holds after an import, by what was imported onto what


def sums(world, account, extra=("", "", "")):
    return [world.sql("SELECT COUNT(*), BIT_XOR(CAST(CONV(LEFT(MD5(r), 16), 16, 10) AS UNSIGNED)) FROM "
                      f"({table.format(more, account)}) AS rows_of_it")[0]
            for table, more in zip((COMMENT, PAGE, WAITING), extra)]


def exact(world, account):
    return sums(world, account, EXACT)


def jobs_of(world, account, first=0):
    names = ("job_id", "state", "undoing", "comments_read", "created", "updated", "unchanged", "skipped",
             "spool_name", "message", "user_id")
    rows = world.sql(f"SELECT {', '.join(names)} FROM job WHERE account_id = {account} AND job_id >= {first} "
                     "ORDER BY job_id")
    return [{n: int(v) if v.isdigit() else v for n, v in zip(names, row)} for row in rows]


# --- what must hold for each job that has ended ---------------------------------------------


def check_job(world, job, may_cancel):
    words = f"job {job}"
    assert job["state"] in FINAL and (may_cancel or job["state"] != "cancelled"), words
    assert job["undoing"] == 0 and job["spool_name"] == "", words
    numbers = [job[n] for n in ("created", "updated", "unchanged", "skipped")]
    rows = world.number(f"SELECT COUNT(*) FROM comment WHERE job_id = {job['job_id']}")
    reports = world.number(f"SELECT COUNT(*) FROM job_page WHERE job_id = {job['job_id']}")
    if job["state"] == "completed":
        assert job["comments_read"] == sum(numbers) and rows == job["created"], words
    else:
        assert job["message"] and (sum(numbers), rows, reports) == (0, 0, 0), words
    audit = dict(world.sql(f"SELECT action, COUNT(*) FROM audit WHERE job_id = {job['job_id']} GROUP BY action"))
    assert {a: audit.get(a) for a in ("key_destroyed", "file_destroyed")} == \
        {"key_destroyed": "1", "file_destroyed": "1"}, (words, audit)
    ends = {"job_completed": "completed", "job_failed": "failed", "cancelled": "cancelled"}
    assert [ends[a] for a in audit if a in ends] == [job["state"]], (words, audit)


def check_messages(world, admin, job, may_repeat):
    """Each who is to know was told, once; of a run that a site began by itself no admin is mailed."""
    rows = world.sql("SELECT kind, recipient, LOWER(HEX(idempotency_id)), state FROM outbox "
                     f"WHERE job_id = {job['job_id']}")
    wanted = {("webhook", "")} | ({("admin_mail", admin.who[0])} if job["user_id"] != "NULL" else set())
    if job["state"] == "failed":
        wanted |= {("operator_mail", address) for address in OPERATORS}
    assert sorted((kind, recipient) for kind, recipient, _, _ in rows) == sorted(wanted), (job, rows)
    for kind, recipient, message, state in rows:
        got = world.hooks_got(message, admin.hook) if kind == "webhook" else world.mails_got(message, recipient)
        assert state == "sent" and (got == 1 or (may_repeat and got > 1)), (job, kind, state, got)


def check_nothing_is_left(world):
    assert world.spool_files() == []
    assert world.number("SELECT COUNT(*) FROM spool_file") == 0
    assert world.role("reader") == [] and world.left_over() == []
    assert len(world.role("worker")) == WORKERS and len(world.role("keeper")) == len(world.role("notifier")) == 1


# --- a run --------------------------------------------------------------------------------


def fresh_admin(world, plan):
    """An account with what it holds before."""
    admin = world.person()
    admin.csrf, admin.job_ids = admin.token(), []
    content = plan.content_before()
    if content is not None:
        job = admin.do_import(content, name=exports.file_name(plan.format), token=admin.csrf, options=plan.options)
        assert job["state"] == "completed", job
        world.settle()
    return admin


def check_answer(world, plan, answer, jobs):
    """What the uploader was told is true."""
    if answer is None:
        return
    status, text = answer
    if status == 201:
        assert [job["job_id"] for job in jobs] == [json.loads(text)["job"]["id"]]
    elif status < 500 or status == 507:
        assert jobs == [], (status, text)
    if plan.fault == "disk full":
        assert status == 507 and json.loads(text)["error"]["message"], (status, text)


def disturb(world, admin, plan):
    """The import and the fault; what there is of its jobs when all is quiet again."""
    first = 1 + world.number("SELECT COALESCE(MAX(job_id), 0) FROM job")
    answer, content = None, plan.content()
    if plan.mail_away:
        world.unheard()
    if plan.moment == "upload":
        answer = faults.in_mid_upload(world, admin, plan, content)
    else:
        faults.after_the_upload(world, admin, plan, content)
    world.calm()
    if plan.fault == "cancel":
        answers, button = plan.pressed
        button.join(PATIENCE)
        plan.told = answers[0].status_code if answers else 0
    admin.close()  # connections that nginx may have closed
    world.settle()
    jobs = jobs_of(world, admin.account, first)
    check_answer(world, plan, answer, jobs)
    return jobs


def check_cancel(plan, job):
    """Whoever pressed was told what became of it."""
    assert plan.told in (200, 303, 409), plan.told
    assert (plan.told != 409) == (job["state"] == "cancelled"), (plan.told, job)


def once_more(world, admin, plan):
    """The same file without a fault: whatever happened, now all of it is there."""
    job = admin.do_import(plan.content(), name=exports.file_name(plan.format), token=admin.csrf, options=plan.options)
    world.settle()
    assert (job["state"], job["comments_read"], job["skipped"]) == ("completed", plan.n, 0), job
    return next(j for j in jobs_of(world, admin.account) if j["job_id"] == job["id"])


def run(world, plan):
    admin = fresh_admin(world, plan)
    account, before = admin.account, exact(world, admin.account)
    jobs = disturb(world, admin, plan)
    plan.came_to = [job["state"] for job in jobs]
    for job in jobs:
        check_job(world, job, plan.fault == "cancel" and job == jobs[0])
        check_messages(world, admin, job, plan.fault in faults.MAY_REPEAT or plan.mail_away)
    if plan.fault == "cancel":
        check_cancel(plan, jobs[0])
    check_nothing_is_left(world)

    after = exact(world, account)
    done = "completed" in plan.came_to
    if not done:
        assert after == before, "rows changed, though no job was completed"
    job = once_more(world, admin, plan)
    if done:
        assert job["unchanged"] == plan.n and exact(world, account) == after, "a completed job had not done all of it"
    check_job(world, job, False)
    check_messages(world, admin, job, False)
    key = (plan.format, plan.n, plan.before)
    assert sums(world, account) == complete.setdefault(key, sums(world, account)), "not what others held after the same"
    check_nothing_is_left(world)


def story(world, plan):
    """For whoever looks for the reason."""
    last = world.sql("SELECT account_id, job_id, state, undoing, worker, comments_read, created, message FROM job "
                     "ORDER BY job_id DESC LIMIT 3")
    audit = world.sql("SELECT job_id, at, action, detail FROM audit WHERE job_id > 0 ORDER BY audit_id DESC LIMIT 12")
    log = [line for line in world.log("web").splitlines() if "event=request" not in line][-40:]
    return "\n".join([str(plan), *map(str, last), *map(str, audit), *log])


def test_run(world, seed, tally):
    plan = faults.Plan(seed)
    plan.met, plan.came_to = False, []
    if plan.fault == "disk full" and not world.spool_mounted:
        pytest.skip("the spool has no disk of its own: only root can mount one")
    try:
        run(world, plan)
    except Exception as e:
        raise AssertionError(f"SEED={seed}: {e}\n{story(world, plan)}") from e
    missed = "" if plan.met else " (nobody there)"
    tally[f"{plan.moment:8} {plan.fault:14}{missed}", " ".join(plan.came_to) or "no job"] += 1
