"""Exports written here, so that every value in them is ours."""

from xml.sax.saxutils import escape


def post(post_id, thread=100, parent=None, message="<p>Hello</p>", created="2021-01-02T03:04:05Z", name="Ada",
         spam=False, deleted=False):
    up = f'<parent dsq:id="{parent}" />\n' if parent is not None else ""
    return (f'<post dsq:id="{post_id}">\n<id />\n<message><![CDATA[{message}]]></message>\n'
            f"<createdAt>{created}</createdAt>\n<isDeleted>{str(deleted).lower()}</isDeleted>\n"
            f"<isSpam>{str(spam).lower()}</isSpam>\n<author>\n<name>{escape(name)}</name>\n"
            f"<isAnonymous>true</isAnonymous>\n</author>\n<thread dsq:id=\"{thread}\" />\n{up}</post>\n")


def thread(thread_id=100, url="https://site.example/first/", title="First page", identifier=""):
    return (f'<thread dsq:id="{thread_id}">\n<id>{escape(identifier)}</id>\n<forum>ours</forum>\n'
            f'<category dsq:id="1" />\n<link>{escape(url)}</link>\n<title>{escape(title)}</title>\n<message />\n'
            "<createdAt>2020-02-03T04:05:06Z</createdAt>\n<author>\n<name>Owner</name>\n"
            "<isAnonymous>false</isAnonymous>\n</author>\n<isClosed>false</isClosed>\n"
            "<isDeleted>false</isDeleted>\n</thread>\n")


HEAD = ('<?xml version="1.0" encoding="utf-8"?>\n<disqus xmlns="http://disqus.com" '
        'xmlns:dsq="http://disqus.com/disqus-internals">\n<category dsq:id="1">\n<forum>ours</forum>\n'
        "<title>General</title>\n<isDefault>true</isDefault>\n</category>\n")


def disqus(posts, threads=None):
    return (HEAD + "".join(threads if threads is not None else [thread()]) + "".join(posts) + "</disqus>\n").encode()


def many(n, start=1):
    return disqus([post(i, message=f"<p>Comment {i}</p>") for i in range(start, start + n)])
