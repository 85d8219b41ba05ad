"""llama.cpp in this process, on a loopback port of its own."""

import os
import secrets
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scripts.llm.client import ChatClient

SLOTS = 4  # replies written side by side
# Tokens in memory for all slots together; llama.cpp caps one slot at what its model was trained
# for. The cache takes some 0.4 GB for the small model and 1 GB for one of 7B parameters.
CONTEXT = 16384
CONTEXT_OF_LARGE = 8192
LARGE_BYTES = 1 << 30


def _exit(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
    os._exit(1)


class Llama:
    """Loads a GGUF file in the background. `failed` is called with a sentence if that fails; by
    default it ends the process. `alone` says that nothing else needs this machine's cores."""

    def __init__(
        self,
        model: Path,
        *,
        slots: int = SLOTS,
        alone: bool = False,
        failed: Callable[[str], None] = _exit,
    ):
        self._model = model
        self._slots = slots
        self._alone = alone
        self._failed = failed
        self._server: Any = None
        self._client: ChatClient | None = None
        threading.Thread(target=self._load, daemon=True).start()

    def client(self) -> ChatClient | None:
        """None until the model is loaded."""
        return self._client

    def _load(self) -> None:
        import xllamacpp  # 100 MB of machine code: not before it is needed

        # Without the key, other programs and web pages on this machine cannot use the port.
        key = secrets.token_urlsafe(24)
        params = xllamacpp.CommonParams()
        params.model.path = str(self._model)
        params.hostnames = ["127.0.0.1"]
        params.port = 0
        params.api_keys = [key]
        is_large = self._model.stat().st_size >= LARGE_BYTES
        params.n_ctx = CONTEXT_OF_LARGE if is_large else CONTEXT
        params.n_parallel = self._slots
        params.kv_unified = True
        # llama.cpp's threads wait for one another at every layer. Where one of them lacks a core,
        # because the emulator, the function or a browser has it, all stand: with a thread for each
        # of two busy cores a reply fell from 107 to 3 tokens/s and paused for 6 s, with one thread
        # it kept 18.
        params.cpuparams.n_threads = max(1, (os.cpu_count() or 2) // (1 if self._alone else 2))
        params.cpuparams.poll = params.cpuparams_batch.poll = 0
        params.cache_prompt = True
        params.ui = False
        try:
            self._server = xllamacpp.Server(params)
        except Exception as error:  # the binding raises what C++ threw, of any type
            self._failed(f"The model {self._model} cannot be loaded: {error}")
            return
        self._client = ChatClient(self._server.listening_address, key, llama=True)
