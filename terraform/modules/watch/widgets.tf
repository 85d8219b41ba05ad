# The dashboard's rows, in the order in which an owner asks: does it answer, how fast, how much, what does it cost, what went wrong.
# A metric in a widget is a list: namespace, name, dimensions in pairs, and how it is drawn.

locals {
  backends = ["bedrock", "worker"]
  http     = ["ApiId", var.http_id, "Stage", "$default"]
  socket   = ["ApiId", var.websocket_id, "Stage", var.websocket_stage]

  # In a widget, a query's log group is part of its text.
  source = "SOURCE '${var.log_group}' | "

  head = [
    { type = "text", height = 3, properties = {
      markdown = "# ${var.name}\nWhether the model is on, and until when: `make status`. The books that the limits go by: `make cost`. What an alarm means: docs/alarms.md."
    } },
    { type = "alarm", height = 3, properties = {
      title  = "Alarms"
      alarms = [for key in keys(local.alarms) : "arn:${local.partition}:cloudwatch:${local.region}:${local.account}:alarm:${var.name}-${key}"]
    } },
  ]

  availability = [
    { type = "metric", height = 6, properties = {
      title = "Availability of the model: first choice answered, in % of replies and probes"
      metrics = concat(
        [for b in local.backends : [local.namespace, "Availability", "Stack", var.name, "Backend", b, { id = b, stat = "Average", visible = false }]],
        [for b in local.backends : [{ id = "${b}_percent", expression = "100 * ${b}", label = b }]],
      )
      yAxis = { left = { min = 0, max = 100 } }
    } },
    { type = "metric", height = 4, properties = {
      title  = "Switch: 1 while replies or a probe (every 10 minutes) came in, 0 while none did"
      period = 600
      metrics = concat(
        [for b in local.backends : [local.namespace, "Availability", "Stack", var.name, "Backend", b, { id = b, stat = "SampleCount", visible = false }]],
        [for b in local.backends : [{ id = "${b}_on", expression = "IF(FILL(${b}, 0) > 0, 1, 0)", label = b }]],
      )
      yAxis = { left = { min = 0, max = 1 } }
    } },
    { type = "metric", height = 6, properties = {
      title   = "Bedrock as AWS counts it, for all of this account's use of the model"
      metrics = [for name in ["Invocations", "InvocationThrottles", "InvocationClientErrors", "InvocationServerErrors"] : ["AWS/Bedrock", name, "ModelId", var.model_id]]
    } },
  ]

  response = [
    { type = "metric", height = 3, properties = {
      title                = "Mean response time: first words and whole reply (ms), over the time shown"
      view                 = "singleValue"
      stat                 = "Average"
      setPeriodToTimeRange = true
      metrics              = [for name in ["FirstDelta", "ReplyTime"] : [local.namespace, name, "Stack", var.name]]
    } },
    { type = "metric", height = 6, properties = {
      title       = "Response time: p50 and p95 of first words and whole reply (ms)"
      metrics     = [for one in setproduct(["FirstDelta", "ReplyTime"], ["p50", "p95"]) : [local.namespace, one[0], "Stack", var.name, { stat = one[1], label = join(" ", one) }]]
      annotations = { horizontal = [{ label = "target of the first words' p95", value = var.first_delta_target_ms }] }
    } },
    { type = "metric", height = 6, properties = {
      title = "Where the time goes: Bedrock's whole answer, the HTTP API's and the function's (ms, mean)"
      stat  = "Average"
      metrics = [
        ["AWS/Bedrock", "InvocationLatency", "ModelId", var.model_id],
        concat(["AWS/ApiGateway", "Latency"], local.http),
        ["AWS/Lambda", "Duration", "FunctionName", var.function_name],
      ]
    } },
  ]

  volume = [
    { type = "metric", height = 6, properties = {
      title = "Volume: replies asked for, and calls that were refused"
      metrics = [
        [local.namespace, "Failed", "Stack", var.name, { stat = "SampleCount", label = "replies" }],
        [local.namespace, "Refused", "Stack", var.name, { label = "refused" }],
      ]
    } },
    { type = "metric", height = 6, properties = {
      title = "Volume: HTTP calls, sockets opened, WebSocket messages both ways"
      metrics = [
        concat(["AWS/ApiGateway", "Count"], local.http, [{ label = "HTTP calls" }]),
        concat(["AWS/ApiGateway", "ConnectCount"], local.socket, [{ label = "sockets" }]),
        concat(["AWS/ApiGateway", "MessageCount"], local.socket, [{ label = "messages" }]),
      ]
    } },
    { type = "metric", height = 6, properties = {
      title   = "Tokens of the model, in and out"
      metrics = [for name in ["InputTokens", "OutputTokens"] : [local.namespace, name, "Stack", var.name]]
    } },
    { type = "log", height = 4, properties = {
      title = "Guests who asked, by UTC day: today's is the last row"
      query = "${local.source}${local.queries.guests-by-day}"
    } },
  ]

  cost = [
    { type = "metric", height = 6, properties = {
      title       = "Cost of the model by UTC day (USD), against daily_limit_usd"
      view        = "bar"
      start       = "-P7D"
      end         = "P0D"
      period      = 86400
      metrics     = [[local.namespace, "Cost", "Stack", var.name]]
      annotations = { horizontal = [{ label = "daily_limit_usd", value = var.daily_limit_usd }, { label = "alarm", value = 0.8 * var.daily_limit_usd }] }
    } },
    { type = "metric", height = 6, properties = {
      title  = "Cost of the model, summed over the last 31 days (USD), against monthly_limit_usd"
      start  = "-P31D"
      end    = "P0D"
      period = 86400
      metrics = [
        [local.namespace, "Cost", "Stack", var.name, { id = "cost", visible = false }],
        [{ id = "spent", expression = "RUNNING_SUM(FILL(cost, 0))", label = "USD" }],
      ]
      annotations = { horizontal = [{ label = "monthly_limit_usd", value = var.monthly_limit_usd }] }
    } },
    { type = "log", height = 6, properties = {
      title = "Cost by guest, over the time shown (USD)"
      query = "${local.source}${local.queries.cost-by-guest}"
    } },
  ]

  health = [
    { type = "metric", height = 6, properties = {
      title = "Errors: failed replies, the function's errors and throttles, HTTP 4xx and 5xx"
      metrics = [
        [local.namespace, "Failed", "Stack", var.name, { label = "failed replies" }],
        ["AWS/Lambda", "Errors", "FunctionName", var.function_name, { label = "function errors" }],
        ["AWS/Lambda", "Throttles", "FunctionName", var.function_name, { label = "function throttles" }],
        concat(["AWS/ApiGateway", "4xx"], local.http),
        concat(["AWS/ApiGateway", "5xx"], local.http),
      ]
    } },
    { type = "log", height = 4, properties = {
      title = "Failed turns by code, over the time shown"
      query = "${local.source}${local.queries.failures-by-code}"
    } },
    { type = "log", height = 6, properties = {
      title = "Error log: the last 20"
      query = "${local.source}${local.queries.errors}"
    } },
    { type = "metric", height = 6, properties = {
      title       = "Memory use: most and mean (MB)"
      metrics     = [for stat in ["Maximum", "Average"] : [local.report_namespace, "MemoryUsed", { stat = stat, label = stat }]]
      annotations = { horizontal = [{ label = "memory_mb", value = var.memory_mb }] }
    } },
    { type = "metric", height = 6, properties = {
      title   = "Start-up of a cold function: p50 and p95 (ms)"
      metrics = [for stat in ["p50", "p95"] : [local.report_namespace, "StartUp", { stat = stat, label = stat }]]
    } },
    { type = "metric", height = 6, properties = {
      title = "Limits met: executions at once, table throttles, the worker's jobs (waiting, given up)"
      stat  = "Maximum"
      metrics = [
        ["AWS/Lambda", "ConcurrentExecutions", "FunctionName", var.function_name],
        ["AWS/DynamoDB", "ReadThrottleEvents", "TableName", var.table_name, { stat = "Sum" }],
        ["AWS/DynamoDB", "WriteThrottleEvents", "TableName", var.table_name, { stat = "Sum" }],
        ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", var.queue, { label = "jobs waiting" }],
        ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", var.dead_letter_queue, { label = "jobs given up" }],
      ]
    } },
  ]
}
