"""A whole private Trasloco, started by ./quickstart below a temporary directory, and people who use it."""

import json
import os
import random
import re
import shlex
import shutil
import socket
import subprocess
import tempfile
import time
import uuid
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parents[2]
IMPORT = "/auth/my-account/manage-data/import"
STATUS = IMPORT + "/status.json"
FINAL = ("completed", "failed", "cancelled")
PATIENCE = 120  # seconds until a test that waits for something gives up; no test measures time


def is_free(port):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_port():
    """Quickstart takes the next one too.  Below those that the system gives out, and apart from what other processes of
    this test run try."""
    first = 12000 + 4000 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
    while True:
        port = first + 2 * random.randrange(2000)
        if is_free(port) and is_free(port + 1):
            return port


def wait_until(probe, what):
    """The first true value of probe()."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        value = probe()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"waited in vain until {what}")


class Stack:
    """Programs from TRASLOCO_BUILD (a sanitizer build, say); built by quickstart if it is not set."""

    def __init__(self, extra_config=""):
        # Short, for a unix socket's path may have 107 bytes; /tmp and not pytest's own, which is long.
        self.dir = Path(tempfile.mkdtemp(prefix="trsl-e2e."))
        self.env = dict(os.environ, TRASLOCO_EXTRA_CONFIG=extra_config)
        self.quickstart("--port", str(free_port()), "--detach")
        self.read_settings()

    def quickstart(self, *args, check=True):
        command = [str(ROOT / "quickstart"), "--dir", str(self.dir), *args]
        # Files and not pipes: the servers outlive quickstart, and a pipe would stay open with them.
        with tempfile.TemporaryFile("w+") as out:
            status = subprocess.run(command, env=self.env, stdin=subprocess.DEVNULL, stdout=out, stderr=out).returncode
            out.seek(0)
            text = out.read()
        assert not check or status == 0, f"{shlex.join(command)} ended with {status}:\n{text}\n{self.log('web')}"
        return status, text

    def read_settings(self):
        lines = (self.dir / "quickstart.env").read_text().splitlines()
        settings = dict(shlex.split(line)[0].split("=", 1) for line in lines)
        self.url = settings["TRASLOCO_URL"]
        self.private_url = settings["TRASLOCO_PRIVATE_URL"]
        self.bin = settings["TRASLOCO_BIN"]
        self.config = settings["TRASLOCO_CONFIG"]
        self.first = (settings["TRASLOCO_EMAIL"], settings["TRASLOCO_PASSWORD"])
        self.second = (settings["TRASLOCO_EMAIL2"], settings["TRASLOCO_PASSWORD2"])

    def stop(self):
        self.quickstart("stop")

    def remove(self):
        shutil.rmtree(self.dir)

    def log(self, part):
        path = self.dir / "log" / f"{part}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def cli(self, *args, stdin=""):
        done = subprocess.run([f"{self.bin}/trasloco", "--config", self.config, *args], input=stdin,
                              capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr

    def sql(self, query):
        """Rows of text; NULL is the word NULL."""
        done = subprocess.run(["mariadb", "--no-defaults", f"--socket={self.dir}/run/db.sock", "--batch",
                               "--skip-column-names", "--raw", "--default-character-set=utf8mb4", "trasloco"],
                              input=query, capture_output=True, text=True, check=True)
        return [line.split("\t") for line in done.stdout.splitlines()]

    def number(self, query):
        return int(self.sql(query)[0][0])

    def spool_files(self):
        """Everything in the spool directory: without jobs it is empty."""
        return sorted(p.name for p in (self.dir / "spool").iterdir())

    def pid(self, part):
        return int((self.dir / "run" / f"{part}.pid").read_text())

    def new_account(self):
        """An account of its own for a test: its first admin's e-mail address and password."""
        name = uuid.uuid4().hex[:12]
        email, password = f"{name}@test.example", uuid.uuid4().hex
        for args, stdin in ((("account", "add", name), ""),
                            (("user", "add", "--account", name, email, "--password-stdin"), password + "\n")):
            status, out, err = self.cli(*args, stdin=stdin)
            assert status == 0, out + err
        return email, password


