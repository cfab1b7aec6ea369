"""Uploads in the middle: refusals, clients that go away, and what lies on disks meanwhile."""

import os
import time
import uuid
from pathlib import Path

from conftest import LIMIT
from inputs import HEAD, many, post, thread
from stack import SlowUpload, wait_until

MB = 1024 * 1024


def processes_of(stack):
    """All processes that were started below the stack's directory, however deep."""
    roots = {stack.pid("web"), stack.pid("nginx")}
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
    found = set(roots)
    while True:
        more = {p for p, parent in parents.items() if parent in found} - found
        if not more:
            return found
        found |= more


def open_files(stack):
    for pid in processes_of(stack):
        try:
            names = os.listdir(f"/proc/{pid}/fd")
        except (FileNotFoundError, ProcessLookupError):
            continue
        for name in names:
            path = f"/proc/{pid}/fd/{name}"
            try:
                if Path(os.readlink(path).removesuffix(" (deleted)")).is_absolute() and os.path.isfile(path):
                    yield path
            except OSError:
                continue


def holds(path, marker):
    try:
        with open(path, "rb") as f:
            before = b""
            while piece := f.read(MB):
                if marker in before + piece:
                    return True
                before = piece[-len(marker):]
    except OSError:
        return False
    return False


def recent_files(since, *tops):
    for top in tops:
        for folder, _, names in os.walk(top):
            for name in names:
                path = Path(folder, name)
                try:
                    if path.is_file() and not path.is_symlink() and path.stat().st_mtime >= since - 1:
                        yield path
                except OSError:
                    continue


def test_a_wrong_file_is_refused_before_it_is_sent(admin):
    """Of 7 MB only the first bytes are sent; the answer must come all the same."""
    upload = SlowUpload(admin, LIMIT - MB, name="movie.png")
    upload.write(b"\x89PNG\r\n\x1a\n" + bytes(2 * 65536))
    status, body = upload.answer()
    assert status == 415 and "PNG" in body
    upload.close()
    assert admin.status() == []


def test_a_file_that_grows_over_the_limit_is_refused_by_its_announced_size(admin):
    upload = SlowUpload(admin, 200 * MB)
    upload.write(many(10))
    status, body = upload.answer()
    assert status == 413 and "8 MiB" in body
    upload.close()


def test_while_an_upload_runs_no_disk_holds_a_plain_byte_of_it(stack, admin):
    start = time.time()
    marker = uuid.uuid4().hex.encode()
    filler = post(1, message="<p>" + marker.decode() * 2000 + "</p>").encode()
    head = (HEAD + thread()).encode() + filler * 40
    upload = SlowUpload(admin, len(head) + len(b"</disqus>"))
    upload.write(head)
    wait_until(lambda: any((stack.dir / "spool" / n).stat().st_size > MB for n in stack.spool_files()),
               "the spool file has grown")
    files = [*recent_files(start, stack.dir, "/tmp", "/var/tmp", "/var/lib/nginx", "/dev/shm")]
    assert len(files) > 1
    assert [str(p) for p in [*files, *open_files(stack)] if holds(p, marker)] == []
    upload.write(b"</disqus>")
    status, body = upload.finish()
    assert status == 201, body
    upload.close()
    job = wait_until(lambda: admin.status() and admin.status()[0]["state"] in ("completed", "failed"), "the job ends")
    assert job
    wait_until(lambda: stack.spool_files() == [], "the spool is empty")


def test_a_client_that_goes_away_leaves_nothing(stack, admin):
    content = many(5000)
    upload = SlowUpload(admin, len(content))
    upload.write(content[:300_000])
    wait_until(lambda: len(stack.spool_files()) == 1, "the spool file is there")
    upload.close()
    wait_until(lambda: stack.spool_files() == [], "the spool is empty")
    assert admin.status() == []


def test_a_body_that_ends_before_its_boundary_is_no_upload(stack, admin):
    content = many(100)
    upload = SlowUpload(admin, len(content))
    upload.write(content + b"x" * len(upload.tail))
    status, body = upload.answer()
    assert status == 400 and body
    upload.close()
    wait_until(lambda: stack.spool_files() == [], "the spool is empty")


def test_spool_files_are_for_their_owner_alone(stack, admin):
    content = many(2000)
    upload = SlowUpload(admin, len(content))
    upload.write(content[:200_000])
    wait_until(lambda: len(stack.spool_files()) == 1, "the spool file is there")
    path = stack.dir / "spool" / stack.spool_files()[0]
    assert path.stat().st_mode & 0o7777 == 0o600
    upload.close()
    wait_until(lambda: stack.spool_files() == [], "the spool is empty")
