"""What a connected site is told, where the protocol has corners: whole seconds, pages, mappings that are none."""

import json
from datetime import datetime, timezone

import pytest

from blog import Blog
from connecting import account_of, connect
from inputs import disqus, post, thread

HOME = "https://blog.example.com"
SECOND = 4_000_000_000  # of the cursor, far ahead of every clock


@pytest.fixture
def wp(admin):
    """A site with three posts, of which we know, and no comments."""
    blog = Blog(HOME)
    for number in (1, 2, 3):
        blog.add_post(number, permalink=f"{HOME}/post-{number}/")
    wp = connect(admin, blog, skip_initial=True)
    for number in blog.posts:
        admin.stack.sql(f"INSERT INTO integration_page VALUES ({site_id(admin)}, '{number}', 'blog.example.com/post-{number}')")
    return wp


def site_id(admin):
    return admin.stack.number(f"SELECT MAX(integration_id) FROM integration WHERE account_id = {account_of(admin)}")


def import_disqus(admin, n, address=f"{HOME}/post-1/"):
    posts = [post(i, 1000, i - 1 if i % 3 == 2 else None, f"<p>Number {i}</p>", "2018-01-02T03:04:05Z", "Ann") for i in range(1, n + 1)]
    job = admin.do_import(disqus(posts, [thread(1000, address, "Post")]), provider="disqus", name="disqus.xml")
    assert job["created"] == n, job
    return job


def set_cursor(admin, places):
    """places: of each comment by its number, its second behind SECOND and its place in it."""
    account = account_of(admin)
    cursors = {number: (SECOND + second) * 1000 + 10 * place for number, (second, place) in places.items()}
    admin.stack.sql("".join(f"UPDATE comment SET added = {cursor}, changed = {cursor} WHERE account_id = {account} "
                            f"AND external_id = '{number}';\n" for number, cursor in cursors.items()))


def told(answer):
    """Numbers of the comments, in the order of the events."""
    assert answer.is_success, answer.text
    return [int(json.loads(e["data"])["comment"]["comment"].removeprefix("<p>Number ").removesuffix("</p>")) for e in answer.said["events"]]


def ask(wp, from_ms=0):
    return wp.call("GET", "/events", f"&fromDateTime={from_ms}")


def waiting(wp, cursor, name="fromDateTime"):
    commands = wp.call("GET", "/commands", f"&{name}={cursor}").said["commands"]
    return next((c["eventCount"] for c in commands if c["command"] == "FetchEvents"), 0)


def walk(wp):
    """All answers to a client that asks from the last event's whole second."""
    answers, from_ms = [], 0
    for _ in range(100):
        answer = ask(wp, from_ms)
        answers.append(told(answer))
        if not answer.said["hasMore"]:
            return answers
        last = answer.said["events"][-1]["createdAt"]
        after = int(datetime.fromisoformat(last[:19] + "+00:00").timestamp()) * 1000
        assert after > from_ms, "the same second again: it would never end"
        from_ms = after
    raise AssertionError("it does not end")


def in_order(answers):
    """What a client that knows each event by its id makes of them."""
    return list(dict.fromkeys(n for answer in answers for n in answer))


@pytest.mark.parametrize("sizes", ((100, 100, 50), (1, 100, 100, 49), (99, 2, 99, 50), (50, 100, 100), (1,) * 250, (100, 1, 99, 50)),
                         ids=lambda s: "-".join(map(str, s[:5])))
def test_seconds_stay_whole_and_none_is_passed_over(admin, wp, sizes):
    import_disqus(admin, 250)
    places = [(second, place) for second, size in enumerate(sizes) for place in range(size)]
    set_cursor(admin, {i + 1: where for i, where in enumerate(places)})
    answers = walk(wp)
    assert in_order(answers) == list(range(1, 251))
    second_of = {i + 1: where[0] for i, where in enumerate(places)}
    for answer in answers:
        assert len(answer) <= 200
        for second in {second_of[n] for n in answer}:
            assert sum(second_of[n] == second for n in answer) == sizes[second], "a second was cut"


def test_events_begin_where_the_site_asks(admin, wp):
    import_disqus(admin, 5)
    set_cursor(admin, {1: (0, 0), 2: (0, 99), 3: (1, 0), 4: (1, 50), 5: (2, 0)})
    start = SECOND * 1000
    assert told(ask(wp)) == [1, 2, 3, 4, 5]
    assert told(ask(wp, start)) == [1, 2, 3, 4, 5]
    assert told(ask(wp, start + 1990)) == [3, 4, 5]
    assert told(ask(wp, start + 2000)) == [5]
    assert told(ask(wp, start + 3000)) == []
    for nothing in ("", "undefined", "-1", "1e30"):
        assert told(ask(wp, nothing)) == [1, 2, 3, 4, 5]
    assert [waiting(wp, ms) for ms in ("", 0, start, start + 1500, start + 2000)] == [5, 5, 3, 1, 0]


