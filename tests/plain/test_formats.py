"""No reader grows with its file: the same peak for 20,000 and 80,000 comments of any format, through `trasloco convert`.

LARGE=1 reads a file of 2 GB of each format, with 50,000 authors and as many pages, and prints the peaks.
Run with a plain build (`make check-plain`): sanitizers keep shadows of all memory.
"""

import bz2
import gzip
import json
import lzma
import os
import subprocess
import threading
import time
from pathlib import Path

import pytest

import exports

MOST_KB = 32 * 1024
SLACK_KB = 2048  # what an allocator rounds up
LARGE = 2 << 30


def reader_of(pid):
    """The reader process of a running convert; None while or when there is none."""
    try:
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            if Path(f"/proc/{child}/cmdline").read_bytes().startswith(b"trasloco-reader"):
                return child
    except OSError:
        pass
    return None


def convert(path, name):
    """Peak of the reader and of its parent in kB, and what convert said last."""
    options = [word for k, v in exports.OPTIONS.get(name, {}).items() for word in ("--option", f"{k}={v}")]
    program = os.path.join(os.environ["TRASLOCO_BUILD"], "trasloco")
    highest = {"reader": 0, "convert": 0}
    with subprocess.Popen([program, "convert", "--from", name, "--to", "jsonl", *options, str(path)],
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as run:
        def watch():
            while run.poll() is None:
                for who, pid in (("reader", reader_of(run.pid)), ("convert", run.pid)):
                    try:
                        status = Path(f"/proc/{pid}/status").read_text()
                        highest[who] = max(highest[who], int(status.split("VmHWM:")[1].split()[0]))
                    except (OSError, IndexError):
                        pass
                time.sleep(0.005)

        watcher = threading.Thread(target=watch)
        watcher.start()
        said = run.stderr.read().decode()
        watcher.join()
    assert run.returncode == 0, said
    return highest, said.splitlines()[-1]


def peak(tmp_path, name, comments, **how):
    path = tmp_path / exports.file_name(name)
    with path.open("wb") as out:
        exports.write(name, comments, out, **how)
    try:
        highest, last = convert(path, name)
    finally:
        path.unlink()
    assert last == f"read={comments} written={comments} skipped=0"
    return highest


@pytest.mark.parametrize("name", exports.FORMATS)
def test_no_reader_grows_with_its_file(tmp_path, name):
    small = peak(tmp_path, name, 20_000, pages=2_000, authors=2_000)
    large = peak(tmp_path, name, 80_000, pages=2_000, authors=2_000)
    print(f"\n{name}: peak in kB at 20,000 comments: {small}; at 80,000: {large}")
    assert large["reader"] <= small["reader"] + SLACK_KB
    assert large["reader"] < MOST_KB


@pytest.mark.parametrize("packed,more_kb", [(lambda p: gzip.compress(p, 1), 0), (lambda p: bz2.compress(p, 1), 0),
                                            (lambda p: lzma.compress(p, preset=9), 68 * 1024)], ids=["gzip", "bzip2", "xz -9"])
def test_a_compressed_file_takes_its_dictionary_and_no_more(tmp_path, packed, more_kb):
    whole = tmp_path / "whole.xml"
    with whole.open("wb") as out:
        exports.write("disqus", 80_000, out, pages=2_000, authors=2_000)
    path = tmp_path / "packed"
    path.write_bytes(packed(whole.read_bytes()))
    highest, last = convert(path, "disqus")
    assert last == "read=80000 written=80000 skipped=0"
    assert highest["reader"] < MOST_KB + more_kb


@pytest.mark.skipif("LARGE" not in os.environ, reason="LARGE=1 reads 2 GB of each format")
@pytest.mark.parametrize("name", exports.FORMATS)
def test_two_gigabytes_take_little_memory(tmp_path, name):
    body_words = 150
    each = len(exports.make(name, 200, pages=10, authors=40, body_words=body_words)) // 200
    began = time.monotonic()
    comments = LARGE // each
    highest = peak(tmp_path, name, comments, pages=50_000, authors=50_000, body_words=body_words)
    print(f"\n{name}: {comments} comments, 2 GB, peaks in kB: {highest}, {time.monotonic() - began:.0f} s with writing the file")
    assert highest["reader"] < MOST_KB


def converted(tmp_path, name, comments, **how):
    """Path of the JSON Lines of such an export."""
    path, out = tmp_path / exports.file_name(name), tmp_path / "out.jsonl"
    with path.open("wb") as f:
        exports.write(name, comments, f, **how)
    options = [word for k, v in exports.OPTIONS.get(name, {}).items() for word in ("--option", f"{k}={v}")]
    with out.open("wb") as f:
        run = subprocess.run([os.path.join(os.environ["TRASLOCO_BUILD"], "trasloco"), "convert", "--to", "jsonl", *options,
                              str(path)], stdout=f, stderr=subprocess.PIPE, timeout=300)
    assert run.returncode == 0, run.stderr
    assert run.stderr.decode().splitlines()[-1] == f"read={comments} written={comments} skipped=0"
    return out


@pytest.mark.parametrize("name", exports.FORMATS)
def test_a_thread_of_a_thousand_levels_stays_one(tmp_path, name):
    parents = {}
    for line in converted(tmp_path, name, 1000, pages=1, deep=True).read_text().splitlines()[1:]:
        c = json.loads(line)
        assert c.get("parent_external_id", "") in ("", *parents), "parents come first"
        parents[c["external_id"]] = c.get("parent_external_id", "")
    roots = [c for c, parent in parents.items() if parent == ""]
    assert len(roots) == (1000 if name == "muut" else 1)  # the replies of a page of Muut are all roots


@pytest.mark.parametrize("name", exports.FORMATS)
def test_a_page_of_a_hundred_thousand_comments_is_read(tmp_path, name):
    with converted(tmp_path, name, 100_000, pages=1).open() as lines:
        next(lines)
        assert len({json.loads(line)["page_url"] for line in lines}) == 1
