"""The groups of pytest-xdist. Its release 3.8 writes a test's group behind the test's name in a
place that pytest 9.2 no longer reads, so that each test would go to whichever worker is free."""

import pytest


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not getattr(config.option, "loadgroup", False):
        return
    for item in items:
        names = {mark.args[0] for mark in item.iter_markers("xdist_group")}
        group = f"@{'_'.join(sorted(names))}"
        if names and not item.nodeid.endswith(group):
            item._id = type(item._id).parse(item.nodeid + group)  # type: ignore[attr-defined]
