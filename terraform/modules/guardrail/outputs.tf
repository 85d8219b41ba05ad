output "id" {
  description = "Id of the guardrail."
  value       = aws_bedrock_guardrail.this.guardrail_id
}

output "arn" {
  description = "ARN of the guardrail."
  value       = aws_bedrock_guardrail.this.guardrail_arn
}

output "version" {
  description = "The published version with these settings."
  value       = aws_bedrock_guardrail_version.this.version
}
