"""The same site under another address: a staging copy, a new domain.  "This is the site" makes its comments one."""

import json
import os

import pytest

from blog import Blog, wxr
from connecting import account_of
from stack import IMPORT, Person, sentence
from test_convert import Run
from test_options import options_of

LIVE, STAGING = "https://blog.example.com", "https://staging.example.net/copy"
SITE, COPY = "blog.example.com", "staging.example.net/copy"
BY_ADDRESS = ("wxr.page_key", "link")


def blog(home=LIVE, comments=range(1, 7)):
    """Two pages; every second comment answers the one before."""
    b = Blog(home)
    for p in (1, 2):
        b.add_post(p, f"Page {p}", f"{home}/page-{p}/")
    for n in comments:
        b.add_comment(n, 1 + n % 2, comment_parent=str(n - 2) if n % 4 in (0, 3) and n - 2 in comments else "0")
    return b


def bring(admin, b, *options, state="completed", **more):
    job = admin.do_import(wxr(b), name="export.xml", options=options, **more)
    assert job["state"] == state, job
    return job


def numbers(job):
    return [job[n] for n in ("comments_read", "created", "updated", "unchanged", "skipped")]


def sites(admin):
    return {s: int(n) for s, n in admin.stack.sql("SELECT source_site, COUNT(*) FROM comment WHERE account_id = "
                                                  f"{account_of(admin)} GROUP BY source_site")}


def pages(admin):
    return admin.stack.sql(f"SELECT source_site, source_page_id, page_url FROM page WHERE account_id = {account_of(admin)} "
                           "ORDER BY source_site, source_page_id")


def page_of(admin, job):
    answer = admin.get(f"{IMPORT}/{job['id']}")
    assert answer.status_code == 200
    return answer.text


def offer(job, site):
    return f'href="{IMPORT}?again={job["id"]}&amp;site={site.replace("/", "%2F")}"'


@pytest.mark.parametrize("first, then, by_address", ((LIVE, STAGING, True), (STAGING, LIVE, True), (LIVE, STAGING, False)))
def test_a_file_of_the_other_address_brings_nothing_new_where_it_is_said_to_be_the_site(admin, first, then, by_address):
    key = [BY_ADDRESS] if by_address else []
    site = {LIVE: SITE, STAGING: COPY}[first]
    assert numbers(bring(admin, blog(first), *key)) == [6, 6, 0, 0, 0]
    before = pages(admin)
    job = bring(admin, blog(then), *key, ("site", site))
    assert numbers(job) == [6, 0, 0, 6, 0] and job["message"] == "" and job["met_site"] is None
    assert sites(admin) == {site: 6} and pages(admin) == before
    assert f"Imported as the site {site}." in page_of(admin, job)
    # What is new there comes to the page that is here, below the comment that is here; what was edited there is updated.
    more = blog(then, range(1, 9))
    more.comments[2]["comment_content"] = "Edited there"
    assert numbers(bring(admin, more, *key, ("site", site))) == [8, 2, 1, 5, 0]
    assert sites(admin) == {site: 8} and pages(admin) == before
    assert admin.stack.sql("SELECT c.external_id, p.external_id FROM comment AS c LEFT JOIN comment AS p ON p.account_id = "
                           f"c.account_id AND p.comment_id = c.parent_id WHERE c.account_id = {account_of(admin)} "
                           "AND c.external_id > 6 ORDER BY 1") == [["7", "5"], ["8", "6"]]


def test_nothing_is_decided_unasked_and_what_was_doubled_is_told_with_what_to_do(stack, admin):
    bring(admin, blog())
    job = bring(admin, blog(STAGING))
    assert numbers(job) == [6, 6, 0, 0, 0] and sites(admin) == {SITE: 6, COPY: 6}
    assert (job["file_site"], job["met_site"]) == (COPY, SITE) and f"comments of {SITE}:" in job["message"]
    assert "6 new comments of this import stand beside them" in job["message"] and COPY in job["message"]
    page = page_of(admin, job)
    assert offer(job, SITE) in page and "Completed with warning" in page and "They cannot be taken back here" in page
    form = admin.get(f"{IMPORT}?again={job['id']}&site={SITE}").text
    assert f'<option value="{SITE}" selected>' in form and '<option value="wxr" selected>' in form
    assert f"taken as comments of {SITE}" in form and '<details class="more" open>' in form
    assert " selected" not in admin.get(IMPORT).text
    assert numbers(bring(admin, blog(STAGING), ("site", SITE))) == [6, 0, 0, 6, 0]


