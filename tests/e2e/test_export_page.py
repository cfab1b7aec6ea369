"""The page of exports: what it asks for, what it shows of them, and who may delete a file."""

import gzip
import json

import pytest

from stack import FINAL, Person, json_headers, sentence, wait_until
from test_export import EXPORT, audit, comment, download, gone, held, jsonl, records, row  # noqa: F401
from test_move import account_of

EVERYTHING = {"format": "jsonl", "spam": "yes", "pending": "yes", "deleted": "yes"}


def ask(person, as_json=False, token=None, **fields):
    """The form as a browser sends it."""
    data = {"csrf": person.token(EXPORT) if token is None else token, **EVERYTHING, **fields}
    return person.post(EXPORT, data={k: v for k, v in data.items() if v is not None}, headers=json_headers(as_json))


def jobs(person):
    answer = person.get(EXPORT + "/status.json")
    assert answer.status_code == 200, answer.text
    return answer.json()["jobs"]


def number_of(answer):
    assert answer.status_code == 303, sentence(answer)
    page, number = answer.headers["Location"].rsplit("/", 1)
    assert page == EXPORT
    return int(number)


def export(person, **fields):
    """Asks and waits; the job at its end, as status.json has it."""
    number = number_of(ask(person, **fields))
    return wait_until(lambda: next((j for j in jobs(person) if j["id"] == number and j["state"] in FINAL), None),
                      f"export {number} has ended")


@pytest.fixture
def filled(admin):
    """Seven comments, of which one is spam, one waits and one is deleted."""
    odd = {1: {"is_spam": True, "is_approved": False}, 2: {"is_approved": False}, 3: {"is_deleted": True, "is_approved": False}}
    admin.do_import(jsonl(*(comment(i, **odd.get(i, {})) for i in range(1, 8))), name="a.jsonl")
    return admin


def delete(person, number, token=None, as_json=False):
    return person.post(f"{EXPORT}/{number}/delete", data={"csrf": person.token(EXPORT) if token is None else token},
                       headers=json_headers(as_json))


# --- asking ---------------------------------------------------------------------------------------


def test_the_form_asks_for_an_export_and_its_file_is_downloaded(stack, filled):
    assert "Nothing was exported yet." in filled.get(EXPORT).text
    job = export(filled, gzip="yes")
    assert job["kind"] == "export" and job["provider"] == "jsonl" and job["provider_title"] == "JSON Lines"
    assert job["state"] == "completed" and job["requested_by"] == filled.who[0] and job["message"] == ""
    assert job["comments_read"] == job["total"] == job["created"] == 7
    assert job["file_name"].endswith(f"-{job['id']}.jsonl.gz") and job["download"] == f"{EXPORT}/{job['id']}/download"
    assert job["expires_at"] > job["finished_at"]
    assert audit(stack, job["id"], "export_requested") == ["jsonl"]
    page = filled.get(f"{EXPORT}/{job['id']}").text
    assert f'href="{job["download"]}"' in page and f'href="{EXPORT}/{job["id"]}/delete"' in page and "<li>All comments</li>" in page
    answer = filled.get(job["download"])
    assert f'filename="{job["file_name"]}"' in answer.headers["Content-Disposition"]
    assert len(answer.content) == job["file_size"] and len(records(gzip.decompress(answer.content))) == 7
    assert f'<time datetime="{job["finished_at"]}"' in page


@pytest.mark.parametrize("fields, ids", [
    ({"spam": None}, "234567"),
    ({"pending": None, "deleted": None}, "14567"),
    ({"spam": None, "pending": None, "deleted": None}, "4567"),
    ({"page": "https://blog.example/p"}, "1234567"),
    ({"site": "www.blog.example", "from": "2020-01-03", "to": "2020-01-04"}, "34"),
])
def test_a_box_that_is_not_ticked_leaves_out(filled, fields, ids):
    job = export(filled, **fields)
    assert "".join(sorted(c["external_id"] for c in records(download(filled, job["id"]).content))) == ids


def test_each_format_of_the_list_is_written(filled):
    page = filled.get(EXPORT).text
    listed = page[page.index('<select id="format"'):page.index("</select>")]
    formats = [part.split('"')[0] for part in listed.split('<option value="')[1:]]
    assert {"jsonl", "csv", "wxr"} <= set(formats)
    for name in formats:
        job = export(filled, format=name)
        assert job["state"] == "completed" and job["provider"] == name, job
        assert b"2020-01-07" in download(filled, job["id"]).content, name


