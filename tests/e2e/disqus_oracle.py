"""An independent reading of a Disqus export: Python's own XML parser, none of our code.

It says what must be in the database after an import, so that a mistake made once
in C is not made again here.  Only what the format's page promises is compared;
bodies are compared by their visible text.
"""

import gzip
import html.parser
import re
import xml.etree.ElementTree as ElementTree
from datetime import datetime, timezone

INTERNAL_ID = "{http://disqus.com/disqus-internals}id"


def local(element):
    return element.tag.rsplit("}", 1)[-1]


def child(element, name):
    for c in element:
        if local(c) == name:
            return c
    return None


def text(element, name):
    """None when the child is absent, else its text without white space around it."""
    c = child(element, name)
    return None if c is None else (c.text or "").strip()


class VisibleText(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.parts = []

    def handle_starttag(self, tag, attrs):
        # A picture becomes a link with its description.
        if tag == "img":
            self.parts.append(dict(attrs).get("alt") or "")

    def handle_data(self, data):
        self.parts.append(data)


def visible_text(markup):
    """The words of a piece of HTML, without any white space."""
    parser = VisibleText()
    parser.feed(markup)
    parser.close()
    return re.sub(r"\s+", "", "".join(parser.parts))


def read_bytes(path):
    data = open(path, "rb").read()
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def read(path):
    """All posts of the file as dictionaries, in file order."""
    root = ElementTree.fromstring(read_bytes(path))
    threads = {t.get(INTERNAL_ID): t for t in root if local(t) == "thread"}
    posts = []
    known = {p.get(INTERNAL_ID) for p in root if local(p) == "post"}
    for post in (p for p in root if local(p) == "post"):
        thread = threads.get(child(post, "thread").get(INTERNAL_ID))
        parent = child(post, "parent")
        parent_id = parent.get(INTERNAL_ID) if parent is not None else None
        author = child(post, "author")
        when = datetime.fromisoformat(text(post, "createdAt").replace("Z", "+00:00"))
        posts.append({
            "external_id": post.get(INTERNAL_ID),
            "parent_external_id": parent_id,
            "parent_present": parent_id in known,
            "page_url": text(thread, "link") if thread is not None else "",
            "page_identifier": text(thread, "id") if thread is not None else None,
            "page_title": text(thread, "title") if thread is not None else None,
            "author_name": text(author, "name"),
            "author_external_id": text(author, "username"),
            "author_email": text(author, "email"),
            "created_at": when.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M:%S.000"),
            "body": visible_text(text(post, "message") or ""),
            "is_spam": int(text(post, "isSpam") == "true"),
            "is_deleted": int(text(post, "isDeleted") == "true"
                              or (thread is not None and text(thread, "isDeleted") == "true")),
        })
    return posts
