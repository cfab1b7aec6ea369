"""Exports: what is in the files, who gets them, and what is left of them."""

import gzip
import json
import os
import signal
import subprocess
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
import requests

import exports
from stack import FINAL, ROOT, Person, sentence, wait_until
from test_reliability import argv0, descendants
from test_upload import holds, open_files, recent_files

EXPORT = "/auth/my-account/manage-data/export"
SAMPLES = ROOT.parent / "shared" / "samples"
FORMAT_OF = {"wordpress-wxr": "wxr"}  # a folder's format, where it is not called like it


def samples():
    if not SAMPLES.is_dir():
        return []
    return [pytest.param(path, id=f"{path.parent.name}/{path.name}") for path in sorted(SAMPLES.glob("*/*"))
            if path.is_file() and path.suffix != ".md"]


def account_id(stack, person):
    return stack.number(f"SELECT account_id FROM admin WHERE email = '{person.who[0]}'")


def ask(stack, person, fmt="jsonl", **options):
    """As the page writes it; the number of the job."""
    said = {"format": fmt, "gzip": "no", "page": "", "site": "", "from": "", "to": "", "spam": "yes", "pending": "yes",
            "deleted": "yes", **options}
    lines = "".join(f"{k}={v}\\n" for k, v in said.items())
    suffix = {"wxr": "xml"}.get(fmt, fmt) + (".gz" if said["gzip"] == "yes" else "")
    node = os.uname().nodename
    return stack.number(
        "INSERT INTO job (account_id, user_id, kind, source, format, options, state, file_name, file_size, requested_by, "
        f"requested_at, node) SELECT account_id, user_id, 'export', 'trasloco', '{fmt}', '{lines}', 'requested', "
        f"'trasloco-test.{suffix}', 0, email, UTC_TIMESTAMP(3), '{node}' FROM admin WHERE email = '{person.who[0]}'; "
        "SELECT LAST_INSERT_ID()")


def row(stack, job_id):
    columns = ("state", "message", "comments_total", "comments_read", "created", "skipped", "file_size", "spool_name",
               "download_until IS NOT NULL")
    return dict(zip(columns, stack.sql(f"SELECT {', '.join(columns)} FROM job WHERE job_id = {job_id}")[0]))


def ended(stack, job_id):
    return wait_until(lambda: (r := row(stack, job_id))["state"] in FINAL and r, f"export {job_id} has ended")


def download(person, job_id, **how):
    return person.get(f"{EXPORT}/{job_id}/download", **how)


def export(stack, person, fmt="jsonl", **options):
    job_id = ask(stack, person, fmt, **options)
    job = ended(stack, job_id)
    assert job["state"] == "completed", job["message"]
    answer = download(person, job_id)
    assert answer.status_code == 200, answer.text
    assert len(answer.content) == int(job["file_size"])
    assert job["comments_total"] == job["comments_read"] == job["created"] and job["skipped"] == "0"
    return answer.content


def records(content):
    head, *lines = content.decode().splitlines()
    assert json.loads(head)["trasloco"] == 1
    return [json.loads(line) for line in lines]


def comment(i, **more):
    return {"source": "disqus", "external_id": str(i), "page_id": "p", "page_url": "https://blog.example/p",
            "created_at": f"2020-01-{i:02}T00:00:00.000Z", "body_html": f"<p>{i}</p>", "is_approved": True, "is_spam": False,
            "is_deleted": False, **more}


def jsonl(*comments):
    return "".join(json.dumps(c) + "\n" for c in ({"trasloco": 1, "type": "header"}, *comments)).encode()


def audit(stack, job_id, action):
    return [detail for (detail,) in stack.sql(f"SELECT detail FROM audit WHERE job_id = {job_id} AND action = '{action}' "
                                              "ORDER BY audit_id")]


# --- round trips ----------------------------------------------------------------------------------


def round_trip(stack, admin, content, **how):
    job = admin.do_import(content, **how)
    if job["state"] != "completed":
        pytest.skip(f"it cannot be imported: {job['message']}")
    first = export(stack, admin, gzip="yes")
    other = Person(stack, stack.new_account())
    job = other.do_import(first, name="again.jsonl.gz", provider="jsonl")
    assert job["state"] == "completed", job["message"]
    assert job["created"] == len(records(gzip.decompress(first)))
    assert export(stack, other) == gzip.decompress(first)
    return gzip.decompress(first)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="../shared/samples is not here: real exports not tested")
