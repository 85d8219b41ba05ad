"""The function's own metrics: what each is called, counted in, and told apart by. Terraform's
dashboard and alarms name the same ones, and a test holds them against this table.

AWS gives ten custom metrics for nothing, and each set of dimension values is one. These are eight,
as one backend answers at a time; Terraform's two metric filters (memory and start-up) make ten."""

NAMESPACE = "ForeverUs"
STACK, BACKEND = "Stack", "Backend"

# By name: CloudWatch's unit, and the dimensions.
METRICS: dict[str, tuple[str, tuple[str, ...]]] = {
    # 0 or 1 for each reply that was asked for: the samples are the replies, the mean is the share
    # that failed.
    "Failed": ("Count", (STACK,)),
    # From the question to the first words, and to the last.
    "FirstDelta": ("Milliseconds", (STACK,)),
    "ReplyTime": ("Milliseconds", (STACK,)),
    "InputTokens": ("Count", (STACK,)),
    "OutputTokens": ("Count", (STACK,)),
    # US dollars, a unit that CloudWatch does not know.
    "Cost": ("None", (STACK,)),
    # 0 or 1: whether the model of the first choice answered, asked by a guest or by the probe.
    "Availability": ("Count", (STACK, BACKEND)),
    # 1 for each call that the door refused.
    "Refused": ("Count", (STACK,)),
}
