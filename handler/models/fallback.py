"""Models in order: the next one is asked where one cannot answer, as long as nothing was said.

A model that failed is left alone for a growing while (a circuit breaker), so that guests do not
wait for it each time."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import Protocol

from handler.errors import ChatError, ModelBusy, ModelTimeout, ModelUnavailable
from handler.models.catalog import ModelCard
from handler.models.prompt import Prompt
from handler.telemetry.log import log
from handler.values import Cooldown, Switch

# Another model can help where this one is busy, silent, missing or broken; never with a denial (the
# kill switch) or a refusal.
_ELSEWHERE = (ModelBusy, ModelTimeout, ModelUnavailable)
# A failing model rests for so long (seconds), twice as long at each failure after a rest, and never
# longer than the most.
_FIRST_REST = 15
_LONGEST_REST = 900


class LanguageModel(Protocol):
    """One model (`handler.models.bedrock`, `handler.models.worker`)."""

    card: ModelCard

    def answer(self, prompt: Prompt, *, max_tokens: int, temperature: float = ...) -> "ModelAnswer":
        """One reply; nothing is asked before it is iterated."""

    def probe(self) -> None:
        """Nothing, if it would answer; at no cost. Raises ChatError."""


class ModelAnswer(Protocol):
    """One model's reply: iterated for its events, raises ChatError."""

    cut: int

    def __iter__(self) -> Iterator[dict]: ...

    def close(self) -> None:
        """End the generation."""

    def abort(self) -> None:
        """Wake the thread that waits for its next event."""


class Cooldowns(Protocol):
    """Where it is kept which models rest (`handler.store.switch`)."""

    def start(self, model_id: str, rest: Cooldown, *, now: float) -> None:
        """Let a model rest, unless it rests already."""

    def clear(self, model_id: str) -> None:
        """Forget that a model failed."""


class Backends:
    """Everything that can write replies: Bedrock's models in the order in which they are asked, and
    the model worker."""

    def __init__(
        self,
        bedrock: Sequence[LanguageModel],
        worker: LanguageModel,
        sickbay: Cooldowns,
        *,
        clock: Callable[[], float] = time.time,
    ):
        self._bedrock, self._worker, self._sickbay, self._clock = (
            tuple(bedrock),
            worker,
            sickbay,
            clock,
        )

    def all(self, switch: Switch) -> tuple[ModelCard, ...]:
        """What the switch's backend has, resting or not, in the order in which it is asked."""
        return tuple(model.card for model in self._models(switch))

    def main(self, switch: Switch) -> LanguageModel:
        """The first choice."""
        return self._models(switch)[0]

    def of(self, switch: Switch) -> "FallbackChain":
        """The models to ask now, as the switch says: the worker, or Bedrock's without those that
        rest.

        If all rest, the one whose rest ends first is tried all the same."""
        models = self._models(switch)
        awake = [model for model in models if not switch.cooling(model.card.id, self._clock())]
        chosen = awake or [min(models, key=lambda model: switch.cooldowns[model.card.id].until)]
        return FallbackChain(chosen, models[0].card, switch, self._sickbay, self._clock)

    def _models(self, switch: Switch) -> tuple[LanguageModel, ...]:
        return (self._worker,) if switch.backend == "worker" else self._bedrock


class FallbackChain:
    """Some models in order. `main` is the one that would answer if none rested."""

    def __init__(
        self,
        models: Sequence[LanguageModel],
        main: ModelCard,
        switch: Switch,
        sickbay: Cooldowns,
        clock: Callable[[], float],
    ):
        self._models, self._switch, self._sickbay, self._clock = models, switch, sickbay, clock
        self.main, self.cards, self.backend = (
            main,
            tuple(model.card for model in models),
            switch.backend,
        )

    def answer(self, prompt: Prompt, *, max_tokens: int, temperature: float = 0.6) -> "Answer":
        """One reply; nothing is asked before it is iterated."""
        asks = [
            lambda model=model: model.answer(prompt, max_tokens=max_tokens, temperature=temperature)
            for model in self._models
        ]
        return Answer(self.cards, asks, self._failed, self._answered)

    def _failed(self, card: ModelCard, error: ChatError) -> None:
        """Trouble with the note is no reason to end a turn: the next guest makes it."""
        now = self._clock()
        former = self._switch.cooldowns.get(card.id)
        failures = former.failures + 1 if former else 1
        seconds = min(_FIRST_REST * 2 ** (failures - 1), _LONGEST_REST)
        self._note(
            lambda: self._sickbay.start(
                card.id, Cooldown(failures, int(now) + seconds, error.code), now=now
            )
        )

    def _answered(self, card: ModelCard) -> None:
        if card.id in self._switch.cooldowns:
            self._note(lambda: self._sickbay.clear(card.id))

    def _note(self, write: Callable[[], None]) -> None:
        started = time.monotonic()
        try:
            write()
        except Exception as error:
            log("rest", "", started, error=repr(error))


class Answer:
    """One reply from the first model that says anything. `card` is the model that writes it, or was
    asked last; `lost` are the models of tries that were taken up and broke off: their input may
    have to be paid. `tried` says which failed before, and why."""

    def __init__(
        self,
        cards: Sequence[ModelCard],
        asks: Sequence[Callable[[], ModelAnswer]],
        failed: Callable[[ModelCard, ChatError], None],
        answered: Callable[[ModelCard], None],
    ):
        self._candidates, self._failed, self._answered = (
            list(zip(cards, asks, strict=True)),
            failed,
            answered,
        )
        self._now: ModelAnswer | None = None
        self._is_over = False
        self.card = cards[0]
        self.lost: tuple[ModelCard, ...] = ()
        self.tried: tuple[tuple[str, str], ...] = ()

    def __iter__(self) -> Iterator[dict]:
        """Its events (see `handler.models.bedrock`). Raises ChatError."""
        for number, (card, ask) in enumerate(self._candidates, 1):
            if self._is_over:
                return
            said, self.card = False, card
            with closing(ask()) as self._now:
                try:
                    for event in self._now:
                        if not said:
                            said = True
                            self._answered(card)
                        yield event
                    return
                except ChatError as error:
                    if isinstance(error, _ELSEWHERE):
                        self._failed(card, error)
                    if said or number == len(self._candidates) or not isinstance(error, _ELSEWHERE):
                        raise
                    self.tried += ((card.id, error.code),)
                finally:
                    self.lost += (card,) * self._now.cut

    def abort(self) -> None:
        """Have the thread that iterates end, from another one."""
        self._is_over = True
        if self._now is not None:
            self._now.abort()
