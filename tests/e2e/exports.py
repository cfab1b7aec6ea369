"""Exports of every format, written here: small ones for imports, large, deep and wide ones for memory and limits.

All hold the same invented comments, so that what comes out of any two can be compared.  Run by hand:
python3 exports.py FORMAT COMMENTS >FILE
"""

import json
import sys
from datetime import datetime, timedelta, timezone
from urllib.parse import quote

BEGIN = datetime(2015, 3, 4, 5, 6, 7, tzinfo=timezone.utc)
WORDS = ("the tide came in slowly and left shells \U0001f41a on the grey sand while Zoë counted boats "
         "from the harbour wall until it was too dark to tell one sail from another")


class Comments:
    """n comments on pages, by authors; every third answers the one before it, or (deep) each does."""

    def __init__(self, n, pages=None, authors=None, deep=False, body_words=12):
        self.n = n
        self.pages = pages or max(1, n // 20)
        self.authors = authors or max(1, n // 5)
        self.deep = deep
        self.words = WORDS.split()
        self.body_words = body_words

    def page(self, i):
        return i * self.pages // self.n

    def first_of(self, page):
        return -(-page * self.n // self.pages)

    def of_page(self, page):
        return range(self.first_of(page), self.first_of(page + 1))

    def author(self, i):
        return i * 7919 % self.authors

    def parent(self, i):
        """Number of the comment answered, or None."""
        if i == self.first_of(self.page(i)):
            return None
        return i - 1 if self.deep or i % 3 == 1 else None

    def time(self, i):
        return BEGIN + timedelta(seconds=61 * i)

    def body(self, i):
        at = i * 5 % len(self.words)
        words = (self.words * (1 + self.body_words // len(self.words) + 1))[at:at + self.body_words]
        return f"Comment {i}: " + " ".join(words)

    def name(self, a):
        return f"Author {a} Möller"

    def email(self, a):
        return f"author{a}@mail.example"

    def url(self, p):
        return f"https://blog.example.org/entries/{p}"

    def title(self, p):
        return f"Entry {p}"


def iso(t):
    return t.strftime("%Y-%m-%dT%H:%M:%SZ")


def sql(t):
    return t.strftime("%Y-%m-%d %H:%M:%S")


def disqus(c):
    yield ('<?xml version="1.0" encoding="utf-8"?>\n<disqus xmlns="http://disqus.com" '
           'xmlns:dsq="http://disqus.com/disqus-internals">\n')
    for p in range(c.pages):
        yield (f'<thread dsq:id="{p + 1}"><id>{p}</id><link>{c.url(p)}</link><title>{c.title(p)}</title>'
               "<isDeleted>false</isDeleted></thread>\n")
    for i in range(c.n):
        parent = f'<parent dsq:id="{c.parent(i)}"/>' if c.parent(i) is not None else ""
        yield (f'<post dsq:id="{i}"><id/><message><![CDATA[<p>{c.body(i)}</p>]]></message>'
               f"<createdAt>{iso(c.time(i))}</createdAt><isDeleted>false</isDeleted><isSpam>false</isSpam><author>"
               f"<email>{c.email(c.author(i))}</email><name>{c.name(c.author(i))}</name></author>"
               f'<thread dsq:id="{c.page(i) + 1}"/>{parent}</post>\n')
    yield "</disqus>\n"


def wxr(c):
    yield ('<?xml version="1.0" encoding="UTF-8" ?>\n<rss version="2.0" xmlns:wp="http://wordpress.org/export/1.2/">\n<channel>\n'
           "<title>Blog</title><link>https://blog.example.org</link><wp:wxr_version>1.2</wp:wxr_version>\n"
           "<wp:base_blog_url>https://blog.example.org</wp:base_blog_url>\n")
    for p in range(c.pages):
        yield (f"<item><title>{c.title(p)}</title><link>{c.url(p)}</link><wp:post_id>{p + 1}</wp:post_id>"
               "<wp:status>publish</wp:status><wp:post_type>post</wp:post_type>\n")
        for i in c.of_page(p):
            parent = c.parent(i)
            yield (f"<wp:comment><wp:comment_id>{i + 1}</wp:comment_id>"
                   f"<wp:comment_author><![CDATA[{c.name(c.author(i))}]]></wp:comment_author>"
                   f"<wp:comment_author_email>{c.email(c.author(i))}</wp:comment_author_email>"
                   f"<wp:comment_date_gmt>{sql(c.time(i))}</wp:comment_date_gmt>"
                   f"<wp:comment_content><![CDATA[{c.body(i)}]]></wp:comment_content>"
                   "<wp:comment_approved>1</wp:comment_approved><wp:comment_type>comment</wp:comment_type>"
                   f"<wp:comment_parent>{0 if parent is None else parent + 1}</wp:comment_parent></wp:comment>\n")
        yield "</item>\n"
    yield "</channel>\n</rss>\n"


def listed(rows):
    """The elements of a JSON array."""
    first = True
    for row in rows:
        yield ("" if first else ",") + json.dumps(row, separators=(",", ":"))
        first = False


def hexid(i, what):
    return f"{what}{i:063x}"


def commento(c):
    """Version 1: authors behind the comments."""
    yield '{"version":1,"comments":['
    yield from listed({"commentHex": hexid(i, "c"), "domain": "blog.example.org", "url": f"/entries/{c.page(i)}",
                       "commenterHex": hexid(c.author(i), "a"), "markdown": c.body(i), "html": "",
                       "parentHex": "root" if c.parent(i) is None else hexid(c.parent(i), "c"), "score": 0,
                       "state": "approved", "creationDate": iso(c.time(i)), "direction": 0, "deleted": False}
                      for i in range(c.n))
    yield '],"commenters":['
    yield from listed({"commenterHex": hexid(a, "a"), "email": c.email(a), "name": c.name(a), "link": "undefined",
                       "photo": "undefined", "provider": "commento", "joinDate": iso(BEGIN), "isModerator": False}
                      for a in range(c.authors))
    yield "]}"


def hyvor_talk(c):
    """Pages behind the comments, the text as ProseMirror."""
    yield '{"comments":['
    yield from listed({"id": i + 1, "created_at": int(c.time(i).timestamp()), "page_id": c.page(i) + 1,
                       "parent_id": None if c.parent(i) is None else c.parent(i) + 1,
                       "body": json.dumps({"type": "doc", "content": [
                           {"type": "paragraph", "content": [{"type": "text", "text": c.body(i)}]}]}),
                       "status": "published", "upvotes": 0, "downvotes": 0,
                       "user": {"type": "sso", "id": c.author(i), "htid": f"sso_{c.author(i)}",
                                "name": c.name(c.author(i)), "email": c.email(c.author(i))}} for i in range(c.n))
    yield '],"pages":['
    yield from listed({"id": p + 1, "identifier": c.url(p), "url": c.url(p), "title": c.title(p), "is_closed": False}
                      for p in range(c.pages))
    yield "]}"


def muut(c):
    """A channel for each page, a container seed, the replies newest first as Muut writes them."""
    yield '{"categories":[],"threads":{'
    for p in range(c.pages):
        path = f"/forum/entries/{p}:comments"
        seed = {"key": "comments", "date": int(BEGIN.timestamp()), "author": None, "path": path, "title": c.title(p), "body": []}
        yield f'{"," if p else ""}{json.dumps(path)}:[{{"seed":{json.dumps(seed)},"replies":['
        yield from listed({"key": f"k{i}", "date": int(c.time(i).timestamp()), "body": [c.body(i)],
                           "author": {"path": f"@author{c.author(i)}", "displayname": c.name(c.author(i))}}
                          for i in reversed(c.of_page(p)))
        yield "]}]"
    yield "}}"


def intensedebate(c):
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<output>\n\n'
    for p in range(c.pages):
        yield (f"<blogpost><url>{quote(c.url(p), safe='')}</url><title>{c.title(p)}</title><guid>{p + 1}</guid><comments>\n")
        for i in c.of_page(p):
            parent = c.parent(i)
            yield (f"\t<comment id='{i + 1}' parentid='{0 if parent is None else parent + 1}'>\n\t\t<isAnon>1</isAnon>"
                   f"<name><![CDATA[{c.name(c.author(i))}]]></name><email>{c.email(c.author(i))}</email><url></url>"
                   f"<ip>203.0.113.9</ip><text><![CDATA[{c.body(i)}  \n]]></text><date>{sql(c.time(i))}</date>"
                   f"<gmt>{sql(c.time(i))}</gmt><score>0</score>\n\t</comment>\n")
        yield "</comments></blogpost>\n"
    yield "\n</output>\n"


def just_comments(c):
    yield "["
    yield from listed({"commentId": f"jc-{i}", "itemId": f"blog.example.org/entries/{c.page(i)}",
                       "originalItemId": f"blog.example.org/entries/{c.page(i)}", "itemProtocol": "https:", "itemPort": "",
                       "pageUrl": c.url(c.page(i)), "pageTitle": c.title(c.page(i)), "message": c.body(i),
                       "userId": f"u{c.author(i)}", "username": c.name(c.author(i)), "userEmail": c.email(c.author(i)),
                       "createdAt": iso(c.time(i)), "hidden": False,
                       **({} if c.parent(i) is None else {"parentId": f"jc-{c.parent(i)}", "replyTo": f"jc-{c.parent(i)}"})}
                      for i in range(c.n))
    yield "]"


def cusdis(c):
    """One project, its pages and their comments nested."""
    yield '{"projects":[{"id":"p-1","title":"Blog","pages":['
    for p in range(c.pages):
        page = {"id": f"pg-{p}", "slug": f"entries-{p}", "url": c.url(p), "title": c.title(p)}
        yield ("," if p else "") + json.dumps(page)[:-1] + ',"comments":['
        yield from listed({"id": f"c-{i}", "parentId": None if c.parent(i) is None else f"c-{c.parent(i)}",
                           "createdAt": iso(c.time(i)), "deletedAt": None, "approved": True,
                           "by_nickname": c.name(c.author(i)), "by_email": c.email(c.author(i)), "content": c.body(i)}
                          for i in c.of_page(p))
        yield "]}"
    yield "]}]}"


def cell(value):
    value = str(value)
    return '"' + value.replace('"', '""') + '"' if any(x in value for x in ',"\n\r') else value


def fastcomments_csv(c):
    yield "ID,URL ID,URL,Page Title,Parent ID,Commenter Name,Commenter Email,Comment,Date,Approved\r\n"
    for i in range(c.n):
        p, a = c.page(i), c.author(i)
        yield ",".join(map(cell, (f"fc{i}", f"entries-{p}", c.url(p), c.title(p), "" if c.parent(i) is None else f"fc{c.parent(i)}",
                                  c.name(a), c.email(a), c.body(i), iso(c.time(i)), "true"))) + "\r\n"


def vocabulary(c, i):
    p, a = c.page(i), c.author(i)
    return {"source": "isso", "source_site": "", "external_id": str(i),
            "parent_external_id": "" if c.parent(i) is None else str(c.parent(i)), "page_id": str(p), "page_url": c.url(p),
            "page_title": c.title(p), "author_name": c.name(a), "author_email": c.email(a),
            "created_at": c.time(i).strftime("%Y-%m-%dT%H:%M:%S.000Z"), "body_html": f"<p>{c.body(i)}</p>",
            "is_approved": True, "is_spam": False, "is_deleted": False}


def jsonl(c):
    yield '{"trasloco":1,"type":"header"}\n'
    for i in range(c.n):
        yield json.dumps(vocabulary(c, i), ensure_ascii=False) + "\n"


def csv(c):
    yield ",".join(vocabulary(c, 0)) + "\r\n"
    for i in range(c.n):
        yield ",".join(cell(str(v).lower() if isinstance(v, bool) else v) for v in vocabulary(c, i).values()) + "\r\n"


FORMATS = {"disqus": disqus, "wxr": wxr, "commento": commento, "hyvor-talk": hyvor_talk, "muut": muut,
           "intensedebate": intensedebate, "just-comments": just_comments, "cusdis": cusdis,
           "fastcomments-csv": fastcomments_csv, "jsonl": jsonl, "csv": csv}

EXTENSION = {"disqus": "xml", "wxr": "xml", "intensedebate": "xml", "fastcomments-csv": "csv", "csv": "csv", "jsonl": "jsonl"}

# What a format cannot do without (the form's field names without its prefix).
OPTIONS = {"muut": {"base_url": "https://blog.example.org"}}


def make(name, n, **how):
    """A whole export as bytes."""
    return "".join(FORMATS[name](Comments(n, **how))).encode()


def write(name, n, out, **how):
    """An export of any size into a binary file."""
    chunk, size = [], 0
    for part in FORMATS[name](Comments(n, **how)):
        chunk.append(part)
        size += len(part)
        if size > 1 << 20:
            out.write("".join(chunk).encode())
            chunk, size = [], 0
    out.write("".join(chunk).encode())


def file_name(name):
    return f"{name}.{EXTENSION.get(name, 'json')}"


if __name__ == "__main__":
    write(sys.argv[1], int(sys.argv[2]), sys.stdout.buffer)
