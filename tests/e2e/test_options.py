"""The options of an import: on the form, in the job, in what is refused, and when it is tried again."""

import re

import pytest

from conftest import LIMIT
from inputs import many
from stack import IMPORT, Person, sentence, wait_until

MUUT = b'{"categories":[],"threads":{"/site/page":[{"seed":{"key":"a","date":1600000000,"author":{"path":"@ada",' \
       b'"displayname":"Ada"},"title":"Page","body":"Hello"},"replies":[]}]}}'
USERS = b"@ada,ada@example.org\n"
BASE_URL = ("muut.base_url", "https://site.example")


@pytest.fixture
def muut(admin):
    """Whoever has a provider with a second file and a required option."""
    if 'value="muut"' not in admin.get(IMPORT).text:
        pytest.skip("this build reads no export of Muut")
    return admin


def options_of(stack, job_id):
    return stack.sql(f"SELECT REPLACE(options, '\\n', ' ') FROM job WHERE job_id = {job_id}")[0][0].split()


def job_of(answer):
    assert answer.status_code == 201, answer.text
    return answer.json()["job"]["id"]


def assert_nothing_stays(stack, admin):
    wait_until(lambda: stack.spool_files() == [], "the spool is empty")
    assert admin.status() == []


def test_an_option_reaches_the_job(stack, admin):
    job = job_of(admin.upload(many(1), options=[("disqus.page_key", "link")]))
    assert options_of(stack, job) == ["page_key=link"]
    assert admin.finished(job)["state"] == "completed"


def test_an_option_of_another_provider_is_passed_over(stack, admin):
    job = job_of(admin.upload(many(1), options=[("muut.base_url", "no address"), ("nobody.x", "y")]))
    assert options_of(stack, job) == []


def test_an_impossible_value_is_refused_and_named(stack, admin):
    answer = admin.upload(many(1), options=[("disqus.page_key", "colour")])
    assert answer.status_code == 400 and "What tells pages apart" in sentence(answer)
    assert (answer.json()["error"]["provider"], answer.json()["error"]["field"]) == ("disqus", "disqus.page_key")
    page = admin.upload(many(1), options=[("disqus.page_key", "colour")], as_json=False)
    assert page.status_code == 400 and 'role="alert"' in page.text and "What tells pages apart" in page.text
    assert_nothing_stays(stack, admin)


def test_what_is_complete_is_imported_only_when_asked_for(stack, admin):
    assert options_of(stack, job_of(admin.upload(many(1)))) == []
    assert options_of(stack, job_of(admin.upload(many(1), options=[("partial", "yes")]))) == ["partial=yes"]


def test_what_is_complete_of_a_broken_file_completes_with_a_warning(admin):
    job = admin.do_import(many(50)[:-200], options=[("partial", "yes")])
    assert job["state"] == "completed" and job["created"] > 0 and job["warnings"]["file_broken"] == 1
    for path in (IMPORT, f"{IMPORT}/{job['id']}"):
        page = admin.get(path).text
        assert "Completed with warning" in page and "breaks off" in page and "?again=" not in page


def test_what_failed_can_be_tried_again_with_the_same_choices(stack, admin):
    job = admin.do_import(many(50)[:-200], name="a <cut>.xml", options=[("disqus.page_key", "link")])
    assert job["state"] == "failed" and job["comments_read"] > 0
    again = f"{IMPORT}?again={job['id']}"
    for path in (IMPORT, f"{IMPORT}/{job['id']}"):
        assert f'href="{again}"' in admin.get(path).text
    page = admin.get(again).text
    assert '<option value="disqus" selected>' in page and '<option value="link" selected>' in page
    assert "a &lt;cut&gt;.xml" in page and "it was deleted" in page
    assert f"{job['comments_read']} comments were read" in page
    assert '<details class="more" open>' in page and not re.search(r'name="partial"[^>]* checked', page)
    plain = admin.get(IMPORT).text
    assert " selected" not in plain and '<details class="more" open>' not in plain and "it was deleted" not in plain


