"""An export's pages can be read, and their names are safe, whatever was written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handler.ids import new_id
from handler.values import Conversation, Message, iso
from scripts.archive.markdown import MarkdownFolder, safe
from tests.unit.test_archive_file import ANA, HELLO, NOON, TURN, TURNS


@given(st.text())
def test_any_text_gives_a_safe_name(text):
    name = safe(text, "untitled")
    assert 0 < len(name.encode()) <= 101
    assert not set(name) & set('<>:"/\\|?*')
    assert name.isprintable() or set(name) & set("\u200c\u200d")
    assert name == name.strip(" ")
    assert not name.startswith((".", "-", "~"))
    assert not name.endswith(".")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Olá, tudo bem?", "Olá, tudo bem"),
        ("../../etc/passwd", "etc passwd"),
        ("..", "untitled"),
        ("CON", "CON_"),
        ("aux.md", "aux.md_"),
        ("می‌خواهم", "می‌خواهم"),
        ("gpj.\u202eexe", "gpj. exe"),
        ("🏳️‍🌈", "🏳️‍🌈"),
        ("a\u0308", "ä"),
    ],
)
def test_a_name_stays_as_near_to_its_text_as_it_may(text, name):
    assert safe(text, "untitled") == name


def page_of(tmp_path, messages: list[Message], title: str = "Hello") -> str:
    pages = MarkdownFolder(tmp_path / "markdown", {ANA.id: "ana"})
    list(
        pages.conversation(
            ANA.id, Conversation(HELLO.id, title, HELLO.created_at, HELLO.updated_at), [messages]
        )
    )
    (path,) = (tmp_path / "markdown/ana").iterdir()
    return path.read_text()


def test_a_page_can_be_read(tmp_path):
    assert page_of(tmp_path, TURNS, "Hello\n# there") == (
        "# Hello # there\n\nana, 2026-11-22 12:00 UTC\n\n## ana, 2026-11-22 12:00\n\n> Hi\n\n## mistral\n\nHello!\n\n*(stopped)*\n"
    )


@pytest.mark.parametrize(
    ("text", "fence"),
    [
        ("```python\nx = 1", "```"),
        ("~~~~\n```\nx\n~~~", "~~~~"),
        ("```\nx\n```", ""),
        ("a `word` and ```one line```", ""),
    ],
)
def test_code_that_was_cut_does_not_swallow_the_page(tmp_path, text, fence):
    cut = Message(TURN, HELLO.id, "assistant", text, "truncated", iso(NOON), TURN, "mistral")
    whole = f"{text}\n{fence}" if fence else text
    assert page_of(tmp_path, [cut]).endswith(f"\n{whole}\n\n*(cut off at its longest)*\n")


def test_guests_whose_names_look_the_same_have_folders_of_their_own(tmp_path):
    ids = [new_id() for _ in range(3)]
    pages = MarkdownFolder(
        tmp_path / "markdown", dict(zip(ids, ("Ana", "ana", "..."), strict=True))
    )
    for guest_id in ids:
        list(pages.conversation(guest_id, HELLO, [TURNS]))
    names = sorted(path.name for path in (tmp_path / "markdown").iterdir())
    assert names == sorted(["Ana", f"ana ({ids[1]})", f"guest {ids[2][-6:]}"])
