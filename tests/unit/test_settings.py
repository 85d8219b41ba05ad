"""The owner's settings: one file, whose mistakes are named before anything is made."""

import re
import tomllib

import pytest

from scripts.console.progress import Failure
from scripts.workspace import paths, settings
from scripts.workspace.paths import ROOT

EXAMPLE = (ROOT / "settings.example.toml").read_text()


@pytest.fixture
def load(tmp_path):
    """Reads settings from a text."""

    def read(text: str, stack: str | None = None) -> settings.OwnerSettings:
        path = tmp_path / "settings.toml"
        path.write_text(text)
        return settings.load(stack, path)

    return read


def test_without_a_file_everything_has_its_default(tmp_path):
    found = settings.load(None, tmp_path / "settings.toml")
    assert (found.stack, found.region, found.variables) == ("forever-us", "us-east-1", {})


def test_a_stack_has_the_common_settings_and_its_own(load):
    text = 'stack = "family"\nregion = "sa-east-1"\nmax_tokens = 100\n'
    text += "[stacks.class]\nmax_tokens = 200\n"
    assert load(text) == settings.OwnerSettings(
        "family", {"region": "sa-east-1", "max_tokens": 100}
    )
    assert load(text, "class") == settings.OwnerSettings(
        "class", {"region": "sa-east-1", "max_tokens": 200}
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("max_token = 1", "max_token is no setting; did you mean max_tokens?"),
        ("[stacks.class]\nregoin = 'x'", "regoin is no setting; did you mean region?"),
        ("emulator = {}", "emulator is no setting"),
        ("xyzzy = 1", "xyzzy is no setting; there are"),
        ("region =", "cannot be read as TOML"),
        ("stack = 7", "7 is no name for a stack"),
        ("stack = 'Ana'", "'Ana' is no name for a stack"),
        ("stacks = 3", "under \\[stacks.forever-us\\]"),
    ],
)
def test_a_mistake_is_named(load, text, said):
    with pytest.raises(Failure, match=said):
        load(text)


def test_the_example_shows_every_setting_and_is_valid_as_it_stands_and_uncommented():
    assert tomllib.loads(EXAMPLE) == {}
    shown = re.sub(r"^# (?=\w+ = |\[)", "", EXAMPLE, flags=re.MULTILINE)
    values = tomllib.loads(shown)
    assert values.pop("stack") == settings.DEFAULT_STACK
    assert set(values) - {"stacks"} == set(settings.known())
    assert set(values["stacks"]["class"]) <= set(settings.known())


def test_the_examples_defaults_are_terraforms():
    declared = paths.declared()
    defaults = dict(
        re.findall(
            r'variable "(\w+)" \{.*?^  default\s+= (.+?)$', declared, re.MULTILINE | re.DOTALL
        )
    )
    shown = dict(reversed(re.findall(r"^# (\w+) = (.+)$", EXAMPLE, re.MULTILINE)))
    for name in (
        "region",
        "model_id",
        "persona",
        "max_tokens",
        "monthly_limit_usd",
        "daily_limit_usd",
        "cdn_enabled",
        "memory_mb",
    ):
        assert shown[name] == defaults[name], name
