"""The language models: what each can do and costs (`catalog`), and how each is asked (one module a
backend)."""
