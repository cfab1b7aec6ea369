"""An export from the form to the database, and what everybody sees of it."""

import gzip
import re
import socket

import pytest

from inputs import disqus, many, post, thread
from stack import IMPORT, STATUS, Person, SlowUpload, wait_until


def account_of(stack, account):
    return stack.number(f"SELECT account_id FROM admin WHERE email = '{account[0]}'")


def counts(job):
    return {key: job[key] for key in ("comments_read", "created", "updated", "unchanged", "skipped")}


def test_a_small_export_arrives_as_it_was(stack, account, admin):
    content = disqus(
        [post(1, message="<p>Hello \U0001F600 <script>alert(1)</script><b>you</b></p>", name="Ad\u00e9le"),
         post(2, parent=1, created="2021-01-02T04:05:06Z", message="<p>Answer</p>"),
         post(3, thread=101, spam=True, message="<p>Buy</p>"),
         post(4, thread=101, parent=3, deleted=True, message="<p>Gone</p>")],
        [thread(), thread(101, "https://site.example/second/?a=1&b=2", "Second \u2014 page")])
    job = admin.do_import(content, name="our export.xml")
    assert job["state"] == "completed", job
    assert counts(job) == {"comments_read": 4, "created": 4, "updated": 0, "unchanged": 0, "skipped": 0}
    assert job["file_name"] == "our export.xml" and job["file_size"] == len(content)
    assert job["requested_by"] == account[0] and job["source"] == "disqus"
    mine = account_of(stack, account)
    rows = stack.sql(f"""SELECT c.external_id, p.external_id, c.created_at, c.author_name, c.is_spam, c.is_deleted,
        g.page_url, g.page_title FROM comment c JOIN page g USING (account_id, page_key)
        LEFT JOIN comment p ON p.account_id = c.account_id AND p.comment_id = c.parent_id
        WHERE c.account_id = {mine} ORDER BY c.seq""")
    first = ["https://site.example/first/", "First page"]
    second = ["https://site.example/second/?a=1&b=2", "Second \u2014 page"]
    assert rows == [["1", "NULL", "2021-01-02 03:04:05.000", "Ad\u00e9le", "0", "0", *first],
                    ["2", "1", "2021-01-02 04:05:06.000", "Ada", "0", "0", *first],
                    ["3", "NULL", "2021-01-02 03:04:05.000", "Ada", "1", "0", *second],
                    ["4", "3", "2021-01-02 03:04:05.000", "Ada", "0", "1", *second]]
    body = stack.sql(f"SELECT body_html FROM comment WHERE account_id = {mine} AND external_id = '1'")[0][0]
    assert "\U0001F600" in body and "<b>you</b>" in body and "script" not in body


def test_the_same_export_again_changes_nothing(admin):
    content = many(50)
    admin.do_import(content)
    job = admin.do_import(content)
    assert job["state"] == "completed"
    assert counts(job) == {"comments_read": 50, "created": 0, "updated": 0, "unchanged": 50, "skipped": 0}


def test_a_newer_export_brings_what_is_new_and_what_has_changed(admin):
    admin.do_import(disqus([post(1), post(2)]))
    job = admin.do_import(disqus([post(1), post(2, message="<p>Edited</p>"), post(3, parent=2)]))
    assert counts(job) == {"comments_read": 3, "created": 1, "updated": 1, "unchanged": 1, "skipped": 0}


def test_an_id_that_comes_twice_counts_once(admin):
    job = admin.do_import(disqus([post(1), post(1, message="<p>Other</p>")]))
    assert counts(job) == {"comments_read": 2, "created": 1, "updated": 0, "unchanged": 0, "skipped": 1}
    assert job["skipped_reasons"] == {"duplicate_id": 1}


def test_gzip_is_known_by_its_bytes_not_by_its_name(admin):
    job = admin.do_import(gzip.compress(many(5)), name="export.xml")
    assert job["state"] == "completed" and job["created"] == 5


