"""Real exports, imported through every real part, against an independent reading of the same files.

The exports are read in place from ../shared/samples and never copied; without that folder these tests say that
they were skipped.
"""

import pytest

import disqus_oracle
from stack import ROOT

SAMPLES = ROOT.parent / "shared" / "samples" / "disqus"
GOOD = ["comentario-ok-single.xml.gz", "gyk001-2013.xml", "kkdai-2021.xml.gz", "schnack.xml", "tl3shi-2016-a.xml"]

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="../shared/samples is not here: real exports not tested")

ROWS = """
SELECT c.external_id, IFNULL(c.parent_external_id, ''), IFNULL(p.external_id, ''), c.author_name,
       IFNULL(c.author_external_id, ''), IFNULL(c.author_email, ''), c.created_at, c.is_spam, c.is_deleted, c.is_approved,
       g.page_url, g.source_page_id, g.page_title, c.body_html, c.seq
FROM comment c
JOIN page g ON g.account_id = c.account_id AND g.page_key = c.page_key
LEFT JOIN comment p ON p.account_id = c.account_id AND p.comment_id = c.parent_id
WHERE c.account_id = %d ORDER BY c.seq
"""


def rows_of(stack, account):
    return stack.sql(ROWS % account_id(stack, account))


def account_id(stack, account):
    return stack.number(f"SELECT account_id FROM admin WHERE email = '{account[0]}'")


def address(url):
    return url.removeprefix("http://").removeprefix("https://").rstrip("/")


def compare(row, want, titles):
    (_, parent_said, parent, author, username, email, created, spam, deleted, approved,
     page_url, page_identifier, title, body, _) = row
    assert parent_said == (want["parent_external_id"] or "")
    assert parent == (want["parent_external_id"] if want["parent_present"] else "")
    if want["author_name"]:
        assert author == want["author_name"]
    assert username == (want["author_external_id"] or "")
    if want["author_email"] and not want["author_email"].endswith("@blogger.disqus.net"):
        assert email == want["author_email"]
    assert created == want["created_at"]
    assert (int(spam), int(deleted)) == (want["is_spam"], want["is_deleted"])
    assert int(approved) == int(not want["is_spam"] and not want["is_deleted"])
    # Threads whose addresses differ by scheme or trailing slash alone are one page, under the first address seen.
    assert address(page_url) == address(want["page_url"])
    if want["page_identifier"]:
        assert page_identifier == want["page_identifier"]
    if want["page_title"] and "&" not in want["page_title"]:
        assert title in titles[address(want["page_url"])]
    assert disqus_oracle.visible_text(body) == want["body"]


@pytest.mark.parametrize("name", GOOD)
def test_rows_equal_an_independent_reading(stack, account, admin, name):
    expected = disqus_oracle.read(SAMPLES / name)
    content = (SAMPLES / name).read_bytes()
    job = admin.do_import(content, name=name)
    assert job["state"] == "completed", job["message"]
    assert (job["comments_read"], job["created"]) == (len(expected), len(expected))
    assert job["comments_read"] == job["created"] + job["updated"] + job["unchanged"] + job["skipped"]

    rows = rows_of(stack, account)
    assert [r[0] for r in rows] == [e["external_id"] for e in expected], "all comments, in file order"
    # Threads that are one page have one title: that of the first of them.
    titles = {}
    for want in expected:
        titles.setdefault(address(want["page_url"]), set()).add(want["page_title"])
    for row, want in zip(rows, expected):
        compare(row, want, titles)

    # Threads without posts make no pages.
    mine = account_id(stack, account)
    assert (stack.number(f"SELECT COUNT(*) FROM page WHERE account_id = {mine}")
            == stack.number(f"SELECT COUNT(DISTINCT page_key) FROM comment WHERE account_id = {mine}"))

    again = admin.do_import(content, name=name)
    assert again["state"] == "completed"
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, len(expected))
    assert rows_of(stack, account) == rows


def test_a_broken_export_fails_and_changes_nothing(stack, account, admin):
    job = admin.do_import((SAMPLES / "comentario-bad-format.xml.gz").read_bytes(), name="bad.xml.gz")
    assert job["state"] == "failed"
    assert "line" in job["message"]
    assert rows_of(stack, account) == []