@pytest.mark.parametrize("path", samples())
def test_json_lines_of_real_exports_come_back_byte_for_byte(stack, admin, path):
    content = path.read_bytes()
    provider = FORMAT_OF.get(path.parent.name, path.parent.name)
    answer = admin.upload(content, name=path.name, provider=provider)
    if answer.status_code != 201:
        pytest.skip(f"it is refused: {sentence(answer)}")
    admin.finished(answer.json()["job"]["id"])
    round_trip(stack, admin, content, name=path.name, provider=provider)


@pytest.mark.parametrize("name", exports.FORMATS)
def test_json_lines_of_each_format_come_back_byte_for_byte(stack, admin, name):
    options = [(f"{name}.{k}", v) for k, v in exports.OPTIONS.get(name, {}).items()]
    content = round_trip(stack, admin, exports.make(name, 1500, pages=20), name=exports.file_name(name), provider=name,
                         options=options)
    assert len(records(content)) == 1500


def test_wxr_comes_back_with_its_threads(stack, admin):
    admin.do_import(exports.make("jsonl", 800, pages=7), name="a.jsonl")
    content = export(stack, admin, "wxr")
    other = Person(stack, stack.new_account())
    job = other.do_import(content, name="a.xml", provider="wxr")
    assert job["state"] == "completed", job["message"]
    query = """SELECT g.page_url, c.author_name, LEFT(c.created_at, 19), c.body_html, IFNULL(p.body_html, '')
        FROM comment c JOIN page g ON g.account_id = c.account_id AND g.page_key = c.page_key
        LEFT JOIN comment p ON p.account_id = c.account_id AND p.comment_id = c.parent_id
        WHERE c.account_id = %d"""
    before, after = (sorted(stack.sql(query % account_id(stack, p))) for p in (admin, other))
    assert len(before) == 800 and before == after


@pytest.mark.parametrize("name, source", [("commento", "commento"), ("disqus", "wxr")])
def test_other_programs_get_the_same_comments(stack, admin, name, source):
    admin.do_import(exports.make("jsonl", 800, pages=7), name="a.jsonl")
    content = export(stack, admin, name, gzip="yes")
    other = Person(stack, stack.new_account())
    job = other.do_import(content, name="a.gz", provider=source)
    assert job["state"] == "completed", job["message"]
    query = """SELECT c.author_name, c.author_email, LEFT(c.created_at, 19), c.body_html, IFNULL(p.body_html, '')
        FROM comment c LEFT JOIN comment p ON p.account_id = c.account_id AND p.comment_id = c.parent_id
        WHERE c.account_id = %d"""
    before, after = (sorted(stack.sql(query % account_id(stack, p))) for p in (admin, other))
    assert len(before) == 800 and before == after


def test_replies_in_front_of_their_parents_keep_them_in_wxr(stack, admin):
    admin.do_import(jsonl(comment(2, parent_external_id="1", created_at="2019-01-01T00:00:00.000Z"), comment(1)), name="a.jsonl")
    content = export(stack, admin, "wxr").decode()
    assert content.index("<p>1</p>") < content.index("<p>2</p>")


# --- what is chosen -------------------------------------------------------------------------------

KINDS = (comment(1, is_spam=True, is_approved=False), comment(2, is_approved=False), comment(3, is_deleted=True, is_approved=False),
         comment(4), comment(5, page_id="q", page_url="https://www.shop.example/q/"), comment(6, source_site="forum"),
         comment(7, created_at=None))


