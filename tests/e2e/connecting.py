"""Connecting a scripted WordPress through the real pages, and what an account holds then."""

import html
import json
from html.parser import HTMLParser

from wordpress import ScriptedWordPress

INTEGRATIONS = "/auth/my-account/manage-data/integrations"
SPACE = " \t\r\n"


class Forms(HTMLParser):
    """The forms of a page: where each leads, its fields, its boxes, its buttons' words."""

    def __init__(self, page):
        super().__init__()
        self.found, self.in_button = [], False
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        a = dict(attributes)
        if tag == "form":
            self.found.append({"action": a.get("action", ""), "fields": {}, "boxes": {}, "buttons": []})
        if not self.found:
            return
        form = self.found[-1]
        if tag == "input" and a.get("name"):
            kept = form["boxes"] if a.get("type") == "checkbox" else form["fields"]
            kept[a["name"]] = a.get("value") or ("on" if a.get("type") == "checkbox" else "")
            assert a.get("type") != "checkbox" or "checked" not in a, "no box is ticked before somebody ticks it"
        if tag == "button":
            self.in_button = True
            form["buttons"].append({"words": "", "name": a.get("name"), "value": a.get("value", "")})

    def handle_endtag(self, tag):
        self.in_button = self.in_button and tag != "button"

    def handle_data(self, data):
        if self.in_button:
            self.found[-1]["buttons"][-1]["words"] += data


def press(person, page, word, ticked=False, nth=0):
    """Presses the nth button that says word, as a browser without script would; the answer."""
    answer = person.get(page)
    assert answer.status_code == 200, (page, answer.status_code, answer.text)
    buttons = [(f, b) for f in Forms(answer.text).found for b in f["buttons"] if word in b["words"]]
    assert len(buttons) > nth, f"{page} has no button {word}: {answer.text}"
    form, button = buttons[nth]
    fields = {**form["fields"], **(form["boxes"] if ticked else {})}
    if button["name"]:
        fields[button["name"]] = button["value"]
    return person.post(form["action"] or page, data=fields)


def approve(admin, wp, all_comments=False, older=False):
    answer = press(admin, wp.setup_path(older), "Approve", all_comments)
    assert answer.status_code in (200, 303), answer.text
    return answer


def connect(admin, blog, all_comments=False, **how):
    """A WordPress that has been approved and knows it."""
    wp = ScriptedWordPress(admin.stack.url, blog, **how)
    assert wp.put_token().said == {"status": "success", "isTokenValidated": False}
    approve(admin, wp, all_comments)
    assert wp.put_token().said == {"status": "success", "isTokenValidated": True, "tenantId": str(account_of(admin))}
    return wp


def account_of(admin):
    return admin.stack.number(f"SELECT account_id FROM admin WHERE email = '{admin.who[0]}'")


def runs_of(admin):
    """The account's imports that came through the plugin, newest first, as every admin sees them."""
    of_sites = {int(r[0]) for r in admin.stack.sql(
        f"SELECT job_id FROM job WHERE account_id = {account_of(admin)} AND integration_id IS NOT NULL")}
    return [job for job in admin.status() if job["id"] in of_sites]


# --- what is there ----------------------------------------------------------------------------

COLUMNS = ("source", "source_site", "external_id", "parent_external_id", "author_name", "author_email", "author_url",
           "author_avatar", "author_external_id", "author_ip", "created_at", "body_html", "is_approved", "is_spam",
           "is_deleted", "votes_up", "votes_down", "extra")
PAGE_COLUMNS = ("source_page_id", "page_id", "page_url", "page_title")
NAMED = ", ".join([*(f"'{c}', c.{c}" for c in COLUMNS), *(f"'{c}', g.{c}" for c in PAGE_COLUMNS)])
ROWS = f"""SELECT HEX(JSON_OBJECT({NAMED}, 'parent', p.external_id,
    'source_hash', HEX(c.source_hash), 'comment_id', HEX(c.comment_id)))
    FROM comment c LEFT JOIN page g USING (account_id, page_key)
    LEFT JOIN comment p ON p.account_id = c.account_id AND p.comment_id = c.parent_id
    WHERE c.account_id = {{}} ORDER BY c.seq"""


def rows(admin, ids=False):
    """Every comment of the account by source and number, with its page, its parent and, if asked, its id."""
    found = {}
    for (line,) in admin.stack.sql(ROWS.format(account_of(admin))):
        row = json.loads(bytes.fromhex(line))
        if not ids:
            del row["comment_id"]
        key = (row["source"], row["external_id"])
        assert key not in found, f"{key} twice"
        found[key] = row
    return found


def decoded(text):
    return html.unescape(text).strip(SPACE)


def check_complete(admin, blog):
    """Each comment that the plugin sends is there, once, on its page, below its parent, in its state."""
    found, sent = rows(admin), blog.sent()
    assert sorted(int(number) for source, number in found if source == "wordpress") == sent
    for number in sent:
        row, c = found["wordpress", str(number)], blog.comments[number]
        post = blog.posts.get(int(c["comment_post_ID"]))
        assert row["parent"] == (c["comment_parent"] if int(c["comment_parent"]) in sent else None), (row, c)
        assert (row["is_approved"], row["is_spam"], row["is_deleted"]) == \
            (int(c["comment_approved"] == "1"), int(c["comment_approved"] == "spam"), 0), (row, c)
        assert row["page_id"] == c["comment_post_ID"], (row, c)
        assert row["page_url"] == (post["permalink"] if post else ""), (row, c)
        assert row["page_title"] == (decoded(post["title"]) if post else ""), (row, c)
        assert row["created_at"] == c["comment_date_gmt"] + ".000", (row, c)
        assert row["author_name"] == (decoded(c["comment_author"]) or "Anonymous"), (row, c)
        assert (row["author_email"] or "") == c["comment_author_email"], (row, c)
        assert c["comment_content"].rsplit(" ", 1)[-1] in row["body_html"], (row, c)
        assert row["votes_up"] - row["votes_down"] == int(c["comment_karma"]), (row, c)
    assert admin.stack.number("SELECT COUNT(*) FROM comment_waiting "
                              f"WHERE account_id = {account_of(admin)}") == sum(
        int(blog.comments[n]["comment_parent"]) not in (0, *sent) for n in sent)
