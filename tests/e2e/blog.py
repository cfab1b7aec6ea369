"""A WordPress blog as its own tables hold it: numbers are strings, names and titles hold entities.  Invented here."""

import copy
import random
from datetime import datetime, timedelta

HOME = "https://blog.example.com"
BEGIN = datetime(2016, 5, 6, 7, 8, 9)

NAMES = ("Ada", "Ann &amp; Bob", "O&#8217;Neil", "  Zoë \t", "张伟", "&lt;b&gt;Bold&lt;/b&gt;", "A &amp;amp; B", "",
         "\U0001f41a shell", "Dr. \"Q\"")
BODIES = ("One line.", "Two\r\nlines\r\n\r\nand a paragraph.",
          "With <a href=\"https://a.example/?x=1&amp;y=2\" rel=\"nofollow\">a link</a>.",
          "Grüße \U0001f600 und ein / Strich\\",
          "5 &lt; 6 &amp;&amp; 7 &gt; 6", "<blockquote>said</blockquote>\nanswered",
          "<p>Made by an editor</p>\n<ul>\n<li>one</li>\n</ul>", "\n padded \n", "tab\there, a ]]> there",
          "<script>alert(1)</script>harmless", "one<br />two", "'quoted' &#8220;text&#8221; &hellip;")


class Blog:
    """posts: number -> title and permalink; comments: number -> the row of wp_comments."""

    def __init__(self, home=HOME):
        self.home = home
        self.posts = {}
        self.comments = {}

    def add_post(self, number, title="A post", permalink=None, status="publish", kind="post"):
        """title and permalink: as get_the_title() and get_permalink() give them."""
        self.posts[number] = {"title": title, "permalink": permalink or f"{self.home}/?p={number}", "status": status,
                              "kind": kind}
        return number

    def add_comment(self, number, post=1, **fields):
        """Of a visitor, approved, unless fields say otherwise."""
        date = BEGIN + timedelta(seconds=61 * number)
        self.comments[number] = {
            "comment_ID": str(number), "comment_post_ID": str(post), "comment_author": "Ada",
            "comment_author_email": "ada@mail.example", "comment_author_url": "", "comment_author_IP": "203.0.113.9",
            "comment_date": str(date + timedelta(hours=2)), "comment_date_gmt": str(date),
            "comment_content": f"Comment {number}", "comment_karma": "0", "comment_approved": "1",
            "comment_type": "comment", "comment_parent": "0", "user_id": "0", **fields}
        return number

    def sent(self):
        """The numbers that the plugin sends: all but trash, in their order."""
        return [n for n in sorted(self.comments) if self.comments[n]["comment_approved"] != "trash"]

    def copy(self):
        return copy.deepcopy(self)


def approved(n):
    """A few wait, a few are spam, a few are in the trash; what is answered is not."""
    return {17: "0", 23: "spam", 37: "trash"}.get(n % 41, "1")


def parent_of(n, first):
    """Mostly an earlier one; every eleventh answers one that has a higher number."""
    if n % 11 == 5:
        return n + 2
    return n - 1 - n % 3 if n % 11 in (1, 3, 9) and n - 1 - n % 3 >= first else 0


def invented(n, home=HOME, pages=None, pings=True):
    """n comments of all kinds on pages of all kinds, always the same."""
    blog, rng = Blog(home), random.Random(n)
    pages = pages or max(3, n // 25)
    titles = ("Post {} &amp; more", "Über {}", "It&#8217;s {}", "Plain {}", "&lt;{}&gt;")
    for p in range(1, pages + 1):
        permalink = (f"{home}/?p={p}", f"{home}/2016/05/post-{p}/", f"{home}/%C3%BCber-{p}/?lang=de")[p % 3]
        blog.add_post(p, titles[p % 5].format(p), permalink)
    for i in range(1, n + 1):
        post = 1 + (i - 1) * pages // n
        first = 1 + -(-(post - 1) * n // pages)
        parent = parent_of(i, first)
        ping = pings and i % 43 == 2
        if parent and (parent > n or 1 + (parent - 1) * pages // n != post):
            parent = 0
        blog.add_comment(
            i, post, comment_author=NAMES[i % len(NAMES)],
            comment_author_email="" if i % 7 == 3 else f"reader{i % 50}@mail.example",
            comment_author_url=f"https://reader{i}.example/?a=1&amp;b=2" if i % 5 == 0 else "",
            comment_author_IP="2001:db8::1" if i % 6 == 0 else f"198.51.100.{i % 250}",
            comment_content=f"{BODIES[i % len(BODIES)]} {rng.randrange(10**6)}", comment_approved=approved(i),
            comment_karma=str((0, 0, 3, -2)[i % 4]), comment_type="pingback" if ping else ("" if i % 2 else "comment"),
            comment_parent=str(parent), user_id="1" if i % 19 == 0 else "0")
    return blog


# --- the same blog as its export ------------------------------------------------------------


def cdata(text):
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"


def wxr_comment(c):
    fields = (("comment_id", c["comment_ID"]), ("comment_author", cdata(c["comment_author"])),
              ("comment_author_email", cdata(c["comment_author_email"])), ("comment_author_url", c["comment_author_url"]),
              ("comment_author_IP", cdata(c["comment_author_IP"])), ("comment_date", cdata(c["comment_date"])),
              ("comment_date_gmt", cdata(c["comment_date_gmt"])), ("comment_content", cdata(c["comment_content"])),
              ("comment_approved", cdata(c["comment_approved"])), ("comment_type", cdata(c["comment_type"])),
              ("comment_parent", c["comment_parent"]), ("comment_user_id", c["user_id"]))
    return "<wp:comment>\n" + "".join(f"<wp:{k}>{v}</wp:{k}>\n" for k, v in fields) + "</wp:comment>\n"


def wxr(blog):
    """As the export screen of WordPress 6 writes it: without spam, and without comments whose post is gone."""
    out = ['<?xml version="1.0" encoding="UTF-8" ?>\n'
           '<rss version="2.0"\n\txmlns:wp="http://wordpress.org/export/1.2/">\n<channel>\n'
           f"<title>Blog</title>\n<link>{blog.home}</link>\n<wp:wxr_version>1.2</wp:wxr_version>\n"
           f"<wp:base_site_url>{blog.home}</wp:base_site_url>\n<wp:base_blog_url>{blog.home}</wp:base_blog_url>\n"
           "<generator>https://wordpress.org/?v=6.1</generator>\n"]
    of_post = {}
    for number in sorted(blog.comments):
        of_post.setdefault(int(blog.comments[number]["comment_post_ID"]), []).append(blog.comments[number])
    for number, post in sorted(blog.posts.items()):
        link = post["permalink"].replace("&", "&#038;")
        out.append(f"<item>\n<title>{cdata(post['title'])}</title>\n<link>{link}</link>\n<wp:post_id>{number}</wp:post_id>\n"
                   f"<wp:post_date_gmt>{cdata('2016-05-06 07:08:09')}</wp:post_date_gmt>\n"
                   f"<wp:status>{cdata(post['status'])}</wp:status>\n<wp:post_type>{cdata(post['kind'])}</wp:post_type>\n")
        out += [wxr_comment(c) for c in of_post.get(number, ()) if c["comment_approved"] != "spam"]
        out.append("</item>\n")
    out.append("</channel>\n</rss>\n")
    return "".join(out).encode()
