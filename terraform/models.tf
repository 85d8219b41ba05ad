# The function's own table of models and prices, so that a model without a price stops the plan and not the first guest.

locals {
  models = jsondecode(file("${path.root}/../handler/models/models.json")).models

  # Who stands in for the main model where nobody was named: those that the table has a price for in this region.
  stand_ins = [
    for id in ["mistral.ministral-3-8b-instruct", "amazon.nova-micro-v1:0"] : id
    if can(local.models[id].usd_per_million_tokens[var.region])
  ]
  fallback_models = [for id in coalesce(var.fallback_models, local.stand_ins) : id if id != var.model_id]

  # Every model that may be asked, with the inference profile through which it is asked where it is not offered by itself.
  asked_models = {
    for id in concat([var.model_id], local.fallback_models) : id => try(local.models[id].profiles[var.region], null)
  }

  # For people: "a.model (us-east-1, sa-east-1) and b.model (us-east-1)".
  priced = join(" and ", [for id, model in local.models : "${id} (${join(", ", keys(model.usd_per_million_tokens))})"])
}
