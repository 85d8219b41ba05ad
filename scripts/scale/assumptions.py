"""What the simulation takes for granted, because nobody has measured it here. docs/scale.md lists
all of it."""

from dataclasses import dataclass

# Daily guests. The same people come every day, so a month's books know as many.
SIZES = (10, 1_000, 100_000)
VISITS_A_GUEST = 2
# From a reply's end to the next question (seconds, mean of an exponential): reading, thinking,
# typing.
PAUSE = 60.0
# How visits spread over the hours of a day, in percent: made up, of people in one time zone who
# write least at four in the morning and most at nine in the evening. Guests all over the world
# would spread better.
HOURS = (
    2,
    1,
    0.5,
    0.4,
    0.3,
    0.5,
    1.2,
    2.6,
    4,
    5,
    5.5,
    5.5,
    5,
    5,
    5.5,
    5.5,
    5.5,
    5.5,
    6,
    7,
    8.5,
    8.5,
    6,
    3.5,
)
# The page pings this often while its tab is seen (site/js/socket.js), and a ping is a frame like a
# question.
PING = 300
# A month, for its cost.
DAYS = 30


@dataclass(frozen=True, slots=True)
class Machine:
    """A worker: tokens a second that it reads of a prompt and writes of a reply, one reply at a
    time. `fresh` is the part of a prompt that it has to read: the rest it kept from the turn
    before."""

    name: str
    reads: float
    writes: float
    fresh: float


# From memory and not measured: 8 to 12 tokens a second written by Mistral 7B as Q4_K_M on four
# vCPUs of Graviton4. Two replies at once share that, so the simulation gives a worker one after the
# other.
WORKER = Machine("c8g.xlarge", reads=60, writes=10, fresh=1 / 3)