def test_only_an_import_of_ones_own_that_came_to_nothing_can_be_tried_again(stack, admin):
    failed, done = admin.do_import(many(3)[:-20]), admin.do_import(many(3))
    assert admin.get(f"{IMPORT}?again={done['id']}").status_code == 409
    assert f"again={done['id']}" not in admin.get(IMPORT).text
    stranger = Person(stack, stack.new_account())
    assert stranger.get(f"{IMPORT}?again={failed['id']}").status_code == 404
    for odd in ("0", "-1", "x", "", "99999999999999999999", "1%20", "9" * 30):
        assert admin.get(f"{IMPORT}?again={odd}").status_code in (400, 404)


def test_status_json_names_the_provider(admin):
    job = admin.do_import(many(1))
    assert (job["provider"], job["provider_title"]) == ("disqus", "Disqus")


def test_the_command_takes_options(stack, tmp_path):
    export = tmp_path / 'a "quoted" \\ name.xml'
    export.write_bytes(many(2))
    status, out = stack.quickstart("import", str(export), "disqus", "page_key=link", "partial=yes")
    assert status == 0 and "completed" in out
    job = re.search(r"/import/(\d+)\s*$", out).group(1)
    assert options_of(stack, job) == ["page_key=link", "partial=yes"]
    assert stack.sql(f"SELECT file_name FROM job WHERE job_id = {job}")[0][0] == export.name.rpartition("\\")[2]
    for wrong in (["disqus", "page_key=colour"], ["disqus", "colour=red"], ["page_key=link"], ["disqus", "page_key"]):
        status, out = stack.quickstart("import", str(export), *wrong, check=False)
        assert status == 1 and out.strip().endswith("."), out


# --- a second file, and an option that must not be missing ---


def test_a_missing_option_is_refused_and_named(stack, muut):
    answer = muut.upload(MUUT, name="export.json")
    assert answer.status_code == 400 and "Muut" in sentence(answer) and "base_url" in sentence(answer)
    assert (answer.json()["error"]["provider"], answer.json()["error"]["field"]) == ("muut", "muut.base_url")
    page = muut.upload(MUUT, as_json=False)
    assert page.status_code == 400 and "Muut" in page.text and "base_url" in page.text
    assert_nothing_stays(stack, muut)


def test_a_second_file_stands_in_front_of_the_export(stack, muut):
    job = job_of(muut.upload(MUUT, provider="muut", options=[("muut.users", ("users.csv", USERS)), BASE_URL]))
    assert sorted(options_of(stack, job)) == ["base_url=https://site.example", f"users={len(USERS)}"]
    ended = muut.finished(job)
    assert ended["state"] == "completed" and ended["file_size"] == len(USERS) + len(MUUT)
    assert ended["comments_read"] == 1
    assert stack.sql(f"SELECT author_email FROM comment WHERE job_id = {job}") == [["ada@example.org"]]


def test_a_file_field_without_a_choice_is_no_second_file(stack, muut):
    job = job_of(muut.upload(MUUT, options=[BASE_URL, ("muut.users", ("", b""))]))
    assert options_of(stack, job) == ["base_url=https://site.example"]
    assert muut.finished(job)["file_size"] == len(MUUT)


def test_a_second_file_of_another_provider_is_refused(stack, muut):
    answer = muut.upload(many(1), options=[("muut.users", ("users.csv", USERS))])
    assert answer.status_code == 400
    assert "belongs to Muut, but the export is one of Disqus" in sentence(answer)
    assert_nothing_stays(stack, muut)


@pytest.mark.parametrize("files, status", [
    ([("users.csv", b"")], 400),
    ([("users.csv", USERS), ("more.csv", USERS)], 400),
    ([("users.csv", b"x" * (LIMIT + 1))], 413),
    ([("users.csv", b"x" * (LIMIT - 1))], 413),
], ids=["empty", "two of them", "over the limit", "over the limit together"])
def test_a_second_file_has_its_limits(stack, muut, files, status):
    answer = muut.upload(MUUT, options=[BASE_URL, *(("muut.users", f) for f in files)])
    assert answer.status_code == status and sentence(answer).endswith("."), answer.text
    assert_nothing_stays(stack, muut)


def test_a_second_file_in_front_of_the_token_is_refused(stack, muut):
    fields = [("muut.users", ("users.csv", USERS)), ("csrf", (None, muut.token())), ("file", ("x.json", MUUT))]
    assert muut.post(IMPORT, files=fields, headers={"Accept": "application/json"}).status_code == 403
    assert_nothing_stays(stack, muut)
