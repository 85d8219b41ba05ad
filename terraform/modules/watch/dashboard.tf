# One widget under another, each as wide as the page: a phone shows it as it is. What each shows is in widgets.tf.

data "aws_region" "current" {}

locals {
  region = data.aws_region.current.name

  widgets = concat(local.head, local.availability, local.response, local.volume, local.cost, local.health)

  # What all widgets of a type have alike.
  properties = {
    text   = {}
    alarm  = {}
    log    = { region = local.region, view = "table" }
    metric = { region = local.region, view = "timeSeries", period = 300, stat = "Sum", legend = { position = "bottom" } }
  }

  dashboard = {
    start = "-PT24H"
    # Otherwise a longer range would change the days of the costs into something else.
    periodOverride = "inherit"

    widgets = [for n, widget in local.widgets : {
      type       = widget.type
      x          = 0
      y          = sum(concat([0], [for above in slice(local.widgets, 0, n) : above.height]))
      width      = 24
      height     = widget.height
      properties = merge(local.properties[widget.type], widget.properties)
    }]
  }
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.name
  dashboard_body = jsonencode(local.dashboard)
}
