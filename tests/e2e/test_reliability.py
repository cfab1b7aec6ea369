"""Nothing is lost, left behind or half there, whatever dies in the middle of an import."""

import gzip
import os
import signal
from pathlib import Path

import pytest

from inputs import many
from stack import Person, wait_until

LARGE = 150_000  # comments: long enough to be caught in the middle


@pytest.fixture(scope="module")
def large_export():
    return gzip.compress(many(LARGE), 1)


def argv0(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].decode()
    except OSError:
        return ""


def parent(pid):
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])


def descendants(top):
    """All processes below this one; other stacks run on the machine as well."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(path.name)] = parent(path.name)
        except OSError:
            continue
    found = {top}
    while more := {pid for pid, up in parents.items() if up in found and pid not in found}:
        found |= more
    return found


def named(stack, name):
    return [pid for pid in descendants(stack.pid("web")) if argv0(pid).rsplit("/", 1)[-1].startswith(name)]


def contents(stack, admin):
    return stack.sql("SELECT HEX(c.comment_id), c.seq, HEX(c.source_hash), c.body_html FROM comment c "
                     f"JOIN admin a USING (account_id) WHERE a.email = '{admin.who[0]}' ORDER BY c.seq")


def busy_reader(stack):
    """The reader once it has worked for a while: by then some batches are in the table, uncommitted."""
    for pid in named(stack, "trasloco-reader"):
        user, system = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
        if (int(user) + int(system)) / os.sysconf("SC_CLK_TCK") > 0.1:
            return pid
    return None


@pytest.fixture
def interrupted(stack, admin, large_export):
    """An account with 50 comments and an import of many more, held in its middle: the admin, the job, the table before."""
    assert admin.do_import(many(50, start=10_000_000))["state"] == "completed"
    before = contents(stack, admin)
    answer = admin.upload(large_export, name="large.xml.gz")
    assert answer.status_code == 201, answer.text
    job_id = answer.json()["job"]["id"]
    os.kill(wait_until(lambda: busy_reader(stack), "the reader is at work"), signal.SIGSTOP)
    assert admin.job(job_id)["state"] == "running", "the file must be large enough to be caught in the middle"
    return admin, job_id, before


def assert_failed_and_clean(stack, admin, job_id, before):
    job = admin.finished(job_id)
    assert job["state"] == "failed" and job["message"]
    assert (job["created"], job["updated"], job["unchanged"], job["skipped"]) == (0, 0, 0, 0)
    wait_until(lambda: contents(stack, admin) == before, "the table is as it was")
    wait_until(lambda: stack.spool_files() == [], "the spool is empty")
    assert stack.number(f"SELECT COUNT(*) FROM spool_file WHERE job_id = {job_id}") == 0


def test_a_killed_reader_fails_the_job_and_changes_nothing(stack, interrupted):
    for pid in named(stack, "trasloco-reader"):
        os.kill(pid, signal.SIGKILL)
    assert_failed_and_clean(stack, *interrupted)


def test_a_killed_worker_fails_its_job_and_changes_nothing(stack, interrupted):
    os.kill(parent(named(stack, "trasloco-reader")[0]), signal.SIGKILL)
    assert_failed_and_clean(stack, *interrupted)


def test_a_killed_jobs_program_fails_the_job_and_comes_back(stack, interrupted):
    admin, job_id, _ = interrupted
    for pid in named(stack, "trasloco-jobs"):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass  # a worker that died with its parent
    assert_failed_and_clean(stack, *interrupted)
    after = admin.do_import(many(10, start=20_000_000))
    assert (after["state"], after["created"]) == ("completed", 10)


def test_a_file_cut_in_the_middle_fails_and_says_where(stack, admin, large_export):
    job = admin.do_import(large_export[:len(large_export) // 2], name="half.xml.gz")
    assert job["state"] == "failed" and "line" in job["message"]
    assert job["comments_read"] > 0
    assert contents(stack, admin) == []


def test_two_accounts_import_at_once(stack, admin):
    other = Person(stack, stack.new_account())
    jobs = [(p, p.upload(many(3000)).json()["job"]["id"]) for p in (admin, other)]
    assert [p.finished(j)["created"] for p, j in jobs] == [3000, 3000]


def test_two_imports_of_one_account_follow_each_other(stack, admin):
    content = many(3000)
    jobs = [admin.upload(content).json()["job"]["id"] for _ in range(2)]
    assert sorted(admin.finished(j)["created"] for j in jobs) == [0, 3000]
