"""What goes wrong, and when.  A moment brings an import to a certain step; a fault is what happens there."""

import contextlib
import gzip
import os
import random
import threading
import time

import requests

import exports
from stack import IMPORT, SlowUpload, wait_until
from world import LEASE

KILLED = ("reader", "worker", "keeper", "notifier", "jobs", "jobs-all", "pool", "web", "nginx", "db")
HALTED = ("reader", "worker", "keeper", "notifier", "jobs", "pool", "db")
AT_UPLOAD = ("client gone", "disk full", *(f"kill {r}" for r in ("keeper", "jobs-all", "pool", "web", "nginx", "db")),
             "halt pool", "halt db")
LATER = ("cancel", "cancel", "cancel", *(f"kill {r}" for r in KILLED), *(f"halt {r}" for r in HALTED))
AT_THE_END = tuple(fault for fault in LATER if "reader" not in fault)
MOMENTS = {
    "upload": AT_UPLOAD,  # in the middle of the file
    "waiting": LATER,  # the job is there, perhaps somebody has it
    "running": LATER,  # at any time from its start to its likely end
    "final": AT_THE_END,  # all rows are written, the messages are not yet
    "commit": AT_THE_END,  # the worker waits for its COMMIT
    "cleanup": AT_THE_END,  # committed just now, the file is perhaps still there
}

# Whoever dies between a delivery and the note about it delivers again: with the same id.
MAY_REPEAT = tuple(f"{verb} {r}" for verb in ("kill", "halt") for r in ("notifier", "jobs", "jobs-all", "web", "db"))


class Plan:
    """All of a run that chance decides, from its seed alone."""

    def __init__(self, seed):
        rng = self.rng = random.Random(seed)
        self.moment = rng.choice([m for m, faults in MOMENTS.items() for _ in range(3 if m == "running" else 1)])
        self.fault = rng.choice(MOMENTS[self.moment])
        self.format = rng.choice(sorted(exports.FORMATS))
        self.n = rng.choice((20, 700, 4000, 12000))
        self.before = rng.choice(("nothing", "half of it", "other texts"))
        self.packed = rng.random() < 0.3
        self.twin = self.moment != "upload" and rng.random() < 0.2
        self.mail_away = rng.random() < 0.15
        self.at = rng.random()
        self.seconds = rng.choice((0.1, 0.5, LEASE + 1.5))
        self.options = [(f"{self.format}.{k}", v) for k, v in exports.OPTIONS.get(self.format, {}).items()]

    def __str__(self):
        return (f"{self.moment}: {self.fault}; {self.n} of {self.format}{' packed' if self.packed else ''} "
                f"after {self.before}{', twice' if self.twin else ''}{', no mail server' if self.mail_away else ''}")

    def content(self):
        plain = exports.make(self.format, self.n)
        return gzip.compress(plain, 1, mtime=0) if self.packed else plain

    def content_before(self):
        return {"nothing": lambda: None, "half of it": lambda: exports.make(self.format, self.n // 2),
                "other texts": lambda: exports.make(self.format, self.n, body_words=9)}[self.before]()


def cancel(admin, plan):
    """As the button does it; returns the answers as they come, for it may have to wait for the job."""
    answers = []

    def press():
        with contextlib.suppress(requests.ConnectionError):
            answers.append(admin.post(f"{IMPORT}/{admin.job_ids[0]}/cancel", data={"csrf": admin.csrf},
                                      headers={"Accept": "application/json"}))

    button = threading.Thread(target=press)
    button.start()
    button.join(0.5)
    return answers, button


def fill_disk(world, plan, size):
    """Leaves less than the upload needs."""
    fs = os.statvfs(world.dir / "spool")
    left = int(size * plan.at) // 2 // fs.f_frsize * fs.f_frsize
    with open(world.dir / "spool" / "filler", "wb") as filler:
        os.posix_fallocate(filler.fileno(), 0, fs.f_bavail * fs.f_frsize - left)


def strike(world, admin, plan):
    """The fault; true if it met somebody."""
    if plan.fault == "cancel":
        plan.pressed = cancel(admin, plan)
        return True
    verb, role = plan.fault.split(" ", 1)
    if verb == "kill":
        # Of the readers, workers and pools there may be several: all that might have the job, or one.
        return bool(world.kill(role, plan.rng.choice if role in ("reader", "pool") else None))
    return bool(world.halt(role, plan.seconds))


# --- moments ------------------------------------------------------------------------------


def in_mid_upload(world, admin, plan, content):
    """The answer, if one came."""
    cut = int(len(content) * plan.at)
    if plan.fault == "disk full":
        fill_disk(world, plan, len(content))
    up = SlowUpload(admin, len(content), name=exports.file_name(plan.format), token=admin.csrf, options=plan.options)
    try:
        up.write(content[:cut])
        plan.met = True
        if plan.fault == "client gone":
            return None
        if plan.fault != "disk full":
            plan.met = strike(world, admin, plan)
        with contextlib.suppress(OSError):
            up.write(content[cut:])
            up.write(up.tail)
        return up.answer()
    except (OSError, AssertionError):
        return None
    finally:
        up.close()


def upload(admin, plan, content):
    answer = admin.upload(content, name=exports.file_name(plan.format), token=admin.csrf, options=plan.options)
    assert answer.status_code == 201, answer.text
    admin.job_ids.append(answer.json()["job"]["id"])


def job_state(world, admin):
    return world.sql(f"SELECT state FROM job WHERE job_id = {admin.job_ids[0]}")[0][0]


def after_the_upload(world, admin, plan, content):
    held = world.hold_outbox() if plan.moment in ("final", "commit", "cleanup") else None
    for _ in range(2 if plan.twin else 1):
        upload(admin, plan, content)
    if plan.moment == "running":
        wait_until(lambda: job_state(world, admin) != "requested", "the job has begun")
        time.sleep(plan.at * 1.2 * plan.n / world.pace)
    elif held:
        wait_until(lambda: world.jobs_at("INSERT INTO outbox"), "the job is at its end")
        if plan.moment in ("commit", "cleanup"):
            commits = world.hold_commits()
            world.release(held)
            wait_until(lambda: world.jobs_at("COMMIT"), "the job commits")
            if plan.moment == "cleanup":
                world.release(commits)
                time.sleep(plan.at * 0.03)
    plan.met = strike(world, admin, plan)
    if world.sessions:
        time.sleep(plan.at * 0.3)
