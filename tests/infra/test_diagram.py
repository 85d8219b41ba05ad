"""The architecture's picture shows what the plan holds: no service less, and none more."""

import re
import xml.etree.ElementTree as Xml

import pytest

from scripts.console.progress import Failure
from scripts.diagram.__main__ import PATH
from scripts.diagram.drawing import ARROWS, BOXES, BROWSER, HEIGHT, WIDTH, drawn
from scripts.diagram.services import services

LINES = {name: f"about {name}" for name in BOXES if name != BROWSER}


def test_the_picture_is_the_plans(planned):
    assert PATH.read_text() == drawn(services(planned)), "run python -m scripts.diagram"


def test_a_service_without_a_box_is_an_error(planned):
    with pytest.raises(Failure, match=r"No box stands for module\.x\.aws_kinesis_stream\.this"):
        services(planned | {"module.x.aws_kinesis_stream.this": {}})
    with pytest.raises(Failure, match="The plan and the drawing differ in kinesis"):
        drawn(LINES | {"kinesis": "a stream"})


@pytest.mark.parametrize("kind", ["aws_dynamodb_", "aws_sns_", "aws_cloudfront_"])
def test_a_box_without_a_service_is_an_error(planned, kind):
    less = {address: resource for address, resource in planned.items() if kind not in address}
    with pytest.raises(Failure, match=f"differ in {kind.split('_')[1]}:"):
        drawn(services(less))


def test_the_picture_can_be_read_by_who_does_not_see_it():
    picture = Xml.fromstring(drawn(LINES | {"s3": "<&>"}))
    svg = "{http://www.w3.org/2000/svg}"
    named = picture.get("aria-labelledby").split()
    assert [picture.find(f"*[@id='{name}']").tag for name in named] == [f"{svg}title", f"{svg}desc"]
    description = picture.find(f"{svg}desc").text
    texts = [text.text for text in picture.iter(f"{svg}text")]
    assert {"<&>", *(box.title for box in BOXES.values())} <= set(texts)
    assert all(f"{BOXES[arrow.end].title}" in description for arrow in ARROWS)


def test_no_box_lies_on_another_or_outside():
    boxes = list(BOXES.values())
    for n, one in enumerate(boxes):
        assert 0 <= one.x < one.x + one.width <= WIDTH
        assert 0 <= one.y < one.y + one.height <= HEIGHT
        for other in boxes[n + 1 :]:
            beside = one.x + one.width <= other.x or other.x + other.width <= one.x
            assert beside or one.y + one.height <= other.y or other.y + other.height <= one.y


def corners(path: str) -> list[tuple[int, int]]:
    """The corners of a path of M, V and H."""
    found: list[tuple[int, int]] = []
    for letter, numbers in re.findall(r"([MVH])([\d ]+)", path):
        values = [int(number) for number in numbers.split()]
        match letter:
            case "M":
                found.append((values[0], values[1]))
            case "V":
                found.append((found[-1][0], values[0]))
            case "H":
                found.append((values[0], found[-1][1]))
    return found


def test_every_arrow_begins_and_ends_at_its_boxes():
    for arrow in ARROWS:
        first, *_, last = corners(arrow.path)
        for (x, y), name in ((first, arrow.start), (last, arrow.end)):
            box = BOXES[name]
            assert box.x - 4 <= x <= box.x + box.width + 4, arrow
            assert box.y - 4 <= y <= box.y + box.height + 4, arrow