@pytest.mark.parametrize("fields, part", [
    ({"format": "docx"}, "none of the list"),
    ({"format": None}, "none of the list"),
    ({"from": "2020-02-02", "to": "2020-02-01"}, "ends before it begins"),
    ({"from": "yesterday"}, "The beginning of the time range is not a date"),
    ({"to": "2020-02-31"}, "The end of the time range is not a date"),
    ({"spam": "perhaps"}, "either &quot;yes&quot; or &quot;no&quot;"),
])
def test_what_cannot_be_is_refused_and_the_form_keeps_what_was_chosen(filled, fields, part):
    answer = ask(filled, page="kept here", deleted=None, **fields)
    assert answer.status_code == 400 and part in answer.text.replace("&#34;", "&quot;")
    assert 'role="alert"' in answer.text and 'value="kept here"' in answer.text
    assert 'name="pending" type="checkbox" value="yes" checked' in answer.text
    assert 'name="deleted" type="checkbox" value="yes">' in answer.text
    answer = ask(filled, as_json=True, **fields)
    assert answer.status_code == 400 and answer.json()["error"]["code"] == "input"
    assert jobs(filled) == []


@pytest.mark.parametrize("field, length", [("page", 1025), ("site", 256), ("format", 33)])
def test_a_field_that_is_too_long_is_refused(filled, field, length):
    assert ask(filled, **{field: "x" * length}).status_code == 400
    assert ask(filled, **{field: "a\nb"}).status_code == 400
    assert jobs(filled) == []


def test_a_request_needs_the_form_of_its_session(stack, filled):
    other = Person(stack, stack.new_account())
    for token in ("", "0" * 64, other.token(EXPORT)):
        assert ask(filled, token=token).status_code == 403
    assert jobs(filled) == []
    nobody = Person(stack)
    assert nobody.get(EXPORT).status_code == 303 and nobody.get(EXPORT + "/status.json").status_code == 401
    assert nobody.post(EXPORT, data=EVERYTHING).status_code == 401


def test_the_files_of_an_account_have_an_end(stack, filled):
    number = export(filled)["id"]
    stack.sql("".join(f"INSERT INTO job (account_id, kind, source, format, options, state, file_name, file_size, requested_by, "
                      f"requested_at, node, download_until) SELECT account_id, kind, source, format, options, '{state}', '', 0, '', "
                      f"requested_at, node, {until} FROM job WHERE job_id = {number};"
                      for state, until in 18 * [("completed", "download_until")] + 5 * [("failed", "NULL")]))
    last = export(filled)["id"]
    answer = ask(filled, page="kept here")
    assert answer.status_code == 409 and "as many as it may have" in answer.text and 'value="kept here"' in answer.text
    assert delete(filled, last).status_code == 303
    assert export(filled)["state"] == "completed"


def test_an_export_of_nothing_says_so(filled):
    job = export(filled, page="no such page")
    assert job["state"] == "completed" and job["comments_read"] == 0 and "There is no comment that fits" in job["message"]
    page = filled.get(f"{EXPORT}/{job['id']}").text
    assert "There is no comment that fits" in page and "Only the page no such page" in page
    assert "There is no comment that fits" in filled.get(EXPORT).text
    assert records(download(filled, job["id"]).content) == []


def test_what_was_typed_is_shown_as_text(filled):
    page = '"><b>p</b>&'
    job = export(filled, page=page)
    for address in (EXPORT, f"{EXPORT}/{job['id']}"):
        text = filled.get(address).text
        assert "<b>p</b>" not in text and "&lt;b&gt;p&lt;/b&gt;&amp;" in text


def test_an_export_after_a_silent_while_is_written(stack, filled):
    """The server ends connections that say nothing for two minutes."""
    wait_until(lambda: all(j["state"] in FINAL for j in filled.status()), "nothing runs")
    stack.sql("KILL USER trasloco_jobs")
    job = export(filled, page="p")
    assert job["state"] == "completed" and job["comments_read"] == 7, job


# --- its end --------------------------------------------------------------------------------------


