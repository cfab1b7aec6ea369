import os
import random
import re
import shutil
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

from world import World  # noqa: E402  (the path is known only now)

# SEED: of the first run, else chance.  RUNS: so many.  RUN_SECONDS: none begins after that; 0: none is too late.
FIRST = int(os.environ.get("SEED") or random.SystemRandom().randrange(10**9))
RUNS = int(os.environ.get("RUNS") or 1)
SECONDS = int(os.environ.get("RUN_SECONDS") or 0)
COUNTS = Counter()


def pytest_generate_tests(metafunc):
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(FIRST, FIRST + RUNS))


def pytest_collection_modifyitems(items):
    """Of each seed one run of each kind, so that a short share of the runs has some of all."""
    items.sort(key=lambda item: item.callspec.params["seed"])


class Worlds:
    """One world for many runs; after a run that failed the next one gets another."""

    def __init__(self):
        self.world = None

    def get(self):
        if self.world is None:
            self.world = World()
        return self.world

    def end(self):
        if self.world is None:
            return
        world, self.world = self.world, None
        world.let_go()
        world.stop()
        logs = world.log("web")
        world.remove()
        assert not re.search(r"ERROR: \w+Sanitizer|runtime error:|level=error .*kind=bug", logs), logs[-5000:]


@pytest.fixture(scope="session")
def worlds():
    w = Worlds()
    yield w
    w.end()


@pytest.fixture(scope="session")
def began():
    return time.monotonic()


@pytest.fixture
def world(worlds, began, request):
    if SECONDS and time.monotonic() - began > SECONDS:
        pytest.skip("its share of time is over")
    yield worlds.get()
    if getattr(request.node, "failed_call", False):
        kept = Path("reliability-failed") / str(request.node.callspec.params["seed"])
        shutil.copytree(worlds.world.dir / "log", kept, dirs_exist_ok=True)
        worlds.end()


@pytest.fixture
def tally():
    return COUNTS


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    report = (yield).get_result()
    if report.when == "call":
        item.failed_call = report.failed


def pytest_terminal_summary(terminalreporter):
    write = terminalreporter.write_line
    write(f"{sum(COUNTS.values())} runs, seeds from {FIRST}; one of them again: make check-reliability RUNS=1 SEED=N")
    for (what, came_to), n in sorted(COUNTS.items()):
        write(f"{n:5}  {what} -> {came_to}")
