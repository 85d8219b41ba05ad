output "queue_url" {
  description = "Address of the queue of jobs."
  value       = aws_sqs_queue.jobs.url
}

output "queue_arn" {
  description = "ARN of the queue of jobs."
  value       = aws_sqs_queue.jobs.arn
}

output "instance_id" {
  description = "Id of the leased machine. Null without one."
  value       = one(module.lease[*].instance_id)
}

output "log_group" {
  description = "Name of the log group in which a machine says how its start went. Null without a lease."
  value       = one(module.lease[*].log_group)
}