def test_an_encoding_is_known_by_its_bytes(admin):
    """The same comment in UTF-16 and in undeclared Windows-1252, and a table as Excel wrote it."""
    first = disqus([post(1, message="<p>Grüße</p>")]).decode()
    assert counts(admin.do_import(first.encode("utf-16")))["created"] == 1
    job = admin.do_import(disqus([post(1, message="<p>Grüße</p>"), post(2)]).decode().encode("cp1252"))
    assert counts(job) == {"comments_read": 2, "created": 1, "updated": 0, "unchanged": 1, "skipped": 0}
    assert [w["reason"] for w in job["warnings"]] == ["read_as_windows_1252"]
    table = "sep=;\r\nID;URL ID;URL;Commenter Name;Comment;Date;Approved\r\n1;p;https://site.example/;Ada;Grüße;2021-01-02;true\r\n"
    assert counts(admin.do_import(table.encode("cp1252"), name="comments.csv"))["created"] == 1


def test_the_provider_may_be_said(admin):
    assert admin.do_import(many(2), provider="disqus")["created"] == 2


def test_every_admin_of_the_account_sees_the_job(stack):
    first, second = Person(stack, stack.first), Person(stack, stack.second)
    job = first.do_import(many(3), name="seen by both.xml")
    assert second.job(job["id"]) == first.job(job["id"])
    page = second.get(f"{IMPORT}/{job['id']}")
    assert page.status_code == 200 and "seen by both.xml" in page.text
    assert "seen by both.xml" in second.get(IMPORT).text


def test_nobody_of_another_account_sees_it(stack, admin):
    job = admin.do_import(many(3))
    stranger = Person(stack, stack.new_account())
    assert stranger.get(f"{IMPORT}/{job['id']}").status_code == 404
    assert stranger.status() == []


def test_garbage_in_place_of_a_job_number_is_not_found(admin):
    for odd in ("0", "-1", "x", "99999999999999999999", "1%00", "1/2"):
        assert admin.get(f"{IMPORT}/{odd}").status_code in (400, 404)


def test_the_job_page_names_the_pages_with_their_counts(admin):
    job = admin.do_import(disqus([post(1), post(2), post(3, thread=101)],
                                 [thread(), thread(101, "https://site.example/b/", "B & co")]))
    page = admin.get(f"{IMPORT}/{job['id']}").text
    assert 'href="https://site.example/first/"' in page and 'href="https://site.example/b/"' in page
    assert "B &amp; co" in page


def test_status_json_is_not_sent_twice(admin):
    admin.do_import(many(1))
    first = admin.get(STATUS)
    again = admin.get(STATUS, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304 and again.content == b""


def test_without_script_the_form_leads_to_the_job(admin):
    answer = admin.upload(many(1), as_json=False)
    assert answer.status_code == 303
    assert re.fullmatch(IMPORT + r"/\d+", answer.headers["Location"])
    admin.finished(int(answer.headers["Location"].rsplit("/", 1)[1]))


def test_the_demo_shows_one_job_in_each_state_and_stores_none(admin):
    page = admin.get(IMPORT, params={"demo": "true"}).text
    for word in ("Requested", "Running", "Completed", "Failed", "Cancelled"):
        assert word in page
    assert admin.status() == []


def test_the_spool_is_empty_when_the_job_has_ended(stack, admin):
    admin.do_import(many(10))
    wait_until(lambda: stack.spool_files() == [], "the spool is empty")
    assert stack.number("SELECT count(*) FROM spool_file") == 0


@pytest.mark.parametrize("piece", [1, 7, 4096])
def test_the_upload_may_come_in_pieces_of_any_size(admin, piece):
    content = many(3)
    upload = SlowUpload(admin, len(content))
    upload.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for at in range(0, len(content), piece):
        upload.write(content[at:at + piece])
    status, body = upload.finish()
    assert status == 201, body
    upload.close()


def test_pages_with_endless_addresses_do_not_keep_the_job_from_being_shown(admin):
    """Of each byte of these the page makes six."""
    threads = [thread(i, url=f"https://site.example/{i}?" + '"' * 2000, identifier='"' * 2000 + str(i)) for i in range(600)]
    job = admin.do_import(disqus([post(i, thread=i) for i in range(600)], threads))
    assert job["state"] == "completed" and job["created"] == 600
    page = admin.get(f"{IMPORT}/{job['id']}")
    assert page.status_code == 200 and "&quot;&quot;" in page.text
    more = re.search(r"And (\d+) more\.", page.text)
    assert more and 500 < int(more.group(1)) < 600
