"""What there is to be watched: the metrics that AWS publishes, and the fields of the log's lines.

AWS's pages: Lambda "Types of metrics", API Gateway "Monitor … execution with CloudWatch metrics"
(HTTP and WebSocket), DynamoDB "Metrics and dimensions", SQS "Available CloudWatch metrics", EC2
"List the available CloudWatch metrics", Bedrock "Monitor bedrock-runtime inference", Lambda
"platform.report"."""

# By namespace: the dimensions that its metrics come with, and their names. HTTP and WebSocket APIs
# share one.
_PUBLISHED = {
    "AWS/Lambda": (
        ("FunctionName",),
        ("ConcurrentExecutions", "Duration", "Errors", "Invocations", "Throttles"),
    ),
    "AWS/ApiGateway": (
        ("ApiId", "Stage"),
        ("4xx", "5xx", "Count", "Latency", "ConnectCount", "MessageCount", "ExecutionError"),
    ),
    "AWS/Bedrock": (
        ("ModelId",),
        (
            "InvocationClientErrors",
            "InvocationLatency",
            "InvocationServerErrors",
            "InvocationThrottles",
            "Invocations",
        ),
    ),
    "AWS/DynamoDB": (("TableName",), ("ReadThrottleEvents", "WriteThrottleEvents")),
    "AWS/SQS": (
        ("QueueName",),
        ("ApproximateAgeOfOldestMessage", "ApproximateNumberOfMessagesVisible"),
    ),
    "AWS/EC2": (("InstanceId",), ("CPUUtilization", "StatusCheckFailed")),
}
AWS = {
    namespace: dict.fromkeys(names, dimensions)
    for namespace, (dimensions, names) in _PUBLISHED.items()
}

# Insights' own field, the function's lines (handler/telemetry/log.py) and its turns', and Lambda's
# report.
FIELDS = {
    "@timestamp",
    *("event", "request_id", "ms", "error"),
    *(
        "outcome",
        "code",
        "guest_id",
        "model",
        "backend",
        "input_tokens",
        "output_tokens",
        "cost_usd",
        "first_delta_ms",
        "reply_id",
    ),
    *("type", "record.metrics.maxMemoryUsedMB", "record.metrics.initDurationMs"),
}
