"""What the suites share: nobody's real AWS account is ever within reach of a test."""

import os

import pytest

pytest_plugins = [
    f"tests.support.{name}"
    for name in (
        "deployed_stack",
        "interrupts",
        "lifecycle",
        "planned_table",
        "report",
        "running_stack",
        "terraform_tests",
        "worker",
        "xdist_groups",
    )
]

os.environ.update(
    AWS_ACCESS_KEY_ID="test",
    AWS_SECRET_ACCESS_KEY="test",
    AWS_REGION="us-east-1",
    AWS_DEFAULT_REGION="us-east-1",
)
# Terraform and its provider live for seconds: with Go's default they spend a quarter of them on
# collecting garbage.
os.environ["GOGC"] = "400"
os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
os.environ.pop("AWS_PROFILE", None)
# Files of tests/e2e that use the browser's stack, so that both stacks are busy for about as long.
ON_THE_BROWSERS_STACK = {"test_least_privilege", "test_doctor"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Unit tests have no network at all. The tests of one stack run in one process, those of the
    browser and of tests/e2e on a stack each."""
    for item in items:
        if "unit" in item.path.parts:
            item.add_marker(pytest.mark.allow_hosts(["127.0.0.1"]))
        if "lifecycle" in item.fixturenames:
            item.add_marker(pytest.mark.xdist_group("lifecycle"))
        elif "stack" in item.fixturenames:
            on_browsers = item.path.stem in ON_THE_BROWSERS_STACK
            suite = "browser" if on_browsers else item.path.parent.name
            item.add_marker(pytest.mark.xdist_group(f"stack of {suite}"))
        elif "drills" in item.path.parts:
            # The fixtures of one file take minutes, and each process would set them up again.
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo):
    """In CI a skipped test is a failure, unless what it lacks is a real AWS account."""
    outcome = yield
    report = outcome.get_result()
    if report.skipped and os.environ.get("CI") and "real AWS" not in str(report.longrepr):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {report.longrepr}"