def test_the_answer_is_stored_and_offered_for_the_next_file_of_that_address(stack, admin):
    bring(admin, blog())
    assert "Before:" not in admin.get(IMPORT).text
    asked = bring(admin, blog(STAGING), ("site", SITE))
    assert options_of(stack, asked["id"]) == [f"site={SITE}"] and asked["file_site"] == COPY
    assert f"Before: {COPY} as {SITE}." in admin.get(IMPORT).text
    # One that meets nothing of what is here is offered it all the same, and is not decided upon.
    job = bring(admin, blog(STAGING, range(50, 53)))
    assert job["created"] == 3 and job["met_site"] is None and sites(admin)[COPY] == 3
    page = page_of(admin, job)
    assert offer(job, SITE) in page and f"An earlier file of {COPY} was imported as {SITE}." in page
    assert "site_offer" not in page_of(admin, asked) and offer(asked, SITE) not in page_of(admin, asked)
    # Another site's file is offered nothing.
    other = bring(admin, blog("https://other.example", range(60, 63)))
    assert "again=" not in page_of(admin, other)


@pytest.mark.parametrize("met, offered", ((3, False), (4, True)))
def test_more_than_half_must_meet(admin, met, offered):
    bring(admin, blog())
    job = bring(admin, blog(STAGING, [*range(1, met + 1), *range(70, 76 - met)]))
    assert job["comments_read"] == 6 and (job["met_site"] == SITE) is offered
    assert (offer(job, SITE) in page_of(admin, job)) is offered and (job["message"] != "") is offered


def test_ids_alone_are_no_sign(admin):
    bring(admin, blog())
    other = blog(STAGING)
    for c in other.comments.values():
        c["comment_date_gmt"] = c["comment_date_gmt"].replace("2016", "2017")
    job = bring(admin, other)
    assert job["created"] == 6 and job["met_site"] is None and "again=" not in page_of(admin, job)


def test_of_several_sites_the_one_that_is_met_is_offered_in_any_order(admin):
    for n, home in enumerate(("https://a.example", LIVE)):
        bring(admin, blog(home, range(1 + 100 * n, 7 + 100 * n)))
    job = bring(admin, blog(STAGING, range(101, 106)))
    assert job["met_site"] == SITE
    # Again, it creates nothing, and says no more than what is so.
    again = bring(admin, blog(LIVE, range(101, 107)))
    assert again["met_site"] == COPY and again["created"] == 0 and "stand beside" not in again["message"]


def test_a_large_file_is_compared_by_samples(admin):
    n = 2100
    b = blog(comments=range(1, n + 1))
    bring(admin, b)
    b.home = STAGING
    job = bring(admin, b)
    assert job["created"] == n and job["met_site"] == SITE


def test_another_account_s_sites_are_never_offered_nor_accepted(stack, admin):
    stranger = Person(stack, stack.new_account())
    bring(stranger, blog())
    assert SITE not in admin.get(IMPORT).text
    job = bring(admin, blog(STAGING))
    assert job["met_site"] is None and "again=" not in page_of(admin, job)
    refused = admin.upload(wxr(blog(STAGING)), options=[("site", SITE)])
    assert refused.status_code == 400 and f'no site "{SITE}"' in sentence(refused) and "WordPress" in sentence(refused)
    assert admin.get(f"{IMPORT}?again={job['id']}&site={SITE}").status_code == 404
    assert stranger.get(f"{IMPORT}?again={job['id']}&site={SITE}").status_code == 404
    # Nor by the way that an own format is read.
    line = {"source": "wordpress", "source_site": COPY, "external_id": "1", "page_id": "1", "body_html": "x"}
    own = (json.dumps({"trasloco": 1, "type": "header"}) + "\n" + json.dumps(line) + "\n").encode()
    refused = admin.upload(own, options=[("site", SITE)])
    assert refused.status_code == 400 and SITE in sentence(refused)
    assert sites(stranger) == {SITE: 6} and sites(admin) == {COPY: 6} and len(admin.status()) == 1


def test_a_site_that_is_none_is_refused_with_a_sentence(admin):
    bring(admin, blog())
    for wrong in ("nobody.example", SITE + " ", "x" * 256, "a\nb", f"{SITE}\r\npartial=yes", f"{SITE}\0"):
        refused = admin.upload(wxr(blog(STAGING)), options=[("site", wrong)])
        assert refused.status_code == 400 and sentence(refused).endswith(".") and "site" in sentence(refused)
    assert len(admin.status()) == 1 and sites(admin) == {SITE: 6}


def test_a_site_of_another_source_is_refused(admin):
    bring(admin, blog())
    lines = [{"trasloco": 1, "type": "header"}, {"source": "isso", "source_site": "notes", "external_id": "1", "page_id": "p",
                                                 "body_html": "x"}]
    own = "".join(json.dumps(line) + "\n" for line in lines).encode()
    job = admin.do_import(own, name="own.jsonl", options=[("site", SITE)])
    assert job["state"] == "failed" and f'no site "{SITE}"' in job["message"] and "Nothing was imported." in job["message"]
    assert sites(admin) == {SITE: 6}


