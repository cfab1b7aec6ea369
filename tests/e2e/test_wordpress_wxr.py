"""One blog by its export and by its plugin: each comment once, in either order, and nothing that one said is lost."""

import pytest

from blog import Blog, invented, wxr
from connecting import connect, rows, runs_of
from stack import Person



def by_file(admin, blog):
    job = admin.do_import(wxr(blog), name="blog.wordpress.2026-01-31.xml")
    assert job["state"] == "completed", job
    return job


def by_plugin(admin, blog):
    connect(admin, blog).run()
    job = runs_of(admin)[0]
    assert job["state"] == "completed", job
    return job


def union(one, other):
    """What both said together; where both said something it must be the same."""
    both = {}
    for key in one.keys() | other.keys():
        a, b = one.get(key), other.get(key)
        both[key] = dict(a or b)
        for column in both[key] if a and b else ():
            x, y = a[column], b[column]
            if column == "parent":
                both[key][column] = x or y  # attached where the parent is
                continue
            said = [v for v in (x, y) if v not in (None, "")]
            assert len(set(said)) < 2, (key, column, x, y)
            both[key][column] = said[0] if said else x if x is not None else y
    return both


@pytest.mark.parametrize("home", ["https://blog.example.com", "http://www.Example.org:80/a/", "https://a.example:81/x"])
@pytest.mark.parametrize("order", [(by_file, by_plugin), (by_plugin, by_file)])
def test_both_channels_give_each_comment_once_and_lose_no_field(stack, order, home):
    people = [Person(stack, stack.new_account()) for _ in range(3)]
    blog = invented(200, home)
    first = [channel(person, blog) for channel, person in zip(order, people)]
    alone = [rows(person) for person in people[:2]]
    jobs = [channel(people[2], blog) for channel in order]
    assert jobs[0]["created"] == first[0]["created"]
    assert (jobs[1]["updated"], jobs[1]["created"]) == (0, len(alone[1].keys() - alone[0].keys()))
    found, wanted = rows(people[2]), union(*alone)
    assert found.keys() == wanted.keys()
    for key, row in wanted.items():
        assert found[key] == row, key
    # And once more: nothing is left to be changed.
    again = [channel(people[2], blog) for channel in order]
    assert [(j["created"], j["updated"]) for j in again] == [(0, 0)] * 2
    assert rows(people[2]) == found


@pytest.mark.parametrize("name, fields", [
    ("zero date", {"comment_date_gmt": "0000-00-00 00:00:00"}),
    ("control characters", {"comment_content": "a\x0bb\x01c 1", "comment_author": "A\x0b B"}),
    ("carriage returns", {"comment_content": "a\rb\r\nc\n\rd 1"}),
    ("blanks", {"comment_author": "\xa0 Ada\xa0", "comment_author_email": " a@b.example ", "comment_content": "  1\n\n"}),
    ("empty", {"comment_author": "", "comment_author_email": "", "comment_content": ""}),
    ("entities in a name", {"comment_author": "&#65;&amp;lt;&nbsp;&hellip;&bogus;"}),
    ("entities in a text", {"comment_content": "&#0; &#x110000; &nbsp;&bogus; 1"}),
    ("long name", {"comment_author": "é" * 300, "comment_author_email": "a" * 300 + "@b.example"}),
    ("long body", {"comment_content": "word " * 20000 + "1"}),
    ("waits", {"comment_approved": "0"}),
    ("own parent", {"comment_parent": "1"}),
    ("private character", {"comment_content": "\ufffe\uffff\ufeff\u2028 1"}),
])
@pytest.mark.parametrize("order", [(by_file, by_plugin), (by_plugin, by_file)])
def test_an_odd_comment_is_the_same_by_both_channels(admin, order, name, fields):
    blog = Blog()
    blog.add_post(1)
    blog.add_comment(1, **fields)
    first, second = (channel(admin, blog) for channel in order)
    assert first["created"] == 1, first
    assert (second["created"], second["updated"], second["unchanged"]) == (0, 0, 1), (name, second)
    assert len(rows(admin)) == 1


@pytest.mark.parametrize("order", [(by_file, by_plugin), (by_plugin, by_file)])
def test_a_date_that_the_export_alone_knows_is_kept(admin, order):
    """Zeros for the date in UTC: the plugin has nothing else, the export the local one and its neighbours."""
    blog = Blog()
    blog.add_post(1)
    blog.add_comment(1)
    blog.add_comment(2, comment_date_gmt="0000-00-00 00:00:00", comment_date="2016-05-06 12:00:00")
    for channel in order:
        channel(admin, blog)
    assert rows(admin)["wordpress", "2"]["created_at"] == "2016-05-06 10:00:00.000"


PING = {"comment_author": "Dunlins &#8211; a blog", "comment_author_email": ""}
MIXED = (
    # What people wrote, whatever stored it.
    ("", {}, None), ("comment", {}, None), ("wpdiscuz_sticky", {}, None), ("review", {}, None), ("reply", {}, None),
    # What the plugin's channel shows by texts, addresses and titles alone.
    ("pingback", {**PING, "comment_content": "[&#8230;] seen at last [&#8230;]"}, "pingback"),
    ("trackback", {**PING, "comment_content": "<strong>Dunlins</strong>\n\nSeen at last, and then&#8230;"}, "pingback"),
    ("like", {**PING, "comment_content": "… liked this!"}, "reaction"),
    ("order_note", {"comment_post_ID": "2", "comment_content": "Paid."}, "page_not_public"),
    ("comment", {"comment_post_ID": "3"}, "page_not_public"),
    ("comment", {"comment_post_ID": "4"}, "page_not_public"))


@pytest.mark.parametrize("order", [(by_file, by_plugin), (by_plugin, by_file)])
def test_what_is_no_comment_is_left_out_and_counted_by_both_channels(admin, order):
    blog = Blog()
    blog.add_post(1)
    blog.add_post(2, "Order &ndash; 6 May", f"{blog.home}/?post_type=shop_order&p=2", "wc-completed", "shop_order")
    blog.add_post(3, "Private: Diary", status="private")
    blog.add_post(4, "Wellies", f"{blog.home}/?post_type=product&p=4", "pending", "product")
    for number, (kind, fields, _) in enumerate(MIXED, 1):
        blog.add_comment(number, **{"comment_type": kind, **fields})
    wanted = {("wordpress", str(n)) for n, (_, _, reason) in enumerate(MIXED, 1) if reason is None}
    left_out = [reason for _, _, reason in MIXED if reason]
    for nth, channel in enumerate(order):
        job = channel(admin, blog)
        assert (job["created"], job["unchanged"], job["updated"]) == ((0, 5, 0) if nth else (5, 0, 0)), job
        assert (job["comments_read"], job["skipped"]) == (len(MIXED), len(left_out)), job
        reasons = dict(job["skipped_reasons"])
        if channel is by_file:  # which names the type too
            reasons["page_not_public"] = reasons.get("page_not_public", 0) + reasons.pop("other_type")
        assert reasons == {reason: left_out.count(reason) for reason in left_out}
        assert rows(admin).keys() == wanted
