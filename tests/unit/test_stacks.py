"""Where each stack is, whose things are whose, and the questions before something is done."""

import contextlib
import io
import json
from types import SimpleNamespace

import pytest

from scripts.console import prompts
from scripts.console.progress import Failure
from scripts.stack import leftovers
from scripts.stack.inventory.account import Resource
from scripts.workspace import paths, settings
from scripts.workspace.target import LOCAL_STACK, StackTarget, write_privately


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    for name, path in {
        "LOCAL": ".local",
        "STACKS": ".stacks",
        "STACKS_LOCAL": ".local/stacks",
        "SETTINGS": "settings.json",
    }.items():
        monkeypatch.setattr(paths, name, tmp_path / path)
    monkeypatch.setattr(settings.load, "__defaults__", (None, tmp_path / "settings.toml"))
    (tmp_path / "settings.json").write_text(json.dumps({"emulator": 4566, "model": 8091}))
    return tmp_path


def test_a_stack_on_aws_has_a_private_folder_of_its_own(folder):
    target = StackTarget.of("aws", "family")
    target.make()
    assert (target.folder, target.endpoint, target.emulator) == (
        folder / ".stacks/family",
        None,
        None,
    )
    assert target.folder.stat().st_mode & 0o777 == 0o700


def test_settings_name_the_stack_on_aws(folder):
    (folder / "settings.toml").write_text('stack = "home"')
    assert [StackTarget.of("aws").stack, StackTarget.of("local").stack] == ["home", LOCAL_STACK]


def test_a_local_stack_lies_beside_the_one_of_make_up(folder):
    assert StackTarget.of("local", "family").folder == folder / ".local/stacks/family"
    assert StackTarget.of("local").folder == paths.TERRAFORM_LOCAL
    assert StackTarget.of("local").emulator == {
        "url": "http://127.0.0.1:4566",
        "bedrock_url": "http://127.0.0.1:8091",
    }


def test_the_words_for_make_name_what_is_not_the_default():
    places = [
        StackTarget.of("aws"),
        StackTarget.of("aws", "family"),
        StackTarget.of("local"),
        StackTarget.of("local", "family"),
    ]
    assert [target.words for target in places] == [
        "",
        " STACK=family",
        " ENV=local",
        " ENV=local STACK=family",
    ]


@pytest.mark.parametrize("name", ["../up", "A", "a b", "x", "-a"])
def test_what_is_no_name_reaches_no_folder(name):
    with pytest.raises(Failure, match="is no name for a stack"):
        StackTarget.of("aws", name)


def test_a_token_is_readable_to_its_owner_alone(folder):
    write_privately(folder / "token", "secret")
    assert (folder / "token").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("name", "tags", "others", "mine"),
    [
        ("chat", None, set(), True),
        ("chat-site-000000000000", {}, set(), True),
        ("chat-two", {"Stack": "chat-two"}, set(), False),
        ("chat-two", None, {"chat-two"}, False),
        ("chat-two-site-000000000000", {}, {"chat-two"}, False),
        ("chat-http", {"Stack": "chat"}, {"chat-two"}, True),
        ("chatter", None, set(), False),
        ("my-chat", {}, set(), False),
    ],
)
def test_a_stack_is_not_blamed_for_the_things_of_another(monkeypatch, name, tags, others, mine):
    thing = Resource("thing", name, "arn", "", None if tags is None else lambda: tags)
    monkeypatch.setattr(leftovers, "ALL", {"service": lambda _account: [thing]})
    tagged = [
        {"ResourceARN": f"arn:{other}", "Tags": [{"Key": "Stack", "Value": other}]}
        for other in others
    ]
    account = SimpleNamespace(region="us-east-1", pages=lambda *_, **__: tagged)
    assert leftovers.leftovers(account, "chat") == ([thing] if mine else [], {})


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_nobody_to_ask_is_a_refusal(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    with pytest.raises(Failure, match="add YES=1"):
        prompts.go_ahead(False, "forever-us")
    prompts.go_ahead(True, "forever-us")
    assert not prompts.agreed(False, "Really?")


@pytest.mark.parametrize(
    ("answer", "goes"), [("y", True), ("Yes", True), ("", False), ("n", False)]
)
def test_only_a_yes_is_one(monkeypatch, answer, goes):
    monkeypatch.setattr("sys.stdin", Terminal(f"{answer}\n"))
    with contextlib.nullcontext() if goes else pytest.raises(Failure, match="Nothing was done"):
        prompts.go_ahead(False, "forever-us")


@pytest.mark.parametrize(
    ("answer", "goes"), [("forever-us", True), ("y", False), ("forever", False)]
)
def test_a_destroy_wants_the_stacks_name(monkeypatch, answer, goes):
    monkeypatch.setattr("sys.stdin", Terminal(f"{answer}\n"))
    with contextlib.nullcontext() if goes else pytest.raises(Failure, match="nothing was done"):
        prompts.name_typed(False, "forever-us")