@pytest.mark.parametrize("options, ids", [
    ({}, "1234567"),
    ({"spam": "no"}, "234567"),
    ({"pending": "no"}, "134567"),
    ({"deleted": "no"}, "124567"),
    ({"spam": "no", "pending": "no", "deleted": "no"}, "4567"),
    ({"page": "q"}, "5"),
    ({"page": "nowhere"}, ""),
    ({"site": "forum"}, "6"),
    ({"from": "2020-01-03"}, "3456"),
    ({"to": "2020-01-03"}, "123"),
    ({"from": "2020-01-02", "to": "2020-01-02"}, "2"),
    ({"from": "2020-01-02T00:00:00Z", "to": "2020-01-04T00:00:00Z"}, "23"),
])
def test_an_export_has_what_was_chosen(stack, admin, options, ids):
    assert admin.do_import(jsonl(*({k: v for k, v in c.items() if v is not None} for c in KINDS)), name="a.jsonl")["created"] == 7
    job_id = ask(stack, admin, **options)
    job = ended(stack, job_id)
    assert job["state"] == "completed", job["message"]
    found = records(download(admin, job_id).content)
    assert "".join(sorted(c["external_id"] for c in found)) == ids
    assert ("no comment" in job["message"]) == (ids == "")


def test_the_command_line_writes_the_same(stack, admin, tmp_path):
    admin.do_import(jsonl(*(comment(i) for i in range(1, 20))), name="a.jsonl")
    account = str(account_id(stack, admin))
    status, out, err = stack.cli("export", "--account", account, "--format", "jsonl")
    assert (status, err) == (0, "written=19\n")
    assert out.encode() == export(stack, admin)
    path = tmp_path / "out.csv.gz"
    assert stack.cli("export", "--account", account, "--format", "csv", "--gzip", "--from", "2020-01-10", "-o", str(path))[0] == 0
    assert len(gzip.decompress(path.read_bytes()).decode().splitlines()) == 11
    assert path.stat().st_mode & 0o777 == 0o600
    for wrong, part in ((("--format", "jsonl", "-o", str(path)), "There is a file"), (("--format", "docx"), "--format FORMAT"),
                        (("--format", "jsonl", "--from", "2020-02-01", "--to", "2020-01-01"), "ends before it begins"),
                        (("--format", "jsonl", "--from", "yesterday"), "not a date")):
        status, out, err = stack.cli("export", "--account", account, *wrong)
        assert status == 1 and out == "" and part in err


# --- who gets it, and how ------------------------------------------------------------------------


@pytest.fixture
def exported(stack, admin):
    """A completed export of 20 comments."""
    admin.do_import(jsonl(*(comment(i) for i in range(1, 21))), name="a.jsonl")
    job_id = ask(stack, admin, gzip="yes")
    assert ended(stack, job_id)["state"] == "completed"
    return job_id


def test_a_download_is_an_attachment_that_nobody_keeps(stack, admin, exported):
    answer = download(admin, exported)
    assert len(records(gzip.decompress(answer.content))) == 20
    assert answer.headers["Content-Type"] == "application/gzip"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="trasloco-test.jsonl.gz"'
    assert answer.headers["Cache-Control"] == "no-store" and int(answer.headers["Content-Length"]) == len(answer.content)
    head = admin.head(f"{EXPORT}/{exported}/download")
    assert head.status_code == 200 and head.headers["Content-Length"] == answer.headers["Content-Length"] and head.text == ""
    noted = [f"begun, {len(answer.content)} bytes", f"whole, {len(answer.content)} bytes"]
    wait_until(lambda: audit(stack, exported, "downloaded") == noted, "it is noted, and the HEAD is not")


def test_only_the_account_has_its_export(stack, exported):
    stranger = Person(stack, stack.new_account())
    assert download(stranger, exported).status_code == 404
    assert download(Person(stack), exported).status_code == 303
    assert audit(stack, exported, "downloaded") == []


def gone(stack, admin, job_id, name):
    answer = download(admin, job_id)
    assert answer.status_code == 410 and "has been deleted" in answer.text
    wait_until(lambda: row(stack, job_id)["spool_name"] == "", "the file is deleted")
    assert name not in stack.spool_files()
    assert stack.number(f"SELECT COUNT(*) FROM spool_file WHERE job_id = {job_id}") == 0
    (key,), (file,) = (stack.sql(f"SELECT audit_id FROM audit WHERE job_id = {job_id} AND action = '{a}'")
                       for a in ("key_destroyed", "file_destroyed"))
    assert int(key[0]) < int(file[0])


def test_an_expired_export_is_deleted_key_first(stack, admin, exported):
    name = row(stack, exported)["spool_name"]
    assert name in stack.spool_files()
    stack.sql(f"UPDATE job SET download_until = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND WHERE job_id = {exported}")
    wait_until(lambda: stack.number(f"SELECT COUNT(*) FROM spool_file WHERE job_id = {exported}") == 0, "the key is gone")
    gone(stack, admin, exported, name)


