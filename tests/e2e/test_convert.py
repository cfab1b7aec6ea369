"""`trasloco convert` and `trasloco formats`: the program as a person or a script calls it, without a server."""

import gzip
import json
import os
import pty
import signal
import subprocess
import threading
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from inputs import disqus, many, post, thread
from stack import PATIENCE, ROOT, wait_until

PROGRAM = str(Path(os.environ.get("TRASLOCO_BUILD", ROOT)) / "trasloco")
WP = "{http://wordpress.org/export/1.2/}"
SECRET = b"nobody-else-may-read-this"


class Run:
    def __init__(self, *args, stdin=b"", env=None):
        done = subprocess.run([PROGRAM, "convert", *map(str, args)], input=stdin, capture_output=True, timeout=PATIENCE,
                              env=dict(os.environ, **(env or {})))
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr.decode()

    @property
    def totals(self):
        """read, written and skipped, from the very last line."""
        return totals(self.err)


def totals(err):
    assert err.endswith("\n")
    pairs = [pair.split("=") for pair in err.splitlines()[-1].split(" ")]
    assert [name for name, _ in pairs] == ["read", "written", "skipped"], err
    read, written, skipped = (int(n) for _, n in pairs)
    assert read == written + skipped
    return read, written, skipped


def wxr(document):
    """The items of a WXR file: title, address and comments of each."""
    channel = ElementTree.fromstring(document).find("channel")
    assert channel.findtext(WP + "wxr_version") == "1.2"
    items = []
    for item in channel.findall("item"):
        comments = [{child.tag.removeprefix(WP + "comment_"): child.text or "" for child in c} for c in item.findall(WP + "comment")]
        items.append((item.findtext("title"), item.findtext("link"), comments))
    assert [i.findtext(WP + "post_id") for i in channel.findall("item")] == [str(n + 1) for n in range(len(items))]
    ids = [c["id"] for _, _, comments in items for c in comments]
    assert ids == [str(n + 1) for n in range(len(ids))]
    return items


def bodies(document):
    return [c["content"] for _, _, comments in wxr(document) for c in comments]


@pytest.fixture
def file(tmp_path):
    def write(content, name="export.xml"):
        path = tmp_path / name
        path.write_bytes(content)
        return path
    return write


# --- the way in and out ------------------------------------------------------------------------------------------------


def test_a_file_a_pipe_and_gzip_give_the_same(file):
    content = many(300)
    want = Run("--to", "wxr", file(content))
    assert (want.code, want.totals) == (0, (300, 300, 0))
    assert bodies(want.out) == [f"<p>Comment {i}</p>" for i in range(1, 301)]
    packed = gzip.compress(content[:1000]) + gzip.compress(content[1000:])
    for got in (Run("--to", "wxr", stdin=content), Run("--to=wxr", "-", stdin=content), Run("--to", "wxr", stdin=packed),
                Run("--from", "disqus", "--to", "wxr", file(packed, "x.gz"))):
        assert (got.code, got.out, got.totals) == (0, want.out, want.totals)


def test_a_redirected_file_is_read_from_where_it_stands(file):
    with open(file(b"somebody read this\n" + late_threads(5)), "rb", buffering=0) as f:
        f.read(19)
        done = subprocess.run([PROGRAM, "convert", "--to", "wxr"], stdin=f, capture_output=True, timeout=PATIENCE)
    assert (done.returncode, len(bodies(done.stdout))) == (0, 5)


def late_threads(n, message=lambda i: f"<p>{i}</p>"):
    """Posts before their pages: such a file must be read twice."""
    return disqus([post(i, thread=i % 3, message=message(i)) for i in range(1, n + 1)] +
                  [thread(i, f"https://site.example/{i}", f"Page {i}") for i in range(3)], threads=[])


