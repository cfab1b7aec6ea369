"""What a connected site is told: it never harms what the site has of its own, and nothing is left out or echoed."""

import html

import pytest

from blog import Blog, invented, wxr
from connecting import INTEGRATIONS, account_of, connect, rows
from inputs import disqus, post, thread
from stack import Person

HOME = "https://blog.example.com"


def own_blog(n=30):
    return invented(n, HOME, pings=False)


def from_disqus(blog, n=12, start=1, other_pages=()):
    """A Disqus export of the same site: on each of its posts n comments with replies; and of pages that it does not have."""
    threads, posts, number = [], [], start
    addresses = [p["permalink"] for p in blog.posts.values()] + list(other_pages)
    for t, address in enumerate(addresses):
        threads.append(thread(1000 + t, address, f"Thread {t}"))
        for k in range(n):
            posts.append(post(number, 1000 + t, number - 1 if k % 3 == 1 else None, f"<p>From Disqus {number}</p>",
                              f"2018-01-02T{3 + t:02}:{k // 60:02}:{k % 60:02}Z", f"Reader {number}"))
            number += 1
    return disqus(posts, threads)


def own_part(wp, own):
    """Its own comments as they are now."""
    return {n: wp.blog.comments[n] for n in own.comments}


def taken(wp, own):
    return {n: c for n, c in wp.blog.comments.items() if n not in own.comments}


def words(c):
    return c["comment_content"].removeprefix("<p>").removesuffix("</p>")


def check_taken(wp, own, texts):
    """Those of Disqus, each once, below their parents, and nothing that was there before is any different."""
    assert own_part(wp, own) == own.comments
    new = taken(wp, own)
    assert sorted(words(c) for c in new.values()) == sorted(texts)
    by_words = {words(c): c for c in new.values()}
    for text, c in by_words.items():
        number = int(text.split()[-1])
        assert int(c["comment_post_ID"]) in own.posts, c
        parent = wp.blog.comments[int(c["comment_parent"])] if c["comment_parent"] != "0" else None
        assert (words(parent) if parent else None) == (f"From Disqus {number - 1}" if answers(number) else None), c
        assert c["comment_author"] == f"Reader {number}" and c["comment_approved"] == "1"


def answers(number, n=12):
    return (number - 1) % n % 3 == 1


@pytest.fixture
def own():
    return own_blog()


@pytest.fixture
def wp(admin, own):
    """A site that has sent all of its comments."""
    wp = connect(admin, own.copy())
    wp.run()
    return wp


def test_what_the_site_has_sent_is_not_told_to_it(wp, own):
    assert wp.download() == 0
    wp.fetch_events()
    assert wp.event_ids == set() and wp.blog.comments == own.comments
    assert wp.call("GET", "/comments", "&includeCount=true").said == \
        {"status": "success", "comments": [], "hasMore": False, "totalCount": 0}


def test_sync_to_wordpress_brings_an_import_from_disqus_into_a_site_and_harms_nothing(admin, wp, own):
    job = admin.do_import(from_disqus(own), provider="disqus", name="disqus.xml")
    texts = [f"From Disqus {i}" for i in range(1, job["created"] + 1)]
    assert wp.download() == job["created"] == 36
    check_taken(wp, own, texts)
    assert wp.unmapped == []
    after = wp.blog.copy()
    assert wp.download() == 0, "what was mapped is not new any more"
    assert wp.blog.comments.keys() == after.comments.keys()
    check_taken(wp, own, texts)


def test_many_are_told_page_by_page(admin, wp, own):
    created = admin.do_import(from_disqus(own, 250), provider="disqus", name="disqus.xml")["created"]
    assert created == 750
    answer = wp.call("GET", "/comments", "&includeCount=true")
    assert answer.said["totalCount"] == created and answer.said["hasMore"] is True
    assert wp.download() == created
    assert own_part(wp, own) == own.comments
    texts = sorted(words(c) for c in taken(wp, own).values())
    assert texts == sorted(f"From Disqus {i}" for i in range(1, created + 1))
    of_fc_id = {fc: n for n, fc in wp.fc_ids.items()}
    assert len(of_fc_id) == len(wp.fc_ids), "no comment of theirs has two of ours"


def test_events_after_an_import_from_elsewhere_bring_it_too(admin, wp, own):
    job = admin.do_import(from_disqus(own, 120), provider="disqus", name="disqus.xml")
    texts = [f"From Disqus {i}" for i in range(1, job["created"] + 1)]
    assert "FetchEvents" in wp.tick()
    wp.run(100)
    assert own_part(wp, own) == own.comments
    assert sorted(words(c) for c in taken(wp, own).values()) == sorted(texts)
    before = wp.blog.copy()
    assert wp.tick() == [], "no event is left"
    wp.fetch_events()
    assert wp.blog.comments == before.comments


