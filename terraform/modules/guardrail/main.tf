locals {
  # Bedrock's content filters, and where each looks: an attack on the prompt can only come in, so its filter has to be
  # off on the way out.
  filters = {
    HATE          = { input = var.strength, output = var.strength }
    INSULTS       = { input = var.strength, output = var.strength }
    MISCONDUCT    = { input = var.strength, output = var.strength }
    PROMPT_ATTACK = { input = var.strength, output = "NONE" }
    SEXUAL        = { input = var.strength, output = var.strength }
    VIOLENCE      = { input = var.strength, output = var.strength }
  }
}

resource "aws_bedrock_guardrail" "this" {
  name                      = var.name
  description               = "What the chat neither takes nor says."
  blocked_input_messaging   = var.blocked_message
  blocked_outputs_messaging = var.blocked_message

  content_policy_config {
    dynamic "filters_config" {
      for_each = local.filters

      content {
        type            = filters_config.key
        input_strength  = filters_config.value.input
        output_strength = filters_config.value.output
      }
    }
  }
}

# What the function applies: a version never changes under a running turn, as the draft would.
resource "aws_bedrock_guardrail_version" "this" {
  guardrail_arn = aws_bedrock_guardrail.this.guardrail_arn
  description   = "As declared."

  lifecycle {
    # A version is a copy: other settings need another one, and the function has it before the old one goes.
    replace_triggered_by  = [aws_bedrock_guardrail.this]
    create_before_destroy = true
  }
}
