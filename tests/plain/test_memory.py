"""No process of ours grows with the file: the same peak at 50,000 and at 200,000 comments.

Run with a plain build (`make check-plain`): sanitizers keep shadows of all memory.
"""

import gzip
import threading
import time
from pathlib import Path

from inputs import many
from stack import Person

MOST_KB = 64 * 1024
SLACK_KB = 2048  # what an allocator rounds up, and both batches of the read-ahead in use at once or not


def peaks(stack):
    """VmHWM in kB of each process of ours by role: web's processes, jobs' processes, readers."""
    found = {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            name = (path / "cmdline").read_bytes().split(b"\0")[0].decode().rsplit("/", 1)[-1]
            status = (path / "status").read_text()
        except OSError:
            continue
        if name.startswith("trasloco-") and "VmHWM" in status and stack_of(path) == stack.pid("web"):
            found[name] = max(found.get(name, 0), int(status.split("VmHWM:")[1].split()[0]))
    return found


def stack_of(path):
    """The process at the top of this one's line: trasloco-web's parent process of one stack."""
    pid = int(path.name)
    while True:
        try:
            up = int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
            name = Path(f"/proc/{up}/cmdline").read_bytes()
        except OSError:
            return pid
        if b"trasloco-" not in name.split(b"\0")[0]:
            return pid
        pid = up


def peaks_of_an_import(stack, comments):
    """Watches while a new account imports so many."""
    person, highest, done = Person(stack, stack.new_account()), {}, threading.Event()

    def watch():
        while not done.is_set():
            for name, kb in peaks(stack).items():
                highest[name] = max(highest.get(name, 0), kb)
            time.sleep(0.02)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        job = person.do_import(gzip.compress(many(comments), 1), name="many.xml.gz")
    finally:
        done.set()
        watcher.join()
    assert job["state"] == "completed" and job["created"] == comments
    return highest


def test_memory_does_not_grow_with_the_file(stack):
    peaks_of_an_import(stack, 1000)  # what a first import costs for good
    small = peaks_of_an_import(stack, 50_000)
    large = peaks_of_an_import(stack, 200_000)
    print(f"\npeak in kB at 50,000 comments: {small}; at 200,000: {large}")
    assert {"trasloco-web", "trasloco-jobs", "trasloco-reader"} <= set(large)
    for name, kb in large.items():
        assert kb < MOST_KB
        assert kb <= small[name] + SLACK_KB
