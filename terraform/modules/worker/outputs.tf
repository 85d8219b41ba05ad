output "queue_url" {
  description = "Address of the queue of jobs."
  value       = aws_sqs_queue.jobs.url
}

output "queue_arn" {
  description = "ARN of the queue of jobs."
  value       = aws_sqs_queue.jobs.arn
}
