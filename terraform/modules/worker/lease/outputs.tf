output "instance_id" {
  description = "Id of the machine."
  value       = aws_instance.this.id
}
