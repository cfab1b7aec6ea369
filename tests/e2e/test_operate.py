"""What the people who run a server have: trasloco job, audit and doctor, and the private listener."""

import re

import pytest
import requests

from inputs import many
from stack import IMPORT, PATIENCE, Person, wait_until


def lines(text):
    return [line.split("\t") for line in text.splitlines()]


def shown(text):
    """`trasloco job show` as a dictionary."""
    return dict(line.split(": ", 1) for line in text.splitlines())


def cli(stack, *args):
    status, out, err = stack.cli(*args)
    assert status == 0, out + err
    return out


def refused(stack, *args, status=1):
    code, out, err = stack.cli(*args)
    assert code == status, out + err
    return err


@pytest.fixture
def name(account):
    return account[0].split("@")[0]


# --- jobs ---


def test_jobs_are_listed_newest_first_by_account_and_state(stack, admin, name):
    good, bad = admin.do_import(many(3))["id"], admin.do_import(many(3)[:-40])["id"]
    rows = lines(cli(stack, "job", "list", "--account", name))
    assert [row[0] for row in rows] == [str(bad), str(good)]
    assert rows[1][1:5] == [name, "import", "completed", "disqus"]
    assert rows[1][6:] == [admin.who[0], "export.xml"]
    assert [row[0] for row in lines(cli(stack, "job", "list", "--account", name, "--state", "failed"))] == [str(bad)]
    assert len(lines(cli(stack, "job", "list", "--limit", "1"))) == 1


def test_a_job_is_shown_with_everything_but_secrets(stack, admin, name):
    job = admin.do_import(many(3))
    text = cli(stack, "job", "show", str(job["id"]))
    fields = shown(text)
    assert (fields["job"], fields["account name"], fields["state"], fields["created"]) == (
        str(job["id"]), name, "completed", "3")
    assert fields["requested by"] == admin.who[0] and fields["node"] and fields["message"] is not None
    assert "key" not in text


def test_what_was_sent_can_neither_break_a_line_nor_command_the_terminal(stack, admin, name):
    job = admin.do_import(many(1))["id"]
    stack.sql(f"UPDATE job SET file_name = 'a\\tb\\n\\x1b[2Jc', message = 'x\\u009by' WHERE job_id = {job}")
    row, = lines(cli(stack, "job", "list", "--account", name))
    assert len(row) == 8 and "\x1b" not in row[7] and row[7].startswith("a?b?")
    assert shown(cli(stack, "job", "show", str(job)))["file"].startswith("a?b?")
    stack.sql(f"UPDATE job SET file_name = 'lmx.\u202eexe\u2067\u2028\u200f\u2014\u20ac' WHERE job_id = {job}")
    row, = lines(cli(stack, "job", "list", "--account", name))
    assert row[7] == "lmx.?exe???\u2014\u20ac"


def test_the_operator_cancels_a_waiting_job(stack, admin):
    # Waiting for a machine that does not exist.
    stack.sql("INSERT INTO job (account_id, kind, source, format, state, file_name, file_size, requested_by, requested_at, node) "
              "SELECT account_id, 'import', '', 'disqus', 'requested', 'waiting.xml', 1, email, UTC_TIMESTAMP(3), 'elsewhere' "
              f"FROM admin WHERE email = '{admin.who[0]}'")
    job = stack.number(f"SELECT MAX(job_id) FROM job WHERE requested_by = '{admin.who[0]}'")
    assert cli(stack, "job", "cancel", str(job)) == f"Job {job} is cancelled.\n"
    assert admin.job(job)["state"] == "cancelled"
    assert "operator" in admin.job(job)["message"]
    assert "has ended already: it is cancelled" in refused(stack, "job", "cancel", str(job))
    assert any(row[3:6] == ["operator", "cancelled", str(job)] for row in lines(cli(stack, "audit")))


def test_jobs_that_are_none_and_wrong_usage_are_told(stack):
    assert "There is no job 999999" in refused(stack, "job", "show", "999999")
    assert "There is no job 999999" in refused(stack, "job", "cancel", "999999")
    assert "is not the number of a job" in refused(stack, "job", "cancel", "seven")
    assert "There is no account" in refused(stack, "job", "list", "--account", "nobody")
    for args in (("job", "list", "--state", "asleep"), ("job", "list", "--limit", "0"), ("job", "show"),
                 ("job", "list", "--before", "1"), ("audit", "--before", "x"), ("audit", "--state", "failed")):
        refused(stack, *args, status=2)


