"""llama.cpp in this process, on a loopback port of its own."""

import os
import secrets
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from scripts.llm.upstream import Upstream

SLOTS = 4  # replies written side by side
# Tokens in memory for all slots together; llama.cpp caps one slot at what its model was trained
# for. The cache takes some 0.4 GB for the small model and 1 GB for one of 7B parameters.
CONTEXT, CONTEXT_OF_LARGE, LARGE_BYTES = 16384, 8192, 1 << 30


class Llama:
    """Loads a GGUF file in the background; `upstream()` is None until it answers. A file that
    cannot be loaded ends the process, unless `failed` is there to be told. `alone` says that
    nothing else needs this machine's cores."""

    def __init__(
        self,
        model: Path,
        *,
        slots: int = SLOTS,
        alone: bool = False,
        failed: Callable[[str], None] | None = None,
    ):
        self._model, self._slots, self._alone, self._failed = model, slots, alone, failed or _end
        self._server, self._upstream = None, None
        threading.Thread(target=self._load, daemon=True).start()

    def upstream(self) -> Upstream | None:
        """The loaded model, None until then."""
        return self._upstream

    def _load(self) -> None:
        import xllamacpp  # 100 MB of machine code: not before it is needed

        key = secrets.token_urlsafe(
            24
        )  # other programs and web pages on this machine cannot use the port
        params = xllamacpp.CommonParams()
        params.model.path = str(self._model)
        params.hostnames, params.port, params.api_keys = ["127.0.0.1"], 0, [key]
        params.n_ctx = CONTEXT if self._model.stat().st_size < LARGE_BYTES else CONTEXT_OF_LARGE
        params.n_parallel, params.kv_unified = self._slots, True
        # llama.cpp's threads wait for one another at every layer. Where one of them lacks a core,
        # because the emulator, the function or a browser has it, all stand: with a thread for each
        # of two busy cores a reply fell from 107 to 3 tokens/s and paused for 6 s, with one thread
        # it kept 18.
        params.cpuparams.n_threads = max(1, (os.cpu_count() or 2) // (1 if self._alone else 2))
        params.cpuparams.poll = params.cpuparams_batch.poll = 0
        params.cache_prompt, params.ui = True, False
        try:
            self._server = xllamacpp.Server(params)
        except Exception as error:  # the binding raises what C++ threw, of any type
            self._failed(f"The model {self._model} cannot be loaded: {error}")
            return
        self._upstream = Upstream(url=self._server.listening_address, key=key, llama=True)


def _end(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
    os._exit(1)