def test_of_a_file_with_several_sites_the_first_one_s_comments_are_taken(admin):
    bring(admin, blog())
    lines = [{"trasloco": 1, "type": "header"}]
    for site, i in ((COPY, "1"), ("third.example", "1"), (COPY, "2")):
        lines.append({"source": "wordpress", "source_site": site, "external_id": i, "page_id": "1", "page_url": f"https://{site}/x",
                      "body_html": "<p>x</p>", "created_at": "2020-01-01T00:00:00Z"})
    own = "".join(json.dumps(line) + "\n" for line in lines).encode()
    job = admin.do_import(own, name="own.jsonl", options=[("site", SITE)])
    assert job["state"] == "completed" and (job["created"], job["updated"]) == (1, 2)
    assert sites(admin) == {SITE: 6, "third.example": 1}


def test_a_running_import_is_offered_early_and_its_cancelled_one_is_tried_again_as_the_site(stack, admin):
    bring(admin, blog())
    job = bring(admin, blog(STAGING))
    # As it stands while the import is running, and after it was cancelled.
    stack.sql(f"UPDATE job SET state = 'running', finished_at = NULL, message = '' WHERE job_id = {job['id']}")
    try:
        page = page_of(admin, job)
        assert f"ids and dates of comments of {SITE}" in page and "Nothing of this import is visible yet" in page
        assert offer(job, SITE) not in page and f"{IMPORT}/{job['id']}/cancel" in page
        assert admin.get(f"{IMPORT}?again={job['id']}&site={SITE}").status_code == 409
    finally:
        stack.sql(f"UPDATE job SET state = 'cancelled', finished_at = UTC_TIMESTAMP(3) WHERE job_id = {job['id']}")
    page = page_of(admin, job)
    assert offer(job, SITE) in page and "They cannot be taken back here" not in page


def test_the_command_takes_the_site(stack, tmp_path):
    live, staging = tmp_path / "live.xml", tmp_path / "staging.xml"
    live.write_bytes(wxr(blog("https://command.example")))
    staging.write_bytes(wxr(blog("https://command-copy.example")))
    assert stack.quickstart("import", str(live))[0] == 0
    status, out = stack.quickstart("import", str(staging), "site=command.example")
    assert status == 0 and "0 created" in out and "6 unchanged" in out
    status, out = stack.quickstart("import", str(staging), "site=nobody.example", check=False)
    assert status == 1 and "nobody.example" in out and out.strip().endswith(".")


# --- convert ---


def converted(tmp_path, b, *options):
    path = tmp_path / "export.xml"
    path.write_bytes(wxr(b))
    run = Run("--to", "jsonl", *options, path)
    assert run.code == 0, run.err
    return [json.loads(line) for line in run.out.splitlines()[1:]]


@pytest.mark.parametrize("key", ((), ("--option", "page_key=link")))
def test_convert_gives_what_a_file_of_the_site_gives(tmp_path, key):
    one, other = blog(), blog(STAGING)
    # Its id is made, of its page's too.
    one.comments[6]["comment_ID"] = other.comments[6]["comment_ID"] = ""
    live, staging = converted(tmp_path, one, *key), converted(tmp_path, other, *key, "--site", SITE)
    assert len(live) == 6
    for c in (*live, *staging):
        # The address of a page stays as the file has it.
        assert c["page_url"].startswith(STAGING if c in staging else LIVE)
        del c["page_url"]
    assert staging == live


@pytest.mark.parametrize("wrong", ("", "x" * 256, "a\nb", os.fsdecode(b"\xff"), "https://www.x.example/"))
def test_convert_refuses_what_no_site_is_called(wrong):
    run = Run("--to", "jsonl", "--site", wrong)
    assert run.code == 2 and ("name of a site" in run.err or "site is named" in run.err) and run.out == b""


def test_a_name_that_is_not_ascii_is_read_as_people_write_it(admin):
    bring(admin, blog("https://xn--bcher-kva.example"))
    job = bring(admin, blog("https://bücher-neu.example"))
    assert job["met_site"] == "xn--bcher-kva.example" and "comments of bücher.example:" in job["message"]
    page = page_of(admin, job)
    assert offer(job, "xn--bcher-kva.example") in page and "Import again as bücher.example" in page
    assert '<option value="xn--bcher-kva.example">bücher.example ·' in admin.get(IMPORT).text
    assert numbers(bring(admin, blog("https://bücher-neu.example"), ("site", "xn--bcher-kva.example"))) == [6, 0, 0, 6, 0]
