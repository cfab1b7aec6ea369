"""The process that reads hostile files owns nothing (sanitizers need more, so this wants a plain build)."""

import gzip
import os
import signal
from pathlib import Path

from inputs import many
from stack import Person, wait_until
from test_reliability import busy_reader

LARGE = 150_000  # comments: long enough to be caught at work


def test_the_reader_has_two_pipes_and_no_rights(stack):
    person = Person(stack, stack.new_account())
    answer = person.upload(gzip.compress(many(LARGE), 1), name="many.xml.gz")
    reader = Path(f"/proc/{wait_until(lambda: busy_reader(stack), 'the reader is at work')}")
    os.kill(int(reader.name), signal.SIGSTOP)
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
    assert person.finished(answer.json()["job"]["id"])["created"] == LARGE