def test_an_import_from_before_the_connection_is_no_event_but_is_downloaded(admin, own):
    admin.do_import(from_disqus(own), provider="disqus", name="disqus.xml")
    wp = connect(admin, own.copy())
    wp.run()
    assert wp.blog.comments == own.comments
    assert wp.download() == 36
    assert own_part(wp, own) == own.comments


def test_a_change_here_is_told_and_a_deletion_too(admin, wp, own):
    admin.do_import(from_disqus(own), provider="disqus", name="disqus.xml")
    wp.run()
    edited = from_disqus(own).replace(b"From Disqus 5</p>", b"Edited</p>")
    before = (b"<p>From Disqus 7</p>]]></message>\n<createdAt>2018-01-02T03:00:06Z</createdAt>\n"
              b"<isDeleted>false")
    assert before in edited
    edited = edited.replace(before, before.removesuffix(b"false") + b"true")
    assert admin.do_import(edited, provider="disqus", name="disqus.xml")["updated"] == 2
    assert "FetchEvents" in wp.tick()
    wp.run()
    assert own_part(wp, own) == own.comments
    texts = {words(c): c["comment_approved"] for c in taken(wp, own).values()}
    assert "Edited" in texts and "From Disqus 5" not in texts and len(texts) == 36
    assert texts["From Disqus 7"] == "trash"


def test_comments_of_pages_that_the_site_has_not_sent_are_left_out_and_counted(admin, wp, own):
    elsewhere = (f"{HOME}/never-sent/", "https://other.example/page/", f"{HOME}/?p=2&other=1")
    admin.do_import(from_disqus(own, other_pages=elsewhere), provider="disqus", name="disqus.xml")
    assert wp.download() == 36
    wp.run()
    check_taken(wp, own, [f"From Disqus {i}" for i in range(1, 37)])
    left_out = admin.stack.number(f"SELECT left_out FROM integration WHERE account_id = {account_of(admin)}")
    assert left_out > 0 and str(left_out) in admin.get(INTEGRATIONS).text


def test_numbers_of_others_are_never_told_as_the_sites_own(admin, wp, own):
    """Disqus comments 1 to 36: the site has comments of these numbers, and would overwrite them."""
    admin.do_import(from_disqus(own), provider="disqus", name="disqus.xml")
    comments = wp.call("GET", "/comments").said["comments"]
    assert len(comments) == 36
    for c in comments:
        assert c["externalId"] is None and (c["meta"] or {}).get("wpId") is None, c
        assert int(c["urlId"]) in own.posts and c["meta"]["wpPostId"] in (int(c["urlId"]), c["urlId"]), c
    keys = {"_id", "externalId", "tenantId", "urlId", "urlIdRaw", "url", "pageTitle", "userId", "commenterName",
            "commenterEmail", "comment", "commentHTML", "parentId", "date", "votes", "votesUp", "votesDown", "verified",
            "reviewed", "avatarSrc", "isSpam", "approved", "locale", "isByAdmin", "isByModerator", "meta"}
    assert all(set(c) == keys for c in comments), keys ^ set(comments[0])


def test_names_are_told_as_wordpress_keeps_them(admin, wp, own):
    """As HTML: themes print them as they are.  And so they come back as what they were."""
    address = next(iter(own.posts.values()))["permalink"]
    names = ["<script>alert(1)</script>", "Bob & Co", "A &lt;b&gt; \"C\" O'Neil"]
    posts = [post(i + 1, 1000, None, f"<p>Number {i}</p>", "2018-01-02T03:04:05Z", name) for i, name in enumerate(names)]
    admin.do_import(disqus(posts, [thread(1000, address, "Post")]), provider="disqus", name="disqus.xml")
    admin.stack.sql("UPDATE comment SET author_email = '<b>@example.org' "
                    f"WHERE account_id = {account_of(admin)} AND source = 'disqus' AND external_id = '1'")
    told = wp.call("GET", "/comments").said["comments"]
    assert [html.unescape(c["commenterName"]) for c in told] == names and not any(set(c["commenterName"]) & set("<>\"'") for c in told)
    assert told[0]["commenterEmail"] == ""
    wp.download()
    held = rows(admin, ids=True)
    assert wp.manual_sync() and rows(admin, ids=True) == held


def test_what_was_mapped_comes_back_by_batch_or_file_as_the_same_comment(admin, wp, own):
    admin.do_import(from_disqus(own), provider="disqus", name="disqus.xml")
    wp.download()
    held = rows(admin, ids=True)
    assert wp.manual_sync(), "the plugin sends what it has downloaded: it is above the last sent number"
    assert rows(admin, ids=True) == held
    wp.fc_ids = {n: i for n, i in wp.fc_ids.items() if n in own.comments}  # its meta is lost; numbers remain
    assert wp.manual_sync(reset=True)
    assert rows(admin, ids=True) == held
    job = admin.do_import(wxr(wp.blog), name="blog.xml")
    assert (job["state"], job["created"], job["updated"]) == ("completed", 0, 0)
    filled = rows(admin, ids=True)
    assert {k: (r["comment_id"], r["body_html"], r["parent"]) for k, r in filled.items()} == \
        {k: (r["comment_id"], r["body_html"], r["parent"]) for k, r in held.items()}
    assert {k: r for k, r in filled.items() if k[0] == "disqus"} == {k: r for k, r in held.items() if k[0] == "disqus"}


