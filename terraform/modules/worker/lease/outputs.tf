output "instance_id" {
  description = "Id of the machine. Null where a group has them."
  value       = one(aws_instance.this[*].id)
}

output "role_name" {
  description = "Name of the role that the worker runs as."
  value       = aws_iam_role.worker.name
}
