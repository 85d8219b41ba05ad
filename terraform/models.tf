# The function's own table of models and prices, so that a model without a price stops the plan and not the first guest.

locals {
  models = jsondecode(file("${path.root}/../handler/models/models.json")).models

  # For people: "a.model (us-east-1, sa-east-1) and b.model (us-east-1)".
  priced = join(" and ", [for id, model in local.models : "${id} (${join(", ", keys(model.usd_per_million_tokens))})"])
}
