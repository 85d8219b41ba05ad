"""What the stack costs, as arithmetic over one price table and Terraform's own plan: the figures of
docs/costs.md.

`make docs` writes them; a test holds the page against them."""
