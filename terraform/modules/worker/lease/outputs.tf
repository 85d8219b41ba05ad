output "instance_id" {
  description = "Id of the machine. Null where a group has them."
  value       = one(aws_instance.this[*].id)
}

output "log_group" {
  description = "Name of the log group in which a machine says how its start went."
  value       = aws_cloudwatch_log_group.this.name
}

output "role_name" {
  description = "Name of the role that the worker runs as."
  value       = aws_iam_role.worker.name
}
