"""One Trasloco that many runs disturb: its processes by role, locks that hold a job at a certain step, and the end of
every disturbance."""

import hashlib
import hmac
import os
import re
import signal
import subprocess
import threading
import time
from pathlib import Path

from receivers import MailServer, Receiver, seal
from stack import Person, Stack, wait_until

LEASE = 2  # seconds
WORKERS = 2
SPOOL = 64 << 20  # bytes of the spool's own disk
OPERATORS = ("watch@operators.example", "night@operators.example")
CONFIG = f"""lease_seconds = {LEASE}
jobs_parallel = {WORKERS}
operators = {", ".join(OPERATORS)}
mail_from = trasloco@service.example
notify_retry_seconds = 1
webhook_private = yes
smtp_url = smtp://127.0.0.1:"""
JOBS_ROLES = ("keeper", "notifier", "batcher", "worker")


def read(path):
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""


def children_of():
    """Pids by the pid of their parent, of the whole machine."""
    found = {}
    for path in Path("/proc").glob("[0-9]*"):
        stat = read(path / "stat").decode(errors="replace")
        if stat:
            found.setdefault(int(stat.rsplit(")", 1)[1].split()[1]), []).append(int(path.name))
    return found


def name_of(pid):
    return read(f"/proc/{pid}/cmdline").split(b"\0")[0].rsplit(b"/", 1)[-1].decode(errors="replace")


def is_stopped(pid):
    return b") T " in read(f"/proc/{pid}/stat")


def send(pids, sig):
    for pid in pids:
        try:
            os.kill(pid, sig)
        except ProcessLookupError:
            pass