def test_a_damaged_file_is_told_by_a_page(stack, admin, exported):
    path = stack.dir / "spool" / row(stack, exported)["spool_name"]
    content = bytearray(path.read_bytes())
    content[60] ^= 1
    path.write_bytes(content)
    answer = download(admin, exported)
    assert answer.status_code == 500 and "ask for the export, once more" in answer.text
    assert "Content-Disposition" not in answer.headers


def transfer_process(stack):
    """The process of web that has threads."""
    def threads(pid):
        return len(list(Path(f"/proc/{pid}/task").iterdir()))
    return max((pid for pid in descendants(stack.pid("web")) if argv0(pid).endswith("trasloco-web")), key=threads)


@pytest.fixture
def large(stack, admin):
    """An export with more bytes than lie in the buffers on the way, and its size."""
    noise = [comment(i % 28 + 1, external_id=f"n{i}", body_html=f"<p>{os.urandom(16000).hex()}</p>") for i in range(220)]
    assert admin.do_import(gzip.compress(jsonl(*noise)), name="a.jsonl.gz")["created"] == 220
    job_id = ask(stack, admin)
    return job_id, ended(stack, job_id)["file_size"]


def test_a_client_that_stops_in_the_middle_is_noted(stack, admin, large):
    job_id, size = large
    with download(admin, job_id, stream=True) as answer:
        assert answer.raw.read(1000)
    begun, broken = wait_until(lambda: len(lines := audit(stack, job_id, "downloaded")) == 2 and lines, "it is noted")
    assert begun == f"begun, {size} bytes" and broken.startswith("broken off at ")
    assert len(records(download(admin, job_id).content)) == 220


def test_deleting_a_file_breaks_off_its_downloads(stack, admin, large):
    job_id, size = large
    with download(admin, job_id, stream=True) as answer:
        got = len(answer.raw.read(1000))
        stack.sql(f"UPDATE job SET download_until = UTC_TIMESTAMP(3) WHERE job_id = {job_id}")
        time.sleep(6)  # more than web waits before it looks again; a longer wait breaks it off all the same
        with suppress(requests.exceptions.ChunkedEncodingError):  # that the end is missing is not told by each version
            for part in answer.iter_content(1 << 16):
                got += len(part)
    assert got < int(size)
    assert wait_until(lambda: audit(stack, job_id, "downloaded")[1:], "it is noted")[0].startswith("broken off at ")


def test_a_download_is_noted_before_it_begins(stack, admin, large):
    job_id, size = large
    with download(admin, job_id, stream=True) as answer:
        assert answer.raw.read(1000)
        os.kill(transfer_process(stack), signal.SIGKILL)
        assert audit(stack, job_id, "downloaded") == [f"begun, {size} bytes"]
    assert len(records(download(admin, job_id).content)) == 220


def test_an_export_that_is_not_completed_has_no_download(stack, admin):
    admin.do_import(jsonl(comment(1)), name="a.jsonl")
    with held(stack):
        job_id = ask(stack, admin)
        wait_until(lambda: row(stack, job_id)["state"] == "running", "it runs")
        answer = download(admin, job_id)
        assert answer.status_code == 409 and "not completed" in answer.text
    ended(stack, job_id)


def test_crawling_downloads_leave_pages_and_uploads_alone(stack, admin):
    noise = [comment(i % 28 + 1, external_id=f"n{i}", body_html=f"<p>{os.urandom(16000).hex()}</p>") for i in range(210)]
    assert admin.do_import(gzip.compress(jsonl(*noise)), name="a.jsonl.gz")["created"] == 210
    job_id = ask(stack, admin)
    ended(stack, job_id)
    with ThreadPoolExecutor(70) as pool:
        answers = list(pool.map(lambda _: download(admin, job_id, stream=True), range(70)))
    try:
        busy = [a for a in answers if a.status_code == 503]
        assert {a.status_code for a in answers} == {200, 503} and 50 <= len(answers) - len(busy) <= 60
        assert all("downloading" in a.text for a in busy)
        assert admin.get("/auth/my-account/manage-data/import").status_code == 200
        assert Person(stack, stack.new_account()).do_import(jsonl(comment(1)), name="b.jsonl")["state"] == "completed"
    finally:
        for answer in answers:
            answer.close()


