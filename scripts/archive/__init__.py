"""Taking everything along: `make export` writes all conversations down, `make import` brings them
into another stack."""
