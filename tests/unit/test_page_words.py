"""The page says the same in both languages, and has a sentence for every error."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from handler import errors

SITE = Path(__file__).parents[2] / "site"
LANGUAGES = ("en", "pt-br")


@pytest.fixture(scope="module")
def words() -> dict[str, dict]:
    """The sentences of each language, as the page imports them."""
    files = [(SITE / f"js/strings/{name}.js").as_uri() for name in LANGUAGES]
    program = (
        f"const all = await Promise.all({json.dumps(files)}.map((file) => import(file)));"
        "console.log(JSON.stringify(all.map((one) => one.default)));"
    )
    command = ["node", "--no-warnings", "--input-type=module", "--eval", program]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(zip(LANGUAGES, json.loads(run.stdout), strict=True))


def sentences(value: object, name: str = "") -> dict[str, str]:
    """Every sentence by the path of its name."""
    if isinstance(value, str):
        return {name: value}
    parts = value.items() if isinstance(value, dict) else enumerate(value)
    found = {}
    for key, part in parts:
        found |= sentences(part, f"{name}.{key}".lstrip("."))
    return found


def test_each_sentence_is_there_in_both_languages_with_the_same_values(words):
    def shape(language: str) -> dict[str, list[str]]:
        said = sentences(words[language])
        return {name: sorted(re.findall(r"\{\w+\}", text)) for name, text in said.items()}

    assert shape("pt-br") == shape("en")
    assert [
        name for one in words.values() for name, text in sentences(one).items() if not text
    ] == []


def test_the_static_page_names_only_sentences_that_exist(words):
    html = (SITE / "index.html").read_text()
    named = set(re.findall(r'data-i18n(?:-\w+)?="(\w+)"', html))
    assert len(named) > 20
    assert named - set(sentences(words["en"])) == set()


def test_every_code_of_an_error_has_a_sentence(words):
    def codes(kind: type[errors.ChatError]) -> set[str]:
        return {kind.code}.union(*map(codes, kind.__subclasses__()))

    assert codes(errors.ChatError) - set(words["en"]["errors"]) == set()