# --- whatever happens on the way --------------------------------------------------------------------


class held:
    """No worker gets on with an export: the table of pages is locked."""

    def __init__(self, stack):
        self.stack = stack

    def __enter__(self):
        self.client = subprocess.Popen(["mariadb", "--no-defaults", f"--socket={self.stack.dir}/run/db.sock", "--batch",
                                        "--skip-column-names", "--unbuffered", "trasloco"], stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, text=True)
        self.client.stdin.write("LOCK TABLES page WRITE;\nSELECT 'locked';\n")
        self.client.stdin.flush()
        assert self.client.stdout.readline() == "locked\n"
        return self

    def __exit__(self, *_):
        self.client.communicate()


def worker_of(stack, job_id):
    """The process that has the file of the job open."""
    name = row(stack, job_id)["spool_name"]
    for pid in descendants(stack.pid("web")) if name else ():
        if argv0(pid).rsplit("/", 1)[-1].startswith("trasloco-jobs"):
            try:
                if any(os.readlink(f"/proc/{pid}/fd/{fd}").endswith(name) for fd in os.listdir(f"/proc/{pid}/fd")):
                    return pid
            except OSError:
                continue
    return None


def test_a_killed_worker_leaves_no_file(stack, admin):
    admin.do_import(jsonl(comment(1)), name="a.jsonl")
    with held(stack):
        job_id = ask(stack, admin)
        worker, name = wait_until(lambda: worker_of(stack, job_id), "a worker writes the file"), row(stack, job_id)["spool_name"]
        os.kill(worker, signal.SIGKILL)
        job = ended(stack, job_id)
        assert job["state"] == "failed" and "interrupted" in job["message"]
        wait_until(lambda: name not in stack.spool_files(), "the file is gone")
    assert export(stack, admin)


def test_a_cancelled_export_leaves_no_file(stack, admin):
    admin.do_import(jsonl(comment(1)), name="a.jsonl")
    with held(stack):
        job_id = ask(stack, admin)
        wait_until(lambda: worker_of(stack, job_id), "a worker writes the file")
        name = row(stack, job_id)["spool_name"]
        assert stack.cli("job", "cancel", str(job_id))[0] == 0
        assert row(stack, job_id)["state"] == "cancelled"
        wait_until(lambda: name not in stack.spool_files(), "the file is gone")
    assert export(stack, admin)
    assert download(admin, job_id).status_code == 409


def test_no_disk_holds_a_plain_byte_of_an_export(stack, admin):
    start = time.time()
    marker = uuid.uuid4().hex
    rows = [comment(i % 28 + 1, external_id=f"m{i}", body_html=f"<p>{marker * 60}</p>") for i in range(3000)]
    assert admin.do_import(gzip.compress(jsonl(*rows)), name="a.jsonl.gz")["created"] == 3000
    # The database has them too, in its own files, where they belong.
    def plain():
        files = [*recent_files(start, stack.dir, "/tmp", "/var/tmp", "/var/lib/nginx", "/dev/shm"), *map(Path, open_files(stack))]
        return [str(p) for p in files if not p.is_relative_to(stack.dir / "db") and not p.is_relative_to(stack.dir / "tmp")
                and holds(p, marker.encode())]
    for fmt in ("jsonl", "wxr"):
        job_id = ask(stack, admin, fmt)
        worker = wait_until(lambda: worker_of(stack, job_id) or row(stack, job_id)["state"] == "completed", "it is written")
        if worker is not True:
            os.kill(worker, signal.SIGSTOP)
        try:
            assert plain() == []
        finally:
            if worker is not True:
                os.kill(worker, signal.SIGCONT)
        assert ended(stack, job_id)["state"] == "completed"
        assert marker.encode() in download(admin, job_id).content
        assert plain() == []


def test_who_asked_hears_of_it(stack, admin, exported):
    assert stack.sql(f"SELECT kind FROM outbox WHERE job_id = {exported}") == [["admin_mail"]]
    assert wait_until(lambda: stack.number(f"SELECT attempts FROM outbox WHERE job_id = {exported}"), "it is tried") >= 1
