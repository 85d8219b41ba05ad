output "queue_url" {
  description = "Address of the queue of jobs. Null without one."
  value       = one(aws_sqs_queue.jobs[*].url)
}

output "lease" {
  description = "What is leased until when, with the machine's instance_id. Null without a lease."
  value       = one([for lease in module.lease : merge(var.machine, { instance_id = lease.instance_id })])
}

output "log_group" {
  description = "Name of the log group in which a machine says how its start went."
  value       = aws_cloudwatch_log_group.this.name
}