class Person(requests.Session):
    """Somebody with a browser that knows no script."""

    def __init__(self, stack, who=None):
        super().__init__()
        self.stack = stack
        self.who = who
        if who is not None:
            answer = self.sign_in(*who)
            assert answer.status_code == 303, answer.text

    def request(self, method, url, **options):
        options["allow_redirects"] = False  # each step is looked at
        options.setdefault("timeout", PATIENCE)
        return super().request(method, self.stack.url + url if url.startswith("/") else url, **options)

    def token(self, page=IMPORT):
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', self.get(page).text)
        assert found, f"{page} has no form with a token"
        return found.group(1)

    def sign_in(self, email, password):
        return self.post("/auth/login", data={"csrf": self.token("/auth/login"), "email": email, "password": password})

    def sign_out(self):
        return self.post("/auth/logout", data={"csrf": self.token()})

    def upload(self, content, name="export.xml", provider="", token=None, as_json=True, options=()):
        """The upload form, as it is; the bare answer.  options: names and values, text or (file name, bytes)."""
        fields = [("csrf", (None, self.token() if token is None else token)), ("provider", (None, provider)),
                  *((n, v if isinstance(v, tuple) else (None, v)) for n, v in options),
                  ("file", (name, content, "application/octet-stream"))]
        return self.post(IMPORT, files=fields, headers=json_headers(as_json))

    def cancel(self, job_id, token=None, as_json=True):
        return self.post(f"{IMPORT}/{job_id}/cancel", data={"csrf": self.token() if token is None else token},
                         headers=json_headers(as_json))

    def status(self):
        answer = self.get(STATUS)
        assert answer.status_code == 200, answer.text
        return answer.json()["jobs"]

    def job(self, job_id):
        return next(job for job in self.status() if job["id"] == job_id)

    def finished(self, job_id):
        return wait_until(lambda: next((j for j in self.status() if j["id"] == job_id and j["state"] in FINAL), None),
                          f"job {job_id} has ended")

    def do_import(self, content, **options):
        """Uploads and waits; the job at its end."""
        answer = self.upload(content, **options)
        assert answer.status_code == 201, answer.text
        return self.finished(answer.json()["job"]["id"])


def json_headers(as_json=True):
    return {"Accept": "application/json" if as_json else "text/html"}


def sentence(answer):
    """What an answer tells the person, from JSON or from the page."""
    if answer.headers["Content-Type"].startswith("application/json"):
        return json.loads(answer.text)["error"]["message"]
    return answer.text


class SlowUpload:
    """An upload by hand over a socket, so that a test decides when which byte leaves."""

    def __init__(self, person, size, name="export.xml", token=None, options=()):
        self.boundary = uuid.uuid4().hex
        fields = (("csrf", token or person.token()), ("provider", ""), *options)
        head = b"".join(self._field(n, v) for n, v in fields)
        head += (f'--{self.boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
                 "Content-Type: application/octet-stream\r\n\r\n").encode()
        self.tail = f"\r\n--{self.boundary}--\r\n".encode()
        host, port = person.stack.url.removeprefix("http://").split(":")
        self.sock = socket.create_connection((host, int(port)), timeout=PATIENCE)
        cookies = "; ".join(f"{c.name}={c.value}" for c in person.cookies)
        self.sock.sendall((f"POST {IMPORT} HTTP/1.1\r\nHost: {host}:{port}\r\nAccept: application/json\r\n"
                           f"Cookie: {cookies}\r\nContent-Length: {len(head) + size + len(self.tail)}\r\n"
                           f"Content-Type: multipart/form-data; boundary={self.boundary}\r\n\r\n").encode() + head)

    def _field(self, name, value):
        return f'--{self.boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()

    def write(self, content):
        self.sock.sendall(content)

    def finish(self):
        self.sock.sendall(self.tail)
        return self.answer()

    def answer(self):
        """Status and body, read until the server has closed or the body is whole."""
        data = b""
        while True:
            head, gap, body = data.partition(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: (\d+)", head) if gap else None
            if length and len(body) >= int(length.group(1)):
                break
            try:
                piece = self.sock.recv(65536)
            except ConnectionResetError:
                piece = b""
            if not piece:
                break
            data += piece
        assert data, "the connection ended without an answer"
        return int(data.split()[1]), data.partition(b"\r\n\r\n")[2].decode(errors="replace")

    def close(self):
        self.sock.close()
