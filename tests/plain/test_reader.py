"""The process that reads hostile files owns nothing (sanitizers need more, so this wants a plain build)."""

import gzip
import os
import signal
from pathlib import Path

from inputs import many
from stack import Person, wait_until
from test_memory import stack_of


def stopped_reader(stack):
    for path in Path("/proc").glob("[0-9]*"):
        try:
            name = (path / "cmdline").read_bytes()
        except OSError:
            continue
        if name.startswith(b"trasloco-reader") and stack_of(path) == stack.pid("web"):
            os.kill(int(path.name), signal.SIGSTOP)
            return path
    return None


def test_the_reader_has_two_pipes_and_no_rights(stack):
    person = Person(stack, stack.new_account())
    answer = person.upload(gzip.compress(many(100_000), 1), name="many.xml.gz")
    reader = wait_until(lambda: stopped_reader(stack), "a reader runs")
    try:
        descriptors = {fd.name: os.readlink(fd) for fd in (reader / "fd").iterdir()}
        status = dict(line.split(":\t", 1) for line in (reader / "status").read_text().splitlines() if ":\t" in line)
        environment = (reader / "environ").read_bytes()
        directory = os.readlink(reader / "cwd")
    finally:
        os.kill(int(reader.name), signal.SIGCONT)
    assert sorted(descriptors) == ["0", "1"] and all(d.startswith("pipe:") for d in descriptors.values())
    assert environment == b"" and directory == "/"
    assert status["NoNewPrivs"] == "1" and int(status["CapEff"], 16) == 0
    if os.geteuid() == 0:
        assert status["Uid"].split() == ["65534"] * 4 and status["Groups"].strip() == ""
    assert person.finished(answer.json()["job"]["id"])["created"] == 100_000
