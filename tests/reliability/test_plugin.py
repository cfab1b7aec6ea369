"""Whatever dies while a site sends its comments: no batch is half there, and when the client has resumed each comment is
there once, its run has ended, and nothing is left behind.  Each run is made of its seed; see tests/README.md."""

import contextlib
import random
import threading
import time

import exports
import faults
from blog import invented
from connecting import INTEGRATIONS, check_complete, connect, press, rows, runs_of
from stack import PATIENCE, wait_until
from test_runs import check_messages, jobs_of, story
from wordpress import BATCH, ScriptedWordPress

HIT = ("reader", "batcher", "worker", "keeper", "jobs", "jobs-all", "pool", "web", "nginx", "db")
FAULTS = ("client gone", "client gone", "cancel", "file import", *(f"kill {r}" for r in HIT),
          *(f"halt {r}" for r in HIT if r not in ("web", "nginx", "jobs-all")))
MOMENTS = ("between", "sending", "sending", "sending")


class Plan:
    """All of a run that chance decides, from its seed alone."""

    def __init__(self, seed):
        rng = self.rng = random.Random(f"plugin {seed}")
        self.n = rng.choice((30, 180, 450))
        self.fault = rng.choice(FAULTS)
        self.moment = rng.choice(MOMENTS)
        self.batch = rng.randrange(-(-self.n // BATCH))
        self.at = rng.random()
        self.seconds = rng.choice((0.1, 0.5, 3.5))
        self.met, self.came_to = False, []

    def __str__(self):
        return f"plugin, {self.moment} {self.batch}: {self.fault}; {self.n} comments"


def client_gone(wp):
    """It leaves in the middle of a batch."""
    body = wp.body(wp.left()[:BATCH], 0)
    with contextlib.suppress(OSError):
        wp.call("POST", "/comments", body=body[:len(body) // 2], length=len(body), timeout=0.5)


def strike(world, admin, wp, plan):
    if plan.fault == "client gone":
        client_gone(wp)
        plan.met = True
    elif plan.fault == "cancel":
        plan.met = admin.cancel(runs_of(admin)[0]["id"], token=admin.csrf).status_code in (200, 409)
    elif plan.fault == "file import":
        answer = admin.upload(exports.make("disqus", 4000), token=admin.csrf)
        plan.met = answer.status_code == 201
    else:
        plan.met = faults.strike(world, admin, plan)


def disturb(world, admin, wp, plan):
    """Some batches, and the fault before one or during one."""
    for _ in range(plan.batch):
        wp.tick()
    if plan.moment == "between":
        strike(world, admin, wp, plan)
        return
    sending = threading.Thread(target=wp.tick)
    sending.start()
    time.sleep(plan.at * 0.3)
    strike(world, admin, wp, plan)
    world.calm()
    sending.join(PATIENCE)
    assert not sending.is_alive(), "the client hangs"


def quiet(world):
    """A batch whose web process died is forgotten after its time, which nobody needs to wait for, within a minute."""
    world.sql("UPDATE batch SET give_up_at = UTC_TIMESTAMP(3) - INTERVAL 10 MINUTE "
              "WHERE give_up_at < UTC_TIMESTAMP(3) + INTERVAL 1 HOUR")
    world.settle()
    wait_until(lambda: world.number("SELECT COUNT(*) FROM batch") == 0, "no batch is left")


def resume(world, admin, wp, plan):
    """As a person does it: the plugin's manual sync, with its reset if a batch was lost to it."""
    if runs_of(admin)[0]["state"] == "cancelled":
        assert press(admin, INTEGRATIONS, "Ask for all").status_code in (200, 303)
    again = ScriptedWordPress(world.url, wp.blog)
    again.token, again.tenant_id, again.fc_ids, again.last_sent = wp.token, wp.tenant_id, wp.fc_ids, wp.last_sent
    lost = plan.met or any(status != 200 for status in wp.answers)
    assert again.manual_sync(reset=lost)
    assert set(again.answers) <= {200}, again.answers
    again.run(20)


def check_runs(world, admin, blog, plan):
    jobs = [j for j in jobs_of(world, admin.account) if any(r["id"] == j["job_id"] for r in runs_of(admin))]
    plan.came_to = [j["state"] for j in jobs]
    assert set(plan.came_to) <= {"completed", "cancelled"} and plan.came_to[-1] == "completed", jobs
    assert "cancelled" not in plan.came_to or plan.fault == "cancel", jobs
    for job in jobs:
        numbers = [job[n] for n in ("created", "updated", "unchanged", "skipped")]
        assert job["comments_read"] == sum(numbers) and (job["updated"], job["skipped"]) == (0, 0), job
        check_messages(world, admin, job, plan.fault in faults.MAY_REPEAT or plan.fault == "kill batcher")
    assert sum(j["created"] for j in jobs) == len(blog.sent()), jobs


def run(world, plan):
    admin = world.person()
    admin.csrf, admin.job_ids = admin.token(), []
    blog = invented(plan.n)
    wp = connect(admin, blog)
    disturb(world, admin, wp, plan)
    world.calm()
    admin.close()  # connections that nginx may have closed
    for row in rows(admin):
        assert row[0] != "wordpress" or int(row[1]) in blog.sent()
    if plan.fault == "file import" and plan.met:
        admin.finished(admin.status()[0]["id"])
    resume(world, admin, wp, plan)
    quiet(world)
    check_complete(admin, blog)
    check_runs(world, admin, blog, plan)
    assert world.spool_files() == [] and world.number("SELECT COUNT(*) FROM spool_file") == 0
    assert world.number("SELECT COUNT(*) FROM job WHERE in_batch = 1") == 0
    assert world.role("reader") == [] and world.left_over() == []


def test_plugin_run(world, seed, tally):
    plan = Plan(seed)
    try:
        run(world, plan)
    except Exception as e:
        raise AssertionError(f"SEED={seed}: {e}\n{story(world, plan)}") from e
    missed = "" if plan.met else " (nobody there)"
    tally[f"{plan.moment:8} plugin {plan.fault:14}{missed}", " ".join(plan.came_to)] += 1
