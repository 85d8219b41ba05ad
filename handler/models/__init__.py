"""The language models: what each can do and costs (`catalog`), and one module a backend."""
