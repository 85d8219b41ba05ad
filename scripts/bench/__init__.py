"""What a reply costs on AWS, measured: real turns on a local stack of its own, every billable
operation counted. Prices are those of scripts/costs."""
