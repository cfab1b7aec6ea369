"""Every format from the form to the database: the same invented comments, whatever provider they come from."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile

import pytest

import exports
from disqus_oracle import visible_text
from inputs import disqus, post, thread
from readings import convert
from stack import IMPORT, Person, sentence, wait_until

N = 60

ROWS = """
SELECT c.source, c.author_name, c.created_at, c.body_html, g.page_url, g.page_title, IFNULL(p.body_html, ''), c.is_approved
FROM comment c JOIN page g USING (account_id, page_key)
LEFT JOIN comment p ON p.account_id = c.account_id AND p.comment_id = c.parent_id
JOIN admin a ON a.account_id = c.account_id WHERE a.email = '%s' ORDER BY c.created_at
"""

# What a format cannot say: Commento has no titles; Muut's pages are found below the site's address.
NO_TITLE = {"commento"}
SOURCES = {"wxr": "wordpress", "fastcomments-csv": "fastcomments", "jsonl": "isso", "csv": "isso"}


def options(name):
    return [(f"{name}.{k}", v) for k, v in exports.OPTIONS.get(name, {}).items()]


def expected(name, comments):
    flat = name == "muut"  # a page's replies are all roots there
    return [[SOURCES.get(name, name), comments.name(comments.author(i)), exports.sql(comments.time(i)) + ".000",
             visible_text(comments.body(i)), comments.url(comments.page(i)),
             "" if name in NO_TITLE else comments.title(comments.page(i)),
             "" if flat or comments.parent(i) is None else visible_text(comments.body(comments.parent(i))), "1"]
            for i in range(comments.n)]


def found(stack, account):
    return [[source, author, created, visible_text(body), url, title, visible_text(parent), approved]
            for source, author, created, body, url, title, parent, approved in stack.sql(ROWS % account[0])]


def counts(job):
    return [job[k] for k in ("comments_read", "created", "updated", "unchanged", "skipped")]


@pytest.mark.parametrize("name", exports.FORMATS)
def test_every_format_is_imported_and_again_changes_nothing(stack, account, admin, name):
    content = exports.make(name, N)
    job = admin.do_import(content, name=exports.file_name(name), options=options(name))
    assert job["state"] == "completed" and job["message"] == "", job
    assert counts(job) == [N, N, 0, 0, 0], job
    assert found(stack, account) == expected(name, exports.Comments(N))

    again = admin.do_import(gzip.compress(content), name="again.gz", provider=name, options=options(name))
    assert again["state"] == "completed"
    assert counts(again) == [N, 0, 0, N, 0]
    wait_until(lambda: stack.spool_files() == [], "the spool is empty")


@pytest.mark.parametrize("name", exports.FORMATS)
def test_a_cut_export_imports_what_is_complete_only_when_asked(stack, account, admin, name):
    content = exports.make(name, N)
    # Behind some comments, and in the middle of a character.
    cut = content[:content.index("Comment 40".encode()) + 9]
    job = admin.do_import(cut, name=exports.file_name(name), options=options(name))
    if name == "jsonl":  # a half last line is only a warning
        assert job["state"] == "completed" and "last_line_cut" in job["warnings"]
        return
    assert job["state"] == "failed" and "complete" in job["message"], job
    assert found(stack, account) == []
    again = admin.do_import(cut, name=exports.file_name(name), options=[*options(name), ("partial", "yes")])
    assert again["state"] == "completed", again
    assert again["message"] != "" and "file_broken" in again["warnings"]
    assert again["created"] == len(found(stack, account)) > 20


@pytest.mark.parametrize("name", exports.FORMATS)
def test_another_provider_is_refused_by_name(admin, name):
    other = "disqus" if name != "disqus" else "commento"
    answer = admin.upload(exports.make(name, 5), provider=other)
    assert answer.status_code in (400, 415), answer.text
    assert "choose" in sentence(answer)


def test_a_split_export_in_a_zip_is_one_import(stack, account, admin):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("export/", "")
        z.writestr("export/one.xml", exports.make("wxr", 30))
        z.writestr("__MACOSX/export/._one.xml", b"\0\5\26\7")
        # The second part has other comments, and an author list of its own.
        z.writestr("export/two.xml", exports.make("wxr", 60).replace(b"<wp:comment_id>1</wp:comment_id>",
                                                                    b"<wp:comment_id>1000</wp:comment_id>"))
    job = admin.do_import(packed.getvalue(), name="site.zip")
    assert job["state"] == "completed", job
    assert counts(job) == [90, 61, 0, 0, 29]


def part(number):
    """One of several files of a site: comments, a page and ids of its own."""
    return disqus([post(number * 100 + i, number) for i in range(3)], [thread(number, f"https://tea.example/{number}/")])


def tar(*members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as t:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            t.addfile(info, io.BytesIO(content))
    return out.getvalue()


def zipped(*members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name, content in members:
            z.writestr(name, content)
    return out.getvalue()


def test_every_export_of_an_upload_is_read_and_other_files_are_named(stack, admin):
    inner = lzma.compress(tar(("1.xml", part(1)), ("łódź.txt", b"Notes of a move.\n"), ("2.xml", part(2) + b"\n" + part(3))))
    job = admin.do_import(zipped(("exports.tar.xz", inner), ("4.xml.bz2", bz2.compress(part(4))), ("photo.png", b"\x89PNG\r\n\x1a\n"),
                                 ("users.csv", b"id,Email\n1,a@example.org\n")), name="site.zip")
    assert (job["state"], job["created"], job["warnings"]) == ("completed", 12, {"file_passed_over": 3}), job
    page = admin.get(f"{IMPORT}/{job['id']}").text
    assert all(name in page for name in ("exports.tar.xz/łódź.txt", "photo.png", "users.csv"))


@pytest.mark.parametrize("content, words", [
    (zipped(("a.zip", zipped(("b.gz", gzip.compress(part(1))))), ("c.xml", part(2))), '"a.zip/b.gz" in the ZIP archive is packed more than twice'),
    (zipped(("c.xml", part(2)), ("a.rar", b"Rar!\x1a\7\1\0rest")), '"a.rar" in the ZIP archive is a RAR archive'),
    (part(1) + b"\x1f\x8b\x08rest", "there is a gzip file. Please upload the files one by one"),
    (zipped(("c.xml", part(2)), ("w.xml", exports.make("wxr", 3))), "files of more than one kind"),
    (zipped(("c.xml", part(2)))[:150], "ends in the middle"),
    (zipped(("c.xml", part(2))) + part(1), "has something after its end"),
    (bz2.compress(part(1) + part(2))[:-9], "The bzip2 file ends in the middle"),
], ids=["three levels", "rar", "gzip behind", "two providers", "zip cut", "zip and more", "bzip2 cut"])
def test_what_of_an_upload_cannot_be_read_fails_and_is_named(stack, account, admin, content, words):
    answer = admin.upload(content, name="site.bin", provider="disqus")
    if answer.status_code == 201:
        job = admin.finished(answer.json()["job"]["id"])
        assert job["state"] == "failed" and words in job["message"], job
    else:
        assert words in sentence(answer), answer.text
    assert found(stack, account) == []


@pytest.mark.parametrize("name", [n for n in exports.FORMATS if n not in ("jsonl", "csv", "muut")])
def test_json_lines_of_an_export_create_nothing_after_it(stack, admin, tmp_path, name):
    path = tmp_path / exports.file_name(name)
    path.write_bytes(exports.make(name, N))
    assert admin.do_import(path.read_bytes(), name=path.name)["created"] == N
    for to in ("jsonl", "csv"):
        job = admin.do_import(convert(path, to).stdout, name=f"converted.{to}")
        assert (job["state"], job["comments_read"], job["created"]) == ("completed", N, 0), job


EVERYTHING = """
SELECT c.source, c.source_site, c.external_id, c.parent_external_id, p.external_id, c.author_name, c.author_email, c.author_url,
       c.author_avatar, c.author_external_id, c.author_ip, c.created_at, c.body_html, c.is_approved, c.is_spam, c.is_deleted,
       c.votes_up, c.votes_down, g.source_page_id, g.page_url, g.page_title
FROM comment c JOIN page g USING (account_id, page_key)
LEFT JOIN comment p ON p.account_id = c.account_id AND p.comment_id = c.parent_id
JOIN admin a ON a.account_id = c.account_id WHERE a.email = '%s' ORDER BY c.external_id
"""


@pytest.mark.parametrize("to", ["jsonl", "csv"])
def test_what_was_converted_is_the_same_in_the_database(stack, tmp_path, to):
    path = tmp_path / "export.xml"
    path.write_bytes(exports.make("disqus", N).replace(b"<isSpam>false", b"<isSpam>true", 3)
                     .replace(b"Author 7 ", b"=1+1, &quot;so-called&quot; "))
    accounts = [stack.new_account(), stack.new_account()]
    for account, content in zip(accounts, (path.read_bytes(), convert(path, to).stdout)):
        assert Person(stack, account).do_import(content, name="any")["created"] == N
    one, other = (stack.sql(EVERYTHING % account[0]) for account in accounts)
    assert one == other and len(one) == N
