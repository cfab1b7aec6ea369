"""The scripted WordPress itself: what it sends is what PHP and WordPress would send."""

import json
import re

from blog import invented, wxr
from wordpress import BATCH, ScriptedWordPress, epoch_seconds, php_int, php_json, uniqid


def test_php_json_writes_as_json_encode_does():
    assert php_json({"countRemaining": 0, "comments": []}) == '{"countRemaining":0,"comments":[]}'
    assert php_json({}) == "[]"
    assert php_json("https://blog.example.com/?p=4") == r'"https:\/\/blog.example.com\/?p=4"'
    assert php_json("Zoë 张 \U0001f600") == r'"Zo\u00eb \u5f20 \ud83d\ude00"'
    assert php_json("\"\\\b\f\n\r\t\x0b\x1f\x7f") == '"\\"\\\\\\b\\f\\n\\r\\t\\u000b\\u001f\x7f"'
    assert php_json([None, True, False, 12, "12", -1]) == '[null,true,false,12,"12",-1]'
    assert php_json("<a href='x'>&amp;") == "\"<a href='x'>&amp;\""
    assert json.loads(php_json({"a": ["ä/\U0001f600"]})) == {"a": ["ä/\U0001f600"]}


def test_numbers_are_taken_as_intval_takes_them():
    assert [php_int(v) for v in ("12", "12abc", " 7", "https://a.example/", "", None, 5)] == [12, 12, 7, 0, 0, 0, 5]


def test_a_token_has_the_form_of_uniqid():
    assert re.fullmatch(r"[0-9a-f]{13}\.\d{8}", uniqid())


def test_times_of_events_are_cut_to_seconds():
    assert epoch_seconds("2026-01-31T10:00:00.999Z") == epoch_seconds("2026-01-31T10:00:00.000Z") == 1769853600


def test_a_comment_is_sent_as_the_plugin_sends_it():
    blog = invented(50)
    wp = ScriptedWordPress("http://127.0.0.1:1", blog)
    wp.tenant_id = "7"
    body = wp.body([2, 10], 40).decode()
    assert body.startswith('{"countRemaining":40,"comments":[{"tenantId":"7","urlId":"1",'
                           '"url":"https:\\/\\/blog.example.com\\/')
    assert '"externalId":"10"' in body and '"userId":null' in body and '"votes":"3","votesUp":3,"votesDown":0' in body
    assert wp.left()[:BATCH][-1] == 50 and 37 not in wp.left(), "trash is never sent"


def test_the_invented_blog_has_everything():
    blog = invented(300)
    comments = blog.comments.values()
    assert {c["comment_approved"] for c in comments} == {"0", "1", "spam", "trash"}
    assert {c["comment_type"] for c in comments} == {"", "comment", "pingback"}
    parents = [(int(c["comment_ID"]), int(c["comment_parent"])) for c in comments if c["comment_parent"] != "0"]
    assert any(up > down for down, up in parents) and any(up < down for down, up in parents)
    assert all(blog.comments[up]["comment_post_ID"] == blog.comments[down]["comment_post_ID"] for down, up in parents)
    for down, up in parents:
        seen = {down}
        while up:
            assert up not in seen, "no circles"
            seen.add(up)
            up = int(blog.comments[up]["comment_parent"])
    assert b"<wp:comment_approved><![CDATA[spam]]>" not in wxr(blog)