def test_delete_now_asks_first_and_then_nobody_has_the_file(stack, filled):
    number = export(filled)["id"]
    name = row(stack, number)["spool_name"]
    question = filled.get(f"{EXPORT}/{number}/delete").text
    assert f'<form method="post" action="{EXPORT}/{number}/delete">' in question and "Delete this file now?" in question
    assert download(filled, number).status_code == 200
    assert delete(filled, number, token="0" * 64).status_code == 403
    assert delete(filled, number).headers["Location"] == f"{EXPORT}/{number}"
    gone(stack, filled, number, name)
    assert stack.sql(f"SELECT actor FROM audit WHERE job_id = {number} AND action = 'deleted'") == [[filled.who[0]]]
    job, = jobs(filled)
    assert job["state"] == "completed" and job["download"] is None and job["expires_at"] is None
    page = filled.get(f"{EXPORT}/{number}").text
    assert "The file was deleted at" in page and "/download" not in page and "/delete" not in page
    for answer in (delete(filled, number), filled.get(f"{EXPORT}/{number}/delete")):
        assert answer.status_code == 410 and f"The file of export {number} has been deleted already." in answer.text


def test_an_export_whose_time_is_over_has_no_links(stack, filled):
    number = export(filled)["id"]
    stack.sql(f"UPDATE job SET download_until = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND WHERE job_id = {number}")
    assert jobs(filled)[0]["download"] is None
    assert "/download" not in filled.get(EXPORT).text and download(filled, number).status_code == 410
    assert delete(filled, number, as_json=True).json()["error"]["message"].endswith("has been deleted already.")


def test_another_accounts_export_is_none(stack, filled):
    number = export(filled)["id"]
    stranger = Person(stack, stack.new_account())
    for path in ("", "/delete", "/cancel", "/download"):
        assert stranger.get(f"{EXPORT}/{number}{path}").status_code == 404
    for path in ("delete", "cancel"):
        assert stranger.post(f"{EXPORT}/{number}/{path}", data={"csrf": stranger.token(EXPORT)}).status_code == 404
    assert jobs(stranger) == [] and download(filled, number).status_code == 200


def test_an_import_has_no_file_to_delete(filled):
    number = filled.status()[0]["id"]
    assert filled.get(f"{EXPORT}/{number}/delete").status_code == 404
    assert delete(filled, number).status_code == 404
    assert filled.get(f"{EXPORT}/{number}").headers["Location"].endswith(f"/import/{number}")


def test_a_running_export_is_cancelled_and_has_no_file(stack, filled):
    with held(stack):
        number = number_of(ask(filled))
        wait_until(lambda: jobs(filled)[0]["state"] == "running", "it runs")
        answer = filled.get(f"{EXPORT}/{number}/delete")
        assert answer.status_code == 409 and "is not completed" in answer.text
        question = filled.get(f"{EXPORT}/{number}/cancel").text
        assert "Cancel this export?" in question and "Your comments are not touched" in question
        answer = filled.post(f"{EXPORT}/{number}/cancel", data={"csrf": filled.token(EXPORT)})
        assert answer.headers["Location"] == f"{EXPORT}/{number}"
    assert jobs(filled)[0]["state"] == "cancelled"
    assert "Cancelled" in filled.get(f"{EXPORT}/{number}").text
    wait_until(lambda: row(stack, number)["spool_name"] == "", "its file is deleted")


def test_a_failed_export_says_why_and_that_nothing_was_harmed(stack, filled):
    number = export(filled)["id"]
    stack.sql(f"UPDATE job SET state = 'failed', message = 'The disk is full. There is no file.', download_until = NULL "
              f"WHERE job_id = {number}; DELETE FROM spool_file WHERE job_id = {number}")
    page = filled.get(f"{EXPORT}/{number}").text
    assert "The disk is full." in page and "No file was kept" in page and "/download" not in page


def test_the_example_shows_one_in_each_state(admin):
    page = admin.get(EXPORT + "?demo=true").text
    for title in ("Requested", "Running", "Completed", "Failed", "Cancelled"):
        assert f">{title}</span>" in page
    assert "Kept until" in page and "File deleted at" in page and "Example." in page
    assert "data-live" not in page and f"{EXPORT}/1" not in page
    assert 'class="content"' in page and "account-block" in page


def test_an_unchanged_list_is_answered_with_304(filled):
    export(filled)
    answer = filled.get(EXPORT + "/status.json")
    assert filled.get(EXPORT + "/status.json", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert json.loads(answer.text)["jobs"][0]["kind"] == "export"
    assert all(j["kind"] == "import" for j in filled.status())