def test_each_core_library_comes_on_in_its_own_way(admin, wp):
    """The PHP one sends the second of the last event as it is, the JavaScript one the text of createdAt, by another name first."""
    import_disqus(admin, 250)
    set_cursor(admin, {i: divmod(i - 1, 50) for i in range(1, 251)})
    for cursor_of in (lambda at: int(datetime.fromisoformat(at[:19] + "+00:00").timestamp()), lambda at: at):
        answers, cursor, more = [], "undefined", True
        while more:
            answer = ask(wp, cursor)
            answers.append(told(answer))
            more, cursor = answer.said["hasMore"], cursor_of(answer.said["events"][-1]["createdAt"])
            assert len(answers) < 10, "it does not come on"
        assert in_order(answers) == list(range(1, 251))
        assert [waiting(wp, cursor, name) for name in ("fromDateTime", "lastFetchDate")] == [0, 0]
    assert sum(map(len, answers)) == 250, "who has kept the whole time gets nothing twice"
    assert told(ask(wp, cursor)) == []
    assert waiting(wp, "undefined", "lastFetchDate") == 100


def test_what_the_site_has_got_by_the_download_is_no_news(admin, wp):
    """Of a new comment the plugin deletes what it has of it, and the replies hang in the air."""
    import_disqus(admin, 4)
    wp.download()
    types = [(json.loads(e["data"])["type"], json.loads(e["data"])["comment"]["meta"]["wpId"]) for e in ask(wp).said["events"]]
    assert [kind for kind, _ in types] == ["updated-comment"] * 4 and all(number for _, number in types)