class Session:
    """A root session of the database that stays open, to hold locks in."""

    def __init__(self, stack):
        self.client = subprocess.Popen(
            ["mariadb", "--no-defaults", f"--socket={stack.dir}/run/db.sock", "--batch", "--skip-column-names",
             "--unbuffered", "--force", "trasloco"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)

    def run(self, statements):
        """Back once they are done."""
        self.client.stdin.write(f"{statements}\nSELECT 'done';\n")
        self.client.stdin.flush()
        while (line := self.client.stdout.readline()) not in ("done\n", ""):
            pass

    def close(self):
        """The end of all its locks."""
        try:
            self.client.stdin.close()
        except BrokenPipeError:
            pass
        self.client.wait()


class World(Stack):
    def __init__(self):
        self.mails, self.hooks, self.secrets = MailServer(), Receiver(), {}
        self.sessions, self.timers, self.stopped = [], [], []
        self.spool_mounted = self.deaf = False
        super().__init__(extra_config=CONFIG + str(self.mails.port))
        self.pace = 5000.0  # comments a second, about; only to aim at moments

    def quickstart(self, *args, check=True):
        spool = self.dir / "spool"
        if not spool.exists():
            # A disk of its own, small enough to be filled.
            spool.mkdir(mode=0o700)
            done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SPOOL},mode=0700", "trasloco-test",
                                   str(spool)], stderr=subprocess.DEVNULL)
            self.spool_mounted = done.returncode == 0
        return super().quickstart(*args, check=check)

    def remove(self):
        if self.spool_mounted:
            subprocess.run(["umount", str(self.dir / "spool")], check=True)
        self.notified()
        self.mails.stop()
        self.hooks.stop()
        super().remove()

    # --- processes ---

    def role(self, role):
        """The pids that a role has now."""
        if role in ("db", "nginx", "web"):
            try:
                top = self.pid(role)
            except (OSError, ValueError):
                return []
            alive = {"db": b"mariadbd", "nginx": b"nginx: master", "web": b"trasloco-web"}[role]
            return [top] if alive in read(f"/proc/{top}/cmdline") else []
        below = children_of()
        tree, todo = [], self.role("web")
        while todo:
            tree += todo
            todo = [child for pid in todo for child in below.get(pid, ())]
        if role == "nginx-all":
            return [pid for top in self.role("nginx") for pid in (top, *below.get(top, ()))]
        if role == "reader":
            return [pid for pid in tree if name_of(pid) == "trasloco-reader"]
        if role == "pool":
            return [pid for pid in below.get(tree[0], ()) if name_of(pid) == "trasloco-web"] if tree else []
        jobs = [pid for pid in tree if name_of(pid) == "trasloco-jobs"]
        if role == "jobs-all":
            return jobs
        comm = {pid: read(f"/proc/{pid}/comm").decode().strip() for pid in jobs}
        return [pid for pid in jobs if (comm[pid] == role if role in JOBS_ROLES else comm[pid] not in JOBS_ROLES)]

    def is_built_here(self, pid):
        try:
            return Path(f"/proc/{pid}/exe").resolve().parent == Path(self.bin).resolve()
        except OSError:
            return False

    def left_over(self):
        """Processes of our programs that nobody keeps any more."""
        below = children_of()
        parents = {child: up for up, children in below.items() for child in children}
        kept = set(self.role("web")) | set(self.role("pool")) | set(self.role("jobs-all")) | set(self.role("reader"))
        found = []
        for pid, up in parents.items():
            line = read(f"/proc/{pid}/cmdline").decode(errors="replace")
            orphan = line.startswith("trasloco-reader") and not name_of(up).startswith("trasloco")
            if (self.config in line or orphan) and pid not in kept and self.is_built_here(pid):
                found.append((pid, line))
        return found

    def kill(self, role, pick=None):
        pids = self.role(role)
        if pick is not None and pids:
            pids = [pick(pids)]
        if role == "nginx":
            pids = self.role("nginx-all")
        send(pids, signal.SIGKILL)
        if role in ("nginx", "db", "web"):
            # What has no parent of ours is known by its pid file; its number must be free before it is started anew.
            wait_until(lambda: not any(read(f"/proc/{pid}/cmdline") for pid in pids), f"{role} is dead")
        return pids

    def halt(self, role, seconds):
        """SIGSTOP, and SIGCONT after so many seconds."""
        pids = self.role(role)
        send(pids, signal.SIGSTOP)
        self.stopped += pids
        self.later(seconds, lambda: send(pids, signal.SIGCONT))
        return pids

    def later(self, seconds, what):
        timer = threading.Timer(seconds, what)
        timer.start()
        self.timers.append(timer)

    # --- holding a job at a step ---

    def hold_outbox(self):
        """From now on nobody can write a message, the last but a few statements of a job's transaction."""
        session = Session(self)
        self.sessions.append(session)
        session.run("BEGIN; SELECT COUNT(*) FROM outbox "
                    "WHERE job_id > (SELECT COALESCE(MAX(job_id), 0) FROM job) FOR UPDATE;")
        return session

    def hold_commits(self):
        session = Session(self)
        self.sessions.append(session)
        session.run("BACKUP STAGE START; BACKUP STAGE FLUSH; BACKUP STAGE BLOCK_DDL; BACKUP STAGE BLOCK_COMMIT;")
        return session

    def jobs_at(self, statement):
        """How many sessions of the jobs role are at this statement; while it is held back that means: wait there."""
        return self.number("SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'trasloco_jobs' "
                           f"AND info LIKE '{statement}%'")

    def release(self, session):
        if session in self.sessions:
            self.sessions.remove(session)
            session.close()

    # --- the end of a disturbance ---

    def let_go(self):
        """Whatever was stopped or held goes on."""
        for timer in self.timers:
            timer.join()
        send([pid for pid in self.stopped if is_stopped(pid)], signal.SIGCONT)
        for session in list(self.sessions):
            self.release(session)
        self.timers, self.stopped = [], []
        (self.dir / "spool" / "filler").unlink(missing_ok=True)

    def calm(self):
        """The same, and whatever was killed is there again."""
        self.let_go()
        self.notified()
        if not (self.role("db") and self.role("web") and self.role("nginx")):
            self.quickstart("--detach")
        wait_until(lambda: self.role("keeper") and self.role("notifier") and len(self.role("worker")) == WORKERS,
                   "the jobs program is complete")

    def busy(self):
        """What is still going on, or None: jobs, files, messages."""
        jobs = self.sql("SELECT job_id, state, undoing, spool_name FROM job "
                        "WHERE state IN ('requested', 'running') OR undoing = 1 OR spool_name > ''")
        mails = self.sql("SELECT message_id, attempts, due_at FROM outbox WHERE state = 'waiting'")
        return (jobs, self.spool_files(), mails) if jobs or mails or self.spool_files() else None

    def settle(self):
        """Until nothing is going on any more."""
        seen, since = None, 0.0

        def is_quiet():
            nonlocal seen, since
            before, seen = seen, self.busy()
            if seen != before:
                since = time.monotonic()
            elif seen and time.monotonic() - since > 5:
                # A message that a notifier had taken when it died is its for a minute, which nobody needs to wait for.
                self.sql("UPDATE outbox SET due_at = UTC_TIMESTAMP(3) WHERE state = 'waiting' "
                         "AND due_at > UTC_TIMESTAMP(3) + INTERVAL 20 SECOND")
            return seen is None

        try:
            wait_until(is_quiet, "all is quiet")
        except AssertionError:
            raise AssertionError(f"it never became quiet: {seen}") from None

    # --- accounts ---

    def person(self):
        """An admin of a fresh account, which has a webhook."""
        admin = Person(self, self.new_account())
        admin.account = self.number(f"SELECT account_id FROM admin WHERE email = '{admin.who[0]}'")
        admin.hook = f"/hook/{admin.account}"
        self.secrets[admin.hook] = secret = os.urandom(32).hex().encode()
        public = re.search(r"(?m)^\s*spool_public_key = ([0-9a-f]{64})", Path(self.config).read_text()).group(1)
        self.sql(f"INSERT INTO webhook VALUES ({admin.account}, '{self.hooks.url}{admin.hook}', "
                 f"X'{seal(public, secret).hex()}', UTC_TIMESTAMP(3))")
        return admin

    # --- who is told ---

    def unheard(self):
        """Nobody takes messages for a while."""
        self.mails.stop()
        self.hooks.answers = [503] * 1000
        self.deaf = True

    def notified(self):
        if self.deaf:
            self.mails.start()
            self.hooks.answers = []
            self.deaf = False

    def mails_got(self, message, recipient):
        return sum(m["Message-ID"].startswith(f"<{message}@") for m in self.mails.to(recipient))

    def hooks_got(self, message, path):
        """How often that call came; each must be signed."""
        calls = [(h, body) for p, h, body in self.hooks.requests if p == path and h["Trasloco-Id"] == message]
        for headers, body in calls:
            signed = headers["Trasloco-Timestamp"].encode() + b"." + body
            signature = hmac.new(self.secrets[path], signed, hashlib.sha256).hexdigest()
            assert headers["Trasloco-Signature"] == f"v1={signature}", (headers, body)
        return len(calls)