def test_mappings_of_other_sites_comments_and_of_taken_numbers_are_not_believed(stack, admin, wp, own):
    admin.do_import(from_disqus(own), provider="disqus", name="disqus.xml")
    other = Person(stack, stack.new_account())
    other.do_import(from_disqus(own), provider="disqus", name="disqus.xml")
    of_other = next(r["comment_id"].lower() for r in rows(other, ids=True).values())
    ours = [r["comment_id"].lower() for (s, _), r in rows(admin, ids=True).items() if s == "disqus"]
    wp.unmapped = [{"fcId": of_other, "wpId": 500}, {"fcId": ours[0], "wpId": 1}, {"fcId": ours[1], "wpId": -5},
                   {"fcId": "nonsense", "wpId": 501}]
    wp.map_ids()
    told = wp.call("GET", "/comments").said["comments"]
    assert len(told) == 36 and {(c["externalId"], c["meta"].get("wpId")) for c in told} == {(None, None)}
    assert wp.call("PATCH", "/comment-ids", body=b'{"mappings":[' + b",".join(
        [b'{"fcId":"00000000000000000000000000000000","wpId":9}'] * 501) + b"]}").status == 413


def check_sent_again(admin, wp):
    """All that the site has, with our ids and without a word about its numbers: none of it is new; and its replies."""
    held = rows(admin, ids=True)
    assert wp.manual_sync(reset=True) and rows(admin, ids=True) == held
    number, of = next((n, i) for n, i in sorted(wp.fc_ids.items()) if n not in own_blog().comments)
    wp.blog.add_comment(9001, int(wp.blog.comments[number]["comment_post_ID"]), comment_parent=str(number))
    assert wp.manual_sync()
    (disqus_number,) = [k[1] for k, r in held.items() if r["comment_id"].lower() == of]
    now = rows(admin, ids=True)
    assert now.pop(("wordpress", "9001"))["parent"] == disqus_number and now == held


def test_what_events_brought_comes_back_as_the_same_comment_without_a_mapping(admin, wp, own):
    job = admin.do_import(from_disqus(own), provider="disqus", name="disqus.xml")
    wp.run()
    assert len(taken(wp, own)) == job["created"] == 36
    check_sent_again(admin, wp)


def test_what_a_download_brought_comes_back_as_the_same_comment_though_its_mapping_was_lost(admin, own):
    admin.do_import(from_disqus(own), provider="disqus", name="disqus.xml")
    wp = connect(admin, own.copy())
    wp.run()
    wp.map_ids = lambda: None
    assert wp.download() == 36
    check_sent_again(admin, wp)


def test_an_id_that_a_site_only_claims_is_not_believed(stack, admin, wp, own):
    """A batch whose _id is a comment that the site was never told of, or of another account, changes nothing there."""
    admin.do_import(from_disqus(own), provider="disqus", name="disqus.xml")
    other = Person(stack, stack.new_account())
    connect(other, own.copy()).run()
    before = rows(other, ids=True)
    disqus_before = {k: r for k, r in rows(admin, ids=True).items() if k[0] == "disqus"}
    foreign = [next(iter(held.values()))["comment_id"].lower() for held in (before, disqus_before)]
    for number, fc_id in zip((2001, 2002), foreign):
        wp.blog.add_comment(number, comment_content=f"claims {number}")
        wp.fc_ids[number] = fc_id
    wp.manual_sync()
    assert rows(other, ids=True) == before
    assert {k: r for k, r in rows(admin, ids=True).items() if k[0] == "disqus"} == disqus_before
    assert {"2001", "2002"} <= {n for s, n in rows(admin) if s == "wordpress"}


def test_an_id_that_the_site_was_given_wins_over_its_number(admin, wp, own):
    """The blog was moved into another WordPress, which gave its comments new numbers and kept their meta."""
    held = rows(admin, ids=True)
    moved = Blog(HOME)
    moved.posts = own.posts
    for number in own.sent():
        moved.comments[number + 5000] = dict(own.comments[number], comment_ID=str(number + 5000))
        if own.comments[number]["comment_parent"] != "0":
            moved.comments[number + 5000]["comment_parent"] = str(int(own.comments[number]["comment_parent"]) + 5000)
    wp.blog, wp.fc_ids = moved, {number + 5000: fc_id for number, fc_id in wp.fc_ids.items()}
    wp.manual_sync(reset=True)
    assert {k: r["comment_id"] for k, r in rows(admin, ids=True).items()} == {k: r["comment_id"] for k, r in held.items()}


def test_the_other_site_of_the_account_is_told_nothing_of_this_one(admin, wp):
    other = connect(admin, invented(20, "https://two.example"))
    other.run()
    assert other.download() == 0 and other.event_ids == set()
