"""docs/images/architecture.svg, drawn from Terraform's plan of the stack with its defaults."""
