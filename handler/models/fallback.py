"""Models in order: the next one is called where one cannot answer, as long as nothing was said. A
model that failed cools down for a growing while (a circuit breaker), so that guests do not wait for
it each time."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import Protocol

from handler.errors import ModelBusy, ModelTimeout, ModelUnavailable
from handler.models.catalog import ModelCard
from handler.models.prompt import TEMPERATURE, Prompt
from handler.telemetry.log import log
from handler.values import Cooldown, ModelEvent, Switch

# Another model can help where this one is busy, silent, missing or broken; never with a denial (the
# kill switch) or a refusal.
_ELSEWHERE = (ModelBusy, ModelTimeout, ModelUnavailable)
# The first cooldown (seconds), which doubles at each failure after one, and the longest.
_FIRST = 15
_LONGEST = 900


class LanguageModel(Protocol):
    """One model (`handler.models.bedrock`, `handler.models.worker`)."""

    card: ModelCard

    def answer(
        self, prompt: Prompt, *, max_tokens: int, temperature: float = ...
    ) -> "ModelAnswer": ...

    def probe(self) -> None:
        """Returns if the model would answer; at no cost. Raises ChatError."""


class ModelAnswer(Protocol):
    """One model's reply, called for when it is iterated. Iterating raises ChatError."""

    cut: int

    def __iter__(self) -> Iterator[ModelEvent]: ...

    def close(self) -> None:
        """End the generation."""

    def abort(self) -> None:
        """Wake the thread that waits for its next event."""


class Cooldowns(Protocol):
    """Where cooldowns are kept (`handler.store.switch`)."""

    def start(self, model_id: str, cooldown: Cooldown, *, now: float) -> None:
        """Does nothing while an earlier cooldown lasts."""

    def clear(self, model_id: str) -> None: ...


class Backends:
    """All that can write replies: Bedrock's models in the order in which they are called, and the
    model worker."""

    def __init__(
        self,
        bedrock: Sequence[LanguageModel],
        worker: LanguageModel,
        cooldowns: Cooldowns,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._bedrock = tuple(bedrock)
        self._worker = worker
        self._cooldowns = cooldowns
        self._clock = clock

    def all(self, switch: Switch) -> tuple[ModelCard, ...]:
        """The models of the switch's backend in order, those that cool down included."""
        return tuple(model.card for model in self._models(switch))

    def main(self, switch: Switch) -> LanguageModel:
        """The first choice."""
        return self._models(switch)[0]

    def of(self, switch: Switch) -> "FallbackChain":
        """The models to call now: the worker, or Bedrock's without those that cool down. If all do,
        the one that is over it first."""
        models, now = self._models(switch), self._clock()
        ready = [model for model in models if not switch.cooling(model.card.id, now)]
        chosen = ready or [min(models, key=lambda model: switch.cooldowns[model.card.id].until)]
        breaker = _Breaker(switch, self._cooldowns, self._clock)
        return FallbackChain(chosen, models[0].card, switch.backend, breaker)

    def _models(self, switch: Switch) -> tuple[LanguageModel, ...]:
        return (self._worker,) if switch.backend == "worker" else self._bedrock


class _Breaker:
    """Starts and clears the cooldowns of the models that a switch was read with."""

    def __init__(self, switch: Switch, cooldowns: Cooldowns, clock: Callable[[], float]) -> None:
        self._switch = switch
        self._cooldowns = cooldowns
        self._clock = clock

    def failed(self, model_id: str, code: str) -> None:
        now = self._clock()
        former = self._switch.cooldowns.get(model_id)
        failures = former.failures + 1 if former else 1
        seconds = min(_FIRST * 2 ** (failures - 1), _LONGEST)
        cooldown = Cooldown(failures, int(now) + seconds, code)
        self._write(lambda: self._cooldowns.start(model_id, cooldown, now=now))

    def answered(self, model_id: str) -> None:
        if model_id in self._switch.cooldowns:
            self._write(lambda: self._cooldowns.clear(model_id))

    def _write(self, write: Callable[[], None]) -> None:
        """A write that fails is no reason to end a turn: the next guest's makes up for it."""
        started = time.monotonic()
        try:
            write()
        except Exception as error:
            log("rest", "", started, error=repr(error))


class FallbackChain:
    """Some models in order. `main` is the one that would answer if none cooled down."""

    def __init__(
        self, models: Sequence[LanguageModel], main: ModelCard, backend: str, breaker: _Breaker
    ) -> None:
        self._models = models
        self._breaker = breaker
        self.main = main
        self.backend = backend
        self.cards = tuple(model.card for model in models)

    def answer(
        self, prompt: Prompt, *, max_tokens: int, temperature: float = TEMPERATURE
    ) -> "Answer":
        """One reply; a model is called when it is iterated."""

        def call(model: LanguageModel) -> ModelAnswer:
            return model.answer(prompt, max_tokens=max_tokens, temperature=temperature)

        return Answer(self._models, call, self._breaker)


class Answer:
    """One reply from the first model that says anything. `card` is the model that writes it, or was
    called last; `lost` are the models of calls that were accepted and broke off: their input may be
    billed. `tried` are the id and the error code of those that failed before."""

    def __init__(
        self,
        models: Sequence[LanguageModel],
        call: Callable[[LanguageModel], ModelAnswer],
        breaker: _Breaker,
    ) -> None:
        self._models = models
        self._call = call
        self._breaker = breaker
        self._running: ModelAnswer | None = None
        self._is_over = False
        self.card = models[0].card
        self.lost: tuple[ModelCard, ...] = ()
        self.tried: tuple[tuple[str, str], ...] = ()

    def __iter__(self) -> Iterator[ModelEvent]:
        """Raises ChatError."""
        for model in self._models:
            if self._is_over:
                return
            said = False
            self.card = model.card
            self._running = answer = self._call(model)
            with closing(answer):
                try:
                    for event in answer:
                        if not said:
                            said = True
                            self._breaker.answered(model.card.id)
                        yield event
                    return
                except _ELSEWHERE as error:
                    self._breaker.failed(model.card.id, error.code)
                    if said or model is self._models[-1]:
                        raise
                    self.tried += ((model.card.id, error.code),)
                finally:
                    self.lost += (model.card,) * answer.cut

    def abort(self) -> None:
        """Have the thread that iterates end, from another one."""
        self._is_over = True
        if self._running is not None:
            self._running.abort()