def test_an_event_has_what_the_protocol_says(admin, wp):
    import_disqus(admin, 3)
    set_cursor(admin, {1: (0, 1), 2: (0, 2), 3: (5, 3)})
    answer = ask(wp).said
    assert answer["hasMore"] is False and set(answer) == {"status", "hasMore", "events"}
    first = answer["events"][0]
    assert set(first) == {"_id", "createdAt", "urlId", "data"}
    assert first["createdAt"] == datetime.fromtimestamp(SECOND, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.010Z")
    assert first["urlId"] == "1" and isinstance(first["data"], str)
    data = json.loads(first["data"])
    assert data["type"] == "new-comment" and data["timestamp"] == SECOND * 1000 + 10 and "broadcastId" in data
    comment = data["comment"]
    assert comment["comment"] == comment["commentHTML"] == "<p>Number 1</p>" and comment["date"] == "2018-01-02T03:04:05.000Z"
    assert (comment["urlId"], comment["urlIdRaw"], comment["meta"]) == ("1", "1", {"wpPostId": 1, "wpUserId": None, "wpId": None})
    assert comment["tenantId"] == wp.tenant_id and comment["externalId"] is None and comment["parentId"] is None
    assert (comment["approved"], comment["isSpam"], comment["votes"]) == (True, False, 0)
    admin.stack.sql(f"UPDATE comment SET created_at = NULL WHERE account_id = {account_of(admin)}")
    assert {c["date"] for c in wp.call("GET", "/comments").said["comments"]} == {"1970-01-01T00:00:00.000Z"}, "still a date"
    assert [e["_id"] for e in ask(wp).said["events"]] == [e["_id"] for e in answer["events"]], "ids stay"
    below = {json.loads(e["data"])["comment"]["_id"]: json.loads(e["data"])["comment"]["parentId"] for e in answer["events"]}
    assert below[next(i for i, up in below.items() if up)] == comment["_id"]


def test_a_change_is_an_update_and_a_deletion_is_one(admin, wp):
    import_disqus(admin, 3)
    set_cursor(admin, {1: (0, 1), 2: (0, 2), 3: (0, 3)})
    admin.stack.sql(f"UPDATE comment SET changed = changed + 9000 WHERE account_id = {account_of(admin)} AND external_id <> '3'")
    admin.stack.sql(f"UPDATE comment SET is_deleted = 1 WHERE account_id = {account_of(admin)} AND external_id = '2'")
    types = [json.loads(e["data"])["type"] for e in ask(wp, (SECOND + 5) * 1000).said["events"]]
    assert types == ["updated-comment", "deleted-comment"]
    assert [json.loads(e["data"])["type"] for e in ask(wp).said["events"]] == ["new-comment", "new-comment", "deleted-comment"]
    listed = wp.call("GET", "/comments", "&includeCount=true").said
    assert listed["totalCount"] == len(listed["comments"]) == 2


def test_long_comments_are_told_without_an_answer_that_is_too_long(admin, wp):
    import_disqus(admin, 250)
    set_cursor(admin, {i: ((i - 1) // 50, i) for i in range(1, 251)})
    admin.stack.sql(f"UPDATE comment SET body_html = CONCAT(body_html, '<p>', REPEAT('x', 8000), '</p>') "
                    f"WHERE account_id = {account_of(admin)}")
    seen, from_ms, more = set(), 0, True
    while more:
        answer = ask(wp, from_ms)
        assert answer.is_success and len(answer.text) < 4 * 1024 * 1024
        seen |= {e["_id"] for e in answer.said["events"]}
        last = answer.said["events"][-1]["createdAt"]
        from_ms, more = int(datetime.fromisoformat(last[:19] + "+00:00").timestamp()) * 1000, answer.said["hasMore"]
    assert len(seen) == 250
    admin.stack.sql(f"UPDATE comment SET body_html = REPEAT('x', 60000) WHERE account_id = {account_of(admin)}")
    assert wp.download() == 250


def test_a_page_elsewhere_is_told_to_those_who_may_have_all_and_know_it(admin, wp):
    elsewhere = "https://old.example/page/"
    import_disqus(admin, 4, elsewhere)
    admin.stack.sql(f"INSERT INTO integration_page VALUES ({site_id(admin)}, '9', 'old.example/page')")
    assert wp.download() == 0 and told(ask(wp)) == []
    left_out = f"SELECT left_out FROM integration WHERE integration_id = {site_id(admin)}"
    assert admin.stack.number(left_out) == 4
    admin.stack.sql(f"UPDATE integration SET all_comments = 1 WHERE integration_id = {site_id(admin)}")
    assert told(ask(wp)) == [1, 2, 3, 4]
    assert wp.download() == 4 and admin.stack.number(left_out) == 0
    assert {c["comment_post_ID"] for c in wp.blog.comments.values()} == {"9"}


def test_pages_of_the_download_can_be_asked_for_again(admin, wp):
    import_disqus(admin, 230)
    first = wp.call("GET", "/comments").said
    assert len(first["comments"]) == 100 and first["hasMore"] is True and "totalCount" not in first
    second = wp.call("GET", "/comments", "&skip=100").said
    assert second == wp.call("GET", "/comments", "&skip=100").said and second["hasMore"] is True
    third = wp.call("GET", "/comments", "&skip=200&includeCount=true").said
    assert len(third["comments"]) == 30 and third["hasMore"] is False and third["totalCount"] == 230
    assert wp.call("GET", "/comments", "&skip=230").said["comments"] == []
    ids = [c["_id"] for page in (first, second, third) for c in page["comments"]]
    assert len(set(ids)) == 230
    assert all(c["parentId"] in ids[:i] for i, c in enumerate(c for page in (first, second, third) for c in page["comments"]) if c["parentId"])
    assert wp.call("GET", "/comments", "&skip=many").status == 400


def patch(wp, body):
    return wp.call("PATCH", "/comment-ids", body=body if isinstance(body, bytes) else json.dumps(body).encode())


def test_mappings_are_taken_as_number_or_text_and_say_what_was_ignored(admin, wp):
    import_disqus(admin, 3)
    ids = [c["_id"] for c in wp.call("GET", "/comments").said["comments"]]
    mixed = [{"fcId": ids[0], "wpId": 500}, {"fcId": ids[1], "wpId": "501"}, {"fcId": ids[2], "wpId": 0}, {"fcId": ids[2]},
             {"fcId": ids[2], "wpId": "0502"}, {"fcId": ids[2], "wpId": 5.5}, {"fcId": ids[2][:-1], "wpId": 503}, 7, None]
    assert patch(wp, {"mappings": mixed}).said == {"status": "success", "ignored": 7}
    assert patch(wp, {"mappings": mixed[:2]}).said == {"status": "success", "ignored": 0}, "the same once more"
    comments = wp.call("GET", "/comments").said["comments"]
    assert [(c["externalId"], c["meta"]["wpId"]) for c in comments] == [("500", 500), ("501", 501), (None, None)]
    assert patch(wp, {"mappings": [{"fcId": ids[0], "wpId": 400}]}).said["ignored"] == 0
    assert wp.call("GET", "/comments").said["comments"][0]["meta"]["wpId"] == 400
    assert patch(wp, {"mappings": []}).said == {"status": "success", "ignored": 0}


@pytest.mark.parametrize("body", (b"", b"{", b"[]", b"{}", b'{"mappings":{}}', b'{"mappings":null}', b'{"mappings":[]} x', b'{"mappings":["\xff"]}',
                                  b'{"mappings":[]}\0', b'{"mappings":[[[[[[1]]]]]]}'))
def test_bad_mappings_are_refused_with_a_reason(wp, body):
    answer = patch(wp, body)
    assert answer.status == 400 and answer.said["status"] == "failed" and answer.said["reason"].endswith("."), answer.text


def test_more_mappings_than_a_request_takes(admin, wp):
    mapping = {"fcId": "0" * 32, "wpId": 1}
    assert patch(wp, {"mappings": [mapping] * 500}).said == {"status": "success", "ignored": 500}
    assert patch(wp, {"mappings": [mapping] * 501}).status == 413


def test_who_is_not_connected_hears_nothing(wp):
    wp.token = "nobody-knows-me"
    assert (wp.call("GET", "/comments").status, patch(wp, {"mappings": []}).status) == (401, 401)
    answer = ask(wp)
    assert answer.status == 200 and answer.said["status"] == "failed" and "events" not in answer.said
