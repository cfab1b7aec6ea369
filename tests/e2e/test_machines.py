"""Two machines on one database: each runs its own jobs, either one ends those of the other when it is dead."""

import gzip
import os
import signal
import subprocess

import pytest

from inputs import many
from stack import Stack, Person, wait_until
from test_reliability import argv0, busy_reader, contents, descendants

LARGE = 100_000  # comments: long enough to be caught in the middle


@pytest.fixture(scope="module")
def stack():
    s = Stack(extra_config="lease_seconds = 2")
    try:
        yield s
    finally:
        s.stop()
        s.remove()


@pytest.fixture(scope="module")
def other_machine(stack):
    """A second jobs program with a name and a spool directory of its own."""
    spool, config = stack.dir / "spool2", stack.dir / "other.conf"
    spool.mkdir(mode=0o700)
    with open(stack.config) as f:
        lines = [line for line in f if line.split("=")[0].strip() not in ("node", "spool_dir", "jobs")]
    config.write_text("".join(lines) + f"node = other\nspool_dir = {spool}\njobs = external\n")
    with open(stack.dir / "log" / "other.log", "w") as log:
        jobs = subprocess.Popen([f"{stack.bin}/trasloco-jobs", "--config", str(config)], stdin=subprocess.DEVNULL,
                                stdout=log, stderr=log)
    try:
        wait_until(lambda: "event=ready" in stack.log("other"), "the other machine works")
        yield jobs
    finally:
        jobs.terminate()
        assert jobs.wait() == 0, stack.log("other")


def jobs_processes(stack):
    return [pid for pid in descendants(stack.pid("web")) if argv0(pid).rsplit("/", 1)[-1].startswith("trasloco-jobs")]


def signal_all(pids, sig):
    for pid in pids:
        os.kill(pid, sig)


@pytest.fixture
def frozen(stack, other_machine, admin):
    """The first machine stands still in the middle of an import: the admin, the job, the table before."""
    assert admin.do_import(many(50, start=10_000_000))["state"] == "completed"
    before = contents(stack, admin)
    job_id = admin.upload(gzip.compress(many(LARGE), 1), name="large.xml.gz").json()["job"]["id"]
    wait_until(lambda: busy_reader(stack), "the reader is at work")
    pids = jobs_processes(stack)
    signal_all(pids, signal.SIGSTOP)
    assert admin.job(job_id)["state"] == "running", "the file must be large enough to be caught in the middle"
    yield admin, job_id, before
    signal_all(pids, signal.SIGCONT)


def test_a_dead_machines_job_is_failed_by_the_other(stack, frozen):
    admin, job_id, before = frozen
    waiting = Person(stack, stack.new_account())
    waits = waiting.upload(many(10)).json()["job"]["id"]
    job = admin.finished(job_id)
    assert job["state"] == "failed" and "interrupted" in job["message"]
    assert stack.number(f"SELECT COUNT(*) FROM spool_file WHERE job_id = {job_id}") == 0
    assert stack.number(f"SELECT COUNT(*) FROM outbox WHERE job_id = {job_id}") == 1

    # Whose file the other one does not have, it leaves alone.
    assert waiting.job(waits)["state"] == "requested"

    # It was not dead after all: what it had written goes, and so does the file; then it works as before.
    signal_all(jobs_processes(stack), signal.SIGCONT)
    assert waiting.finished(waits)["created"] == 10
    wait_until(lambda: stack.spool_files() == [], "the spool is empty")
    assert contents(stack, admin) == before
    assert admin.job(job_id)["state"] == "failed"
    assert admin.do_import(many(10, start=20_000_000))["created"] == 10


# As store/job does it.
CANCEL = ("UPDATE job SET undoing = (state = 'running'), state = 'cancelled', finished_at = UTC_TIMESTAMP(3) "
          "WHERE job_id = {0}; DELETE FROM spool_file WHERE job_id = {0}")


def test_a_cancelled_job_is_undone_and_the_next_one_follows(stack, admin):
    assert admin.do_import(many(50, start=10_000_000))["state"] == "completed"
    before = contents(stack, admin)
    large = gzip.compress(many(LARGE), 1)
    job_id = admin.upload(large, name="large.xml.gz").json()["job"]["id"]
    wait_until(lambda: busy_reader(stack), "the reader is at work")
    stack.sql(CANCEL.format(job_id))
    assert contents(stack, admin) == before
    follower = admin.upload(many(10, start=20_000_000)).json()["job"]["id"]
    assert admin.finished(follower)["created"] == 10
    assert stack.number(f"SELECT undoing FROM job WHERE job_id = {job_id}") == 0
    assert admin.job(job_id)["state"] == "cancelled"
    assert len(contents(stack, admin)) == len(before) + 10
    wait_until(lambda: stack.spool_files() == [], "the spool is empty")
    wait_until(lambda: stack.number("SELECT COUNT(*) FROM audit WHERE action = 'file_destroyed' "
                                    f"AND job_id = {job_id}") == 1, "the log tells of the file")


def test_the_file_of_a_job_that_is_cancelled_before_it_ran_goes_at_once(stack, admin):
    """Not only with the sweep of the minute: the job ahead of it is held for longer than the test waits."""
    large = gzip.compress(many(LARGE), 1)
    ahead = admin.upload(large, name="large.xml.gz").json()["job"]["id"]
    reader = wait_until(lambda: busy_reader(stack), "the reader is at work")
    os.kill(reader, signal.SIGSTOP)
    job_id = admin.upload(many(10)).json()["job"]["id"]
    assert admin.job(job_id)["state"] == "requested"
    stack.sql(CANCEL.format(job_id))
    wait_until(lambda: len(stack.spool_files()) == 1, "one file is left")
    os.kill(reader, signal.SIGCONT)
    assert admin.finished(ahead)["state"] == "completed"