@pytest.mark.parametrize("note, part", [
    ("", "is empty"), (" \n\t ", "is empty"), ("a\x1b[2Jb", "control character"), ("a\rb", "control character"),
    ("a\u0085b", "control character"), ("x" * 1001, "has 1001 characters, and may have 1000"), (b"caf\xe9", "not UTF-8"),
])
def test_a_note_that_no_page_could_show_is_refused(stack, admin, note, part):
    job = admin.do_import(many(1))["id"]
    assert part in refused(stack, "job", "note", str(job), note)
    assert admin.job(job)["notes"] == []


def test_a_note_needs_a_job_that_has_room_for_it(stack, admin):
    assert "There is no job 999999" in refused(stack, "job", "note", "999999", "Hello.")
    assert "is not the number of a job" in refused(stack, "job", "note", "seven", "Hello.")
    refused(stack, "job", "note", "7", status=2)
    refused(stack, "job", "note", "7", "two", "words", status=2)
    job = admin.do_import(many(1))["id"]
    for n in range(10):
        cli(stack, "job", "note", str(job), f"Note {n}.")
    assert "has 10 notes already" in refused(stack, "job", "note", str(job), "Eleventh.")
    assert [n["text"] for n in admin.job(job)["notes"]] == [f"Note {n}." for n in range(10)]


def test_a_note_stands_on_the_page_of_a_job_of_any_kind(stack, admin):
    stack.sql("".join(
        "INSERT INTO job (account_id, kind, source, format, state, file_name, file_size, requested_by, requested_at, finished_at, node) "
        f"SELECT account_id, '{kind}', 'x', 'jsonl', 'failed', 'a', 1, 'operator', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), 'x' "
        f"FROM admin WHERE email = '{admin.who[0]}';" for kind in ("import", "export", "move", "copy")))
    jobs = stack.sql("SELECT j.job_id, j.kind FROM job AS j JOIN admin AS a USING (account_id) "
                     f"WHERE a.email = '{admin.who[0]}' ORDER BY j.job_id")
    paths = {"import": "import", "export": "export", "move": "migrate-domains", "copy": "copy-comments"}
    assert [kind for _, kind in jobs] == list(paths)
    for job, kind in jobs:
        path = IMPORT.replace("/import", f"/{paths[kind]}")
        assert "From the people who run this server" not in admin.get(f"{path}/{job}").text
        assert "A note for you" not in admin.get(path).text
        out = cli(stack, "job", "note", job, " <i>First</i> line.\n\nThird, caff\u00e8 & tea. \n")
        assert "Nobody gets it by mail" in out
        text = admin.get(f"{path}/{job}").text
        assert "From the people who run this server" in text
        assert '<p class="note-text">&lt;i&gt;First&lt;/i&gt; line.\n\nThird, caff\u00e8 &amp; tea.</p>' in text
        assert re.search(r'<time datetime="\d{4}-[^"]+">\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC</time>', text)
        assert "A note for you" in admin.get(path).text
        assert "note: 2" in cli(stack, "job", "show", job)
    page = admin.get(IMPORT.replace("/import", "/audit")).text
    assert page.count("Note written") == 4 and "&lt;i&gt;First" in page


# --- the audit log ---


def test_the_audit_log_is_printed_by_account_newest_first_and_onwards(stack, name):
    number = stack.number(f"SELECT account_id FROM account WHERE name = '{name}'")
    for action in ("signed_in", "uploaded", "signed_out"):
        stack.sql("INSERT INTO audit (account_id, at, actor, action, job_id, detail) "
                  f"VALUES ({number}, UTC_TIMESTAMP(3), 'a@example.org', '{action}', NULL, 'tab\\there')")
    rows = [row for row in lines(cli(stack, "audit", "--account", name)) if row[3] == "a@example.org"]
    assert [row[4] for row in rows] == ["signed_out", "uploaded", "signed_in"]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", row[1]) and row[2] == str(number) for row in rows)
    assert rows[0][5:] == ["", "tab?here"]
    older = lines(cli(stack, "audit", "--account", name, "--before", rows[1][0], "--limit", "1"))
    assert [row[4] for row in older] == ["signed_in"]


# --- the private listener ---


