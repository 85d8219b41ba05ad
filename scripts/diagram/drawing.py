"""The picture: where each box stands, and what goes from one to the next."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from scripts.console.progress import Failure

WIDTH, HEIGHT = 560, 732
BROWSER = "browser"


@dataclass(frozen=True, slots=True)
class Box:
    """A box; columns begin at x = 16, 200 and 384."""

    title: str
    x: int
    y: int
    width: int = 160
    height: int = 64


@dataclass(frozen=True, slots=True)
class Arrow:
    """From one box to another along `path`, whose word stands at `at`. `back`: it goes both ways; `rare`: only in an emergency."""

    start: str
    end: str
    path: str
    word: str
    at: tuple[int, int]
    back: bool = False
    rare: bool = False


BOXES = {
    BROWSER: Box("Browser", 16, 16, 528),
    "cloudfront": Box("CloudFront", 16, 136),
    "http": Box("HTTP API", 200, 136),
    "websocket": Box("WebSocket API", 384, 136),
    "s3": Box("S3", 16, 256),
    "lambda": Box("Lambda", 200, 256, 344),
    "cloudwatch": Box("CloudWatch", 16, 392),
    "dynamodb": Box("DynamoDB", 200, 392),
    "bedrock": Box("Bedrock", 384, 392),
    "sqs": Box("SQS", 200, 512),
    "sns": Box("SNS", 16, 652),
    "budgets": Box("AWS Budgets", 200, 652),
    "iam": Box("IAM", 384, 652),
}
# In the order in which a page is loaded, a question asked, a reply written; then what watches over it.
ARROWS = [
    Arrow(BROWSER, "cloudfront", "M96 84V132", "page", (104, 112), back=True),
    Arrow("cloudfront", "s3", "M96 204V252", "files", (104, 232), back=True),
    Arrow(BROWSER, "http", "M280 84V132", "HTTPS", (288, 112), back=True),
    Arrow(BROWSER, "websocket", "M464 84V132", "WSS", (472, 112), back=True),
    Arrow("http", "lambda", "M280 204V252", "asked", (288, 232), back=True),
    Arrow("websocket", "lambda", "M464 204V252", "streamed", (472, 232), back=True),
    Arrow("lambda", "dynamodb", "M280 324V388", "kept", (288, 360), back=True),
    Arrow("lambda", "bedrock", "M464 324V388", "model", (472, 360), back=True),
    Arrow("lambda", "sqs", "M372 324V544H364", "", (0, 0)),
    Arrow("lambda", "cloudwatch", "M224 320V344H96V388", "a line a call", (104, 374)),
    Arrow("cloudwatch", "sns", "M96 456V648", "alarms", (104, 562), rare=True),
    Arrow("budgets", "sns", "M200 684H180", "", (0, 0), rare=True),
    Arrow("budgets", "iam", "M360 684H380", "", (0, 0), rare=True),
    Arrow("iam", "bedrock", "M464 652V460", "at 100 %: denies the model", (252, 622), rare=True),
]
STYLE = """
text { font: 14px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; fill: #1f2328 }
.title { font-size: 15px; font-weight: 600 }
.title, .line { text-anchor: middle }
.line, .word { fill: #57606a }
.paper { fill: #ffffff }
.box { fill: #f6f8fa; stroke: #57606a; stroke-width: 1.5 }
.browser { fill: #ddf4ff; stroke: #0969da }
.arrow { fill: none; stroke: #0969da; stroke-width: 2 }
.rare { stroke: #bc4c00; stroke-dasharray: 5 4 }
.head { fill: #0969da }
.rare-head { fill: #bc4c00 }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc }
  .line, .word { fill: #adb5bf }
  .paper { fill: #0d1117 }
  .box { fill: #161b22; stroke: #8b949e }
  .browser { fill: #0c2d4d; stroke: #58a6ff }
  .arrow { stroke: #58a6ff }
  .rare { stroke: #f0883e }
  .head { fill: #58a6ff }
  .rare-head { fill: #f0883e }
}
"""


def drawn(lines: Mapping[str, str]) -> str:
    """The SVG of a stack with these services and the line about each. Raises Failure unless they are the ones that have a box."""
    if set(lines) != set(BOXES) - {BROWSER}:
        odd = sorted(set(lines) ^ (set(BOXES) - {BROWSER}))
        raise Failure(f"The plan and the drawing differ in {', '.join(odd)}: bring scripts/diagram up to date.")
    lines = lines | {BROWSER: "a static page: HTML, CSS and ES modules"}
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="title desc">',
        '<title id="title">The architecture of Forever Us</title>',
        f'<desc id="desc">{escape(description(lines))}</desc>',
        f"<style>{STYLE}</style>",
        f"<defs>{_head('head')}{_head('rare-head')}</defs>",
        f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}"/>',
        *(_arrow(arrow) for arrow in ARROWS),
        *(_box(name, box, lines[name]) for name, box in BOXES.items()),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def description(lines: Mapping[str, str]) -> str:
    """The picture in words, for who does not see it."""
    boxes = "; ".join(f"{BOXES[name].title} ({lines[name]})" for name in BOXES)
    ways = ", ".join(f"{BOXES[arrow.start].title} {'to and from' if arrow.back else 'to'} {BOXES[arrow.end].title}" for arrow in ARROWS)
    return f"Parts: {boxes}. Arrows in the order of the data: {ways}."


def _head(name: str) -> str:
    size = 'viewBox="0 0 8 8" refX="6" refY="4" markerWidth="5" markerHeight="5" orient="auto-start-reverse"'
    return f'<marker id="{name}" {size}><path class="{name}" d="M0 0L8 4L0 8Z"/></marker>'


def _arrow(arrow: Arrow) -> str:
    head = "rare-head" if arrow.rare else "head"
    back = f' marker-start="url(#{head})"' if arrow.back else ""
    path = f'<path class="arrow{" rare" if arrow.rare else ""}" d="{arrow.path}" marker-end="url(#{head})"{back}/>'
    word = f'<text class="word" x="{arrow.at[0]}" y="{arrow.at[1]}">{escape(arrow.word)}</text>' if arrow.word else ""
    return path + word


def _box(name: str, box: Box, line: str) -> str:
    middle = box.x + box.width // 2
    return (
        f'<rect class="box {name}" x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}" rx="8"/>'
        f'<text class="title" x="{middle}" y="{box.y + 28}">{escape(box.title)}</text>'
        f'<text class="line" x="{middle}" y="{box.y + 49}">{escape(line)}</text>'
    )
