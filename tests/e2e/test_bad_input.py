"""What is wrong is said in a clear sentence, with the right status, and nothing of it stays."""

import gzip

import pytest

from conftest import LIMIT
from inputs import disqus, many, post
from stack import IMPORT, Person, SlowUpload, json_headers, sentence, wait_until

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(5000)


@pytest.fixture(autouse=True)
def nothing_stays(stack):
    """No spool file, no key, no row in the comments: before and after, whatever the test sends."""
    before = stack.number("SELECT count(*) FROM comment"), stack.number("SELECT count(*) FROM page")
    yield
    wait_until(lambda: stack.spool_files() == [], "the spool is empty")
    assert stack.number("SELECT count(*) FROM spool_file") == 0
    assert (stack.number("SELECT count(*) FROM comment"), stack.number("SELECT count(*) FROM page")) == before


def assert_refused(answer, status, *words):
    assert answer.status_code == status, answer.text
    text = sentence(answer)
    assert all(word.lower() in text.lower() for word in words), text
    if answer.headers["Content-Type"].startswith("application/json"):
        assert text.endswith((".", "?", "!")) and text[0].isupper()


@pytest.mark.parametrize("as_json", [True, False], ids=["json", "page"])
@pytest.mark.parametrize("content, name, status, word", [
    (b"", "export.xml", 400, "empty"),
    (PNG, "picture.png", 415, "PNG"),
    (b'{"records": [' + b'{"n": 1},' * 900 + b"]}", "export.json", 415, "JSON"),
    (b'[1]', "tiny.json", 415, "JSON"),
    (b'{"comments": []}', "any.json", 415, "JSON"),
], ids=["empty", "png", "json", "tiny json", "anybody's json"])
def test_a_file_of_another_kind_is_refused_at_once(admin, content, name, status, word, as_json):
    assert_refused(admin.upload(content, name=name, as_json=as_json), status, word)
    assert admin.status() == []


def test_a_file_over_the_limit_is_refused_with_the_limit(admin):
    answer = admin.upload(many(3) + b" " * LIMIT)
    assert_refused(answer, 413, "8 MiB")
    assert admin.status() == []


def test_a_missing_file_field_is_told(admin):
    answer = admin.post(IMPORT, files=[("csrf", (None, admin.token())), ("provider", (None, ""))],
                        headers=json_headers())
    assert_refused(answer, 400, "file")


def test_a_file_field_without_a_choice_is_told(admin):
    assert_refused(admin.upload(b"", name=""), 400, "file")


def test_a_wrong_token_is_refused(admin):
    assert_refused(admin.upload(many(1), token="0" * 64), 403, "form")
    assert admin.status() == []


def test_a_token_behind_the_file_is_refused(admin):
    answer = admin.post(IMPORT, files=[("file", ("x.xml", many(1))), ("csrf", (None, admin.token()))],
                        headers=json_headers())
    assert_refused(answer, 403)


def test_a_token_of_another_session_is_refused(stack, account, admin):
    assert_refused(admin.upload(many(1), token=Person(stack, account).token()), 403)


def test_a_body_of_200_parts_is_refused(admin):
    fields = [("csrf", (None, admin.token()))] + [(f"f{i}", (None, "x")) for i in range(199)]
    answer = admin.post(IMPORT, files=fields, headers=json_headers())
    assert answer.status_code in (400, 413)
    assert_refused(answer, answer.status_code, "parts")


def test_a_header_of_1_mb_gets_a_page(admin):
    answer = admin.get(IMPORT, headers={"X-Long": "a" * 1_000_000})
    assert answer.status_code == 431 and "<html" in answer.text and "nginx" not in answer.text.lower()


def test_a_form_that_is_too_large_gets_a_page(admin):
    answer = admin.post("/auth/login", data=b"a" * 2_000_000)
    assert answer.status_code == 413 and "<html" in answer.text and "nginx" not in answer.text.lower()


def test_a_body_that_is_no_form_is_refused(admin):
    answer = admin.post(IMPORT, data=many(1), headers={**json_headers(), "Content-Type": "application/xml"})
    assert answer.status_code in (400, 415) and sentence(answer)


def test_an_unknown_provider_is_refused(admin):
    assert_refused(admin.upload(many(1), provider="nobody"), 400, "provider")


def test_an_upload_without_a_session_is_refused(stack, admin):
    token = admin.token()
    assert_refused(Person(stack).upload(many(1), token=token), 401, "sign in")


def test_a_session_that_ends_in_mid_upload_takes_the_upload_along(admin):
    content = many(2000)
    upload = SlowUpload(admin, len(content))
    upload.write(content[:100_000])
    assert admin.sign_out().status_code == 303
    upload.write(content[100_000:])
    status, body = upload.finish()
    assert status == 401 and "sign in" in body.lower()
    upload.close()


@pytest.mark.parametrize("content", [
    pytest.param(lambda: gzip.compress(many(3000))[:4000], id="half a gzip"),
    pytest.param(lambda: many(200)[:-2500], id="xml cut in the middle"),
    pytest.param(lambda: many(200).replace(b"<id />", b"<id>", 1), id="xml with a wrong end tag"),
    pytest.param(lambda: disqus([post(1), post(2)])[:-10], id="xml without its end"),
])
def test_a_broken_file_makes_a_failed_job_that_says_where(admin, content):
    job = admin.do_import(content())
    assert job["state"] == "failed"
    assert (job["created"], job["updated"], job["unchanged"], job["skipped"]) == (0, 0, 0, 0)
    assert job["message"].endswith(".") and "othing was imported" in job["message"], job["message"]
    assert job["message"] in admin.get(f"{IMPORT}/{job['id']}").text.replace("&#39;", "'").replace("&quot;", '"')


def test_an_export_without_comments_is_told_or_completes_empty(admin):
    job = admin.do_import(disqus([]))
    assert job["state"] in ("completed", "failed") and job["comments_read"] == 0


@pytest.mark.parametrize("content,name", [
    (b'<disqus xmlns="http://disqus.com">\n</disqus>\n', "empty.xml"),
    (b'{"version":1,"comments":null,"commenters":[]}', "empty.json"),
    (b"ID,URL ID,URL,Comment\n", "empty.csv"),
])
def test_a_whole_export_without_comments_completes_and_says_so(admin, content, name):
    job = admin.do_import(content, name=name)
    assert (job["state"], job["comments_read"]) == ("completed", 0)
    assert job["message"] == "The export holds no comments."


@pytest.mark.parametrize("content,name", [
    (b"<disqus>\n</disqus>\n", "no-namespace.xml"),
    (b'{"version":1,"commenters":[],"notes":{"comments":[]}}', "no-list.json"),
])
def test_a_file_in_which_no_comment_is_found_fails(stack, admin, content, name):
    job = admin.do_import(content, name=name)
    assert (job["state"], job["comments_read"]) == ("failed", 0)
    assert job["message"].startswith("No comment was found in it. Please choose ")
    assert job["message"].endswith("Nothing was imported.")
