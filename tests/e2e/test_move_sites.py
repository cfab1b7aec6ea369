"""Moves beside a connected site: what it sends comes to the new pages, and what it has of its own stays as it is."""

import copy

from blog import Blog, invented
from connecting import connect, rows
from test_move import move
from test_wordpress_back import HOME, check_taken, from_disqus, own_part, taken


def addresses(admin):
    return {key: row["page_url"] for key, row in rows(admin).items()}


def test_batches_after_a_move_create_nothing_and_bring_new_comments_to_the_new_page(stack, admin):
    blog = invented(30, HOME, pings=False)
    wp = connect(admin, blog)
    wp.run()
    first, second, *_ = blog.posts
    assert move(admin, blog.posts[first]["permalink"], HOME + "/moved/")["state"] == "completed"
    before, own = rows(admin), copy.deepcopy(blog.comments)
    wp.manual_sync(reset=True)
    assert rows(admin) == before and blog.comments == own
    blog.add_comment(900, post=first)
    wp.run()
    wp.manual_sync()
    assert addresses(admin)["wordpress", "900"] == HOME + "/moved/"
    # The page of one post becomes one with another's.
    assert move(admin, HOME + "/moved/", blog.posts[second]["permalink"], merge=True)["state"] == "completed"
    blog.add_comment(901, post=first)
    wp.manual_sync(reset=True)
    found = addresses(admin)
    assert found["wordpress", "900"] == found["wordpress", "901"] == blog.posts[second]["permalink"]
    assert len(found) == 32
    # The site hears nothing of all that: they are its own.
    own = copy.deepcopy(blog.comments)
    wp.fetch_events()
    wp.download()
    assert blog.comments == own


def test_a_site_hears_of_comments_whose_page_became_its_own(stack, admin):
    own = invented(12, HOME, pages=1, pings=False)
    wp = connect(admin, own.copy())
    wp.run()
    wp.fetch_events()
    elsewhere = Blog("https://old.example")
    elsewhere.add_post(1, permalink="https://old.example/there/")
    admin.do_import(from_disqus(elsewhere))
    wp.fetch_events()
    assert taken(wp, own) == {}
    assert move(admin, "https://old.example/there/", next(iter(own.posts.values()))["permalink"], merge=True)["updated"] == 12
    wp.fetch_events()
    wp.download()
    check_taken(wp, own, [f"From Disqus {n}" for n in range(1, 13)])
    # And when it moves away again, nothing of it is harmed.
    there = copy.deepcopy(wp.blog.comments)
    assert move(admin, HOME.removeprefix("https://"), "elsewhere.example")["state"] == "completed"
    wp.fetch_events()
    wp.download()
    assert wp.blog.comments == there and own_part(wp, own) == own.comments