def metrics(stack):
    """Prometheus' text as a dictionary, checked line by line."""
    answer = requests.get(f"{stack.private_url}/metrics", timeout=PATIENCE)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    values, described = {}, set()
    for line in answer.text.splitlines():
        if line.startswith("# "):
            assert re.fullmatch(r"# (HELP \w+ .+|TYPE \w+ (gauge|counter|histogram))", line), line
            described.add(line.split()[2])
            continue
        sample = re.fullmatch(r'((\w+?)(?:_bucket|_sum|_count)?(?:\{(?:\w+="[^"]*",?)+\})?) ([0-9.]+)', line)
        assert sample and {sample[2], line.split("{")[0].split()[0]} & described, line
        assert sample[1] not in values, line
        values[sample[1]] = float(sample[3])
    return values


def test_health_is_told_on_the_private_listener(stack):
    # quickstart waits for the sockets only: trasloco-jobs may need another moment.
    answer = wait_until(lambda: [a for a in [requests.get(f"{stack.private_url}/healthz", timeout=PATIENCE)] if a.ok],
                        "all is well")[0]
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "database": True, "jobs": True, "spool": True})


def test_the_public_listener_never_answers_them(stack, admin):
    for path in ("/metrics", "/healthz", "/metrics/", "/healthz?x=1", "//metrics", "/./metrics", "/static/../metrics"):
        for headers in ({}, {"TRASLOCO_PRIVATE": "1", "Trasloco-Private": "1", "X-Trasloco-Private": "1"}):
            for who in (Person(stack), admin):
                for method in ("GET", "HEAD", "POST"):
                    answer = who.request(method, path, headers=headers)
                    assert answer.status_code == 404, (method, path)
                    assert "trasloco_" not in answer.text and "database" not in answer.text
                    assert "Allow" not in answer.headers


def test_the_private_listener_shows_no_page(stack, admin):
    for path in ("/", "/auth/login", "/auth/my-account/manage-data/import", "/static/style.css", "/errors/404.html"):
        answer = requests.get(stack.private_url + path, cookies=admin.cookies, timeout=PATIENCE, allow_redirects=False)
        assert answer.status_code == 404, path


def test_metrics_count_jobs_comments_and_requests(stack, admin):
    before = metrics(stack)
    admin.do_import(many(7))
    admin.do_import(many(3)[:-40])
    after = metrics(stack)
    for key, grown in (('trasloco_jobs{state="completed"}', 1), ('trasloco_jobs{state="failed"}', 1),
                       ('trasloco_comments_imported_total{change="created"}', 7),
                       ('trasloco_comments_imported_total{change="updated"}', 0),
                       ('trasloco_request_seconds_count{pool="transfer"}', 2),
                       ('trasloco_request_seconds_bucket{pool="transfer",le="+Inf"}', 2),
                       ('trasloco_requests_total{pool="transfer",status="2xx"}', 2)):
        assert after[key] - before[key] == grown, key
    assert after['trasloco_requests_total{pool="pages",status="2xx"}'] > before['trasloco_requests_total{pool="pages",status="2xx"}']
    assert after["trasloco_database_up"] == after["trasloco_jobs_process_up"] == after["trasloco_spool_writable"] == 1
    assert after["trasloco_spool_files"] == after["trasloco_spool_bytes"] == 0
    assert after["trasloco_spool_free_bytes"] > 0
    assert after['trasloco_outbox_waiting{kind="webhook"}'] == 0


def test_metrics_tell_what_waits(stack, admin):
    job = admin.do_import(many(1))["id"]
    stack.sql(f"UPDATE job SET state = 'requested', node = 'elsewhere', requested_at = UTC_TIMESTAMP(3) - INTERVAL 1 HOUR "
              f"WHERE job_id = {job}; "
              "INSERT INTO outbox (account_id, job_id, kind, recipient, idempotency_id, created_at, due_at) VALUES "
              f"(1, {job}, 'operator_mail', 'x@example.org', UNHEX(REPEAT('0', 32)), UTC_TIMESTAMP(3) - INTERVAL 2 HOUR, "
              "'2999-01-01')")
    try:
        now = metrics(stack)
    finally:
        stack.sql(f"UPDATE job SET state = 'completed' WHERE job_id = {job}; DELETE FROM outbox WHERE recipient = 'x@example.org'")
    assert now["trasloco_oldest_waiting_job_seconds"] >= 3600
    assert now['trasloco_outbox_waiting{kind="operator_mail"}'] >= 1
    assert now['trasloco_outbox_oldest_waiting_seconds{kind="operator_mail"}'] >= 7200
