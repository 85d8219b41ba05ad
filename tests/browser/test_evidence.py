"""What a browser test leaves behind when it fails."""

from zipfile import ZipFile

from tests.support.visit import keep_evidence


def test_a_failure_leaves_each_page_what_it_said_and_a_trace(visit, tmp_path):
    one, other = visit(), visit()
    one.page.set_content("<p>Hello</p>")
    one.page.evaluate("console.warn('odd')")
    other.page.goto("about:blank")
    files = keep_evidence([one, other], tmp_path / "evidence")
    names = ["page-1.png", "page-2.png", "console.txt", "trace-1.zip", "trace-2.zip"]
    assert [file.name for file in files] == names
    assert files[2].read_text() == "visit 1: warning: odd\n"
    with ZipFile(files[3]) as trace:
        assert "trace.trace" in trace.namelist()