def test_a_file_that_must_be_read_twice_can_come_through_a_pipe(file):
    content = late_threads(700)
    want = Run("--to", "wxr", file(content))
    got = Run("--to", "wxr", stdin=content)
    assert (got.code, got.out) == (want.code, want.out) and got.code == 0
    assert [title for title, _, _ in wxr(got.out)] == ["Page 1", "Page 2", "Page 0"]


def test_a_pipe_needs_no_disk_unless_the_file_must_be_read_twice():
    nowhere = {"TMPDIR": "/nonexistent"}
    assert Run("--to", "wxr", stdin=many(300), env=nowhere).code == 0
    got = Run("--to", "wxr", stdin=late_threads(300), env=nowhere)
    assert got.code == 1
    assert "more than once" in got.err and "TMPDIR" in got.err
    wxr(got.out)


def write_all(pipe, content):
    while content:
        content = content[pipe.write(content):]


def test_nothing_readable_touches_the_disk(tmp_path):
    """Over 16 MB, so that the order by pages takes scratch files as well as the pipe does."""
    def message(i):
        return f"<p>{SECRET.decode()} {i} " + "many words " * 600 + "</p>"
    content = late_threads(3000, message)
    half = len(content) * 9 // 10
    p = subprocess.Popen([PROGRAM, "convert", "--to", "wxr"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0,
                         stderr=subprocess.PIPE, env=dict(os.environ, TMPDIR=str(tmp_path)))
    seen = []

    def look():
        """The files without a name that the program holds open."""
        assert not [path for path in tmp_path.rglob("*") if path.is_file() and SECRET in path.read_bytes()]
        found = []
        for fd in Path(f"/proc/{p.pid}/fd").iterdir():
            try:
                if os.readlink(fd).startswith(str(tmp_path)):
                    found.append(fd.read_bytes())
            except FileNotFoundError:
                continue
        assert not [f for f in found if SECRET in f or b"many words" in f]
        seen.extend(len(f) for f in found)
        return sum(len(f) for f in found) > half // 2

    write_all(p.stdin, content[:half])
    wait_until(look, "the pipe was kept")
    assert list(tmp_path.rglob("*")) == []
    write_all(p.stdin, content[half:])
    p.stdin.close()
    p.stdin = None
    first = p.stdout.read(1)  # now all runs are there
    look()
    out, err = p.communicate(timeout=PATIENCE)
    assert (p.returncode, totals(err.decode())) == (0, (3000, 3000, 0))
    assert len(bodies(first + out)) == 3000
    assert list(tmp_path.rglob("*")) == []


def test_a_closed_output_ends_quietly():
    for how in ("| true", ">&-"):
        line = f"""{{ "$0" convert --to wxr; echo $? >&2; }} {how}"""
        done = subprocess.run(["bash", "-c", line, PROGRAM], input=many(3000), capture_output=True, timeout=PATIENCE)
        assert done.stderr.decode().splitlines()[-1] == "1"
        if how == "| true":
            assert done.stderr == b"1\n"


def test_a_reader_that_goes_away_ends_it_though_the_input_goes_on():
    read, write = os.pipe()
    p = subprocess.Popen([PROGRAM, "convert", "--to", "jsonl"], stdin=subprocess.PIPE, stdout=write, stderr=subprocess.PIPE)
    os.close(write)
    os.close(read)
    content = many(2000)
    more = content[content.index(b"<post"):content.index(b"</disqus>")]
    with pytest.raises(BrokenPipeError):
        p.stdin.write(content[:content.index(b"<post")])
        while True:
            p.stdin.write(more)
    assert p.wait(timeout=PATIENCE) == 1
    assert p.stderr.read() == b""


def test_a_signal_ends_it_cleanly(tmp_path):
    p = subprocess.Popen([PROGRAM, "convert", "--to", "wxr"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, env=dict(os.environ, TMPDIR=str(tmp_path)))
    p.stdin.write(many(5000)[:-10])
    p.stdin.flush()
    wait_until(lambda: [fd for fd in Path(f"/proc/{p.pid}/fd").iterdir() if "deleted" in os.readlink(fd)], "it was at work")
    p.send_signal(signal.SIGINT)
    out, err = p.communicate(timeout=PATIENCE)
    assert p.returncode == 1
    read, written, _ = totals(err.decode())
    assert len(bodies(out)) == written and "stopped" in err.decode()
    assert list(tmp_path.iterdir()) == []


def test_progress_is_for_terminals_only():
    master, slave = pty.openpty()
    p = subprocess.Popen([PROGRAM, "convert", "--to", "wxr"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=slave)
    os.close(slave)
    p.stdin.write(many(100))
    p.stdin.close()
    shown = b""
    while True:
        try:
            part = os.read(master, 4096)
        except OSError:
            break
        shown += part
    assert p.wait(timeout=PATIENCE) == 0
    assert b"100 comments, " in shown
    assert shown.endswith(b"read=100 written=100 skipped=0\r\n")
    assert "\r" not in Run("--to", "wxr", stdin=many(100)).err


# --- what is said ---------------------------------------------------------------------------------------------------------


def test_the_first_of_an_id_counts(tmp_path):
    report = tmp_path / "report.json"
    content = disqus([post(1, message="<p>a</p>"), post(2, message="<p>b</p>"), post(1, message="<p>c</p>")])
    got = Run("--to", "wxr", "--report", report, stdin=content)
    assert (got.code, got.totals) == (0, (3, 2, 1))
    assert bodies(got.out) == ["<p>a</p>", "<p>b</p>"]
    assert "1 duplicate_id: The same id came earlier in the file." in got.err
    said = json.loads(report.read_text())
    assert said["trasloco_report"] == 1
    assert (said["format"], said["source"], said["to"], said["error"]) == ("disqus", "disqus", "wxr", None)
    assert (said["read"], said["written"], said["skipped"], said["bytes_read"]) == (3, 2, 1, len(content))
    assert said["skipped_reasons"]["duplicate_id"]["count"] == 1
    assert said["skipped_reasons"]["duplicate_id"]["examples"][0]["external_id"] == "1"
    assert said["duplicates_exact"] is True


def test_a_file_that_breaks_off_gives_what_is_complete(tmp_path):
    report = tmp_path / "report.json"
    content = many(50)
    got = Run("--to", "wxr", "--report", report, stdin=content[:content.index(b"Comment 40<")])
    assert (got.code, got.totals) == (1, (39, 39, 0))
    assert len(bodies(got.out)) == 39
    sentence = next(line for line in got.err.splitlines() if line.startswith("trasloco: "))
    assert "line " in sentence and sentence.endswith(".")
    said = json.loads(report.read_text())
    assert sentence == "trasloco: " + said["error"] and said["written"] == 39


def test_warnings_are_counted_and_shown(tmp_path):
    report = tmp_path / "report.json"
    got = Run("--to", "wxr", "--report", report, stdin=disqus([post(7, thread=1, created="0000-00-00")], threads=[]))
    assert got.code == 0
    assert "1 page_missing: " in got.err
    assert {"page_missing", "date_unknown"} <= set(json.loads(report.read_text())["warnings"])


@pytest.mark.parametrize("content, words", [
    (b"", "empty"), (b"Just a text\n", "plain text"), (b"\x1f\x8b\x08\x00broken", "gzip"), (b"<html><body>", "web page"),
])
def test_files_that_are_no_export_are_refused(content, words):
    got = Run("--to", "wxr", stdin=content)
    assert (got.code, got.totals, got.out) == (1, (0, 0, 0), b"")
    assert words in got.err


def test_wrong_usage_is_said_with_a_list(file, tmp_path):
    path = file(many(1))
    for args, words in [
        ([path], "--to"), (["--to", "parchment", path], '"parchment"'), (["--to", "wxr", "--from", "tablet", path], '"tablet"'),
        (["--to", "wxr", path, path], "One file"), (["--to", "wxr", "--option", "page_key", path], "NAME=VALUE"),
        (["--to", "wxr", "--option", "colour=red", path], "identifier|link"),
        (["--to", "wxr", "--option", "page_key=moon", path], "identifier|link"),
        (["--to", "wxr", "--option", "page_key=link", "--option", "page_key=link", path], "twice"),
        (["--nonsense"], "Usage"), (["--to"], "Usage"),
    ]:
        got = Run(*args)
        assert (got.code, got.out) == (2, b""), args
        assert words in got.err, args
    assert "disqus" in Run("--to", "wxr", "--from", "tablet", path).err
    assert "wxr" in Run("--to", "parchment").err
    assert Run("--help").code == 0


def test_files_that_cannot_be_opened_are_named(tmp_path, file):
    for args in (["--to", "wxr", tmp_path / "nowhere.xml"], ["--to", "wxr", "--report", tmp_path / "no" / "report", file(many(1))],
                 ["--to", "wxr", tmp_path]):
        got = Run(*args)
        assert (got.code, got.totals) == (1, (0, 0, 0))
        assert got.err.startswith("trasloco: ")


def test_the_report_never_replaces_the_input(file):
    path = file(many(2))
    got = Run("--to", "wxr", "--report", path, path)
    assert got.code == 1 and path.read_bytes() == many(2)


def test_options_reach_the_reader():
    content = disqus([post(1)], threads=[thread(url="https://site.example/p", identifier="own-id")])
    for value in ("identifier", "link"):
        assert Run("--to", "wxr", "--option", f"page_key={value}", stdin=content).code == 0


def test_a_second_file_goes_in_front_of_a_file_and_of_a_pipe(tmp_path):
    muut = ROOT / "tests" / "formats" / "muut"
    options = ["--to", "jsonl", "--option", "base_url=https://blog.example.org/", "--option"]
    users, export = f"users={muut / 'users.json.second'}", muut / "users.json"
    want = Run(*options, users, export)
    assert want.code == 0 and b'"author_email":"' in want.out
    got = Run(*options, users, stdin=export.read_bytes())
    assert (got.code, got.out) == (0, want.out)
    assert Run(*options, f"users={tmp_path / 'nowhere'}", export).code == 1
    got = Run("--to", "jsonl", export)
    assert got.code == 2 and "base_url=URL" in got.err and got.out == b""


def test_formats_lists_what_is_read_and_written():
    out = subprocess.run([PROGRAM, "formats"], capture_output=True, check=True, timeout=PATIENCE).stdout.decode()
    read, written = out.split("Written")
    assert "disqus" in read and "identifier|link" in read
    assert "wxr" in written


# --- order ------------------------------------------------------------------------------------------------------------------


def test_parents_come_before_their_replies():
    posts = [post(5, parent=3), post(1), post(4, parent=99), post(3, parent=2), post(2, parent=1), post(6), post(7, parent=8),
             post(8, parent=7)]
    got = Run("--to", "wxr", stdin=disqus(posts, [thread()]))
    ((_, _, comments),) = wxr(got.out)
    assert got.totals == (8, 8, 0)
    # 1; 2 lets 3 go, and that 5; 6; at the end 4, whose parent is not here, and the circle from its first.
    assert [c["parent"] for c in comments] == ["0", "1", "2", "3", "0", "0", "0", "7"]


def test_deep_and_wide_threads():
    deep = [post(i, parent=i + 1) for i in range(1, 1000)] + [post(1000)]
    got = Run("--to", "wxr", stdin=disqus(deep))
    ((_, _, comments),) = wxr(got.out)
    assert [c["parent"] for c in comments] == [str(i) for i in range(1000)]
    wide = [post(i, parent=20000) for i in range(1, 20000)] + [post(20000)]
    got = Run("--to", "wxr", stdin=disqus(wide))
    ((_, _, comments),) = wxr(got.out)
    assert [c["parent"] for c in comments] == ["0"] + ["1"] * 19999


def test_pages_come_in_the_order_of_their_first_comments():
    posts = [post(i, thread=t, message=f"<p>{i}</p>") for i, t in enumerate([3, 1, 3, 2, 1, 3])]
    got = Run("--to", "wxr", stdin=disqus(posts, [thread(t, f"https://site.example/{t}", f"Title {t}") for t in (1, 2, 3)]))
    assert [(title, link, [c["content"] for c in comments]) for title, link, comments in wxr(got.out)] == [
        ("Title 3", "https://site.example/3", ["<p>0</p>", "<p>2</p>", "<p>5</p>"]),
        ("Title 1", "https://site.example/1", ["<p>1</p>", "<p>4</p>"]),
        ("Title 2", "https://site.example/2", ["<p>3</p>"]),
    ]


# --- our own formats ------------------------------------------------------------------------------------------------------


def test_json_lines_keep_their_order_and_every_byte():
    posts = [post(2, parent=1, name="Ann \u00e4\U0001f600"), post(1), post(3, parent=2, spam=True), post(4, deleted=True)]
    first = Run("--to", "jsonl", stdin=disqus(posts, [thread()]))
    assert [json.loads(line)["external_id"] for line in first.out.splitlines()[1:]] == ["1", "2", "3", "4"]
    again = Run("--to", "jsonl", stdin=first.out)
    assert (again.code, again.out, again.totals) == (0, first.out, (4, 4, 0))
    # Written by somebody else in another order: that order stays.
    header, *lines = first.out.splitlines(keepends=True)
    turned = header + b"".join(reversed(lines))
    assert Run("--to", "jsonl", stdin=turned).out == turned


def test_wordpress_gets_parents_first_whatever_order_our_file_has():
    first = Run("--to", "jsonl", stdin=disqus([post(1), post(2, parent=1), post(3, parent=2)]))
    header, *lines = first.out.splitlines(keepends=True)
    ((_, _, comments),) = wxr(Run("--to", "wxr", stdin=header + b"".join(reversed(lines))).out)
    assert [c["parent"] for c in comments] == ["0", "1", "2"]


def test_csv_and_json_lines_say_the_same():
    lines = Run("--to", "jsonl", stdin=disqus([post(1), post(2, parent=1, message="<p>=1+1, \"q\"<br>\n</p>")])).out
    table = Run("--to", "csv", stdin=lines)
    assert table.code == 0
    assert Run("--to", "jsonl", stdin=table.out).out == lines


def test_wxr_is_read_back():
    content = disqus([post(i, parent=i // 2 or None, thread=i % 2, message=f"<p>a &lt; {i}<br>b</p><pre>c\nd</pre>", name=f"A & <{i}>")
                      for i in range(1, 40)], [thread(i, f"https://site.example/?p={i}&copy=1", f"T & {i}") for i in (0, 1)])
    want = [json.loads(line) for line in Run("--to", "jsonl", stdin=content).out.splitlines()[1:]]
    got = [json.loads(line) for line in
           Run("--to", "jsonl", stdin=Run("--to", "wxr", stdin=content).out).out.splitlines()[1:]]
    fields = ("body_html", "author_name", "page_title", "page_url", "created_at")
    assert sorted([c[f] for f in fields] for c in got) == sorted([c[f] for f in fields] for c in want)


def test_output_flows_while_the_input_comes():
    p = subprocess.Popen([PROGRAM, "convert", "--to", "jsonl"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE)
    content = many(20000)
    arrived = threading.Event()

    def feed():
        p.stdin.write(content[:-20])
        p.stdin.flush()
        arrived.wait(PATIENCE)
        p.stdin.write(content[-20:])
        p.stdin.close()

    feeder = threading.Thread(target=feed)
    feeder.start()
    lines = [p.stdout.readline()]
    arrived.set()  # only now comes the end of the input
    lines += p.stdout.readlines()
    feeder.join()
    assert p.wait(timeout=PATIENCE) == 0
    assert totals(p.stderr.read().decode()) == (20000, 20000, 0)
    assert len(lines) == 20001 and b"trasloco" in lines[0]
