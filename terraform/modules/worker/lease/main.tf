# A machine for some hours, and all that only it needs. Everything goes with the lease: what stays costs money or raises questions.

data "aws_region" "current" {}

data "aws_partition" "current" {}

data "aws_caller_identity" "current" {}

# The provider's default tags do not reach the volumes, which EC2 makes by itself.
data "aws_default_tags" "this" {}

# Amazon's own pointer to its newest image, so that a lease begins with today's security fixes.
data "aws_ssm_parameter" "image" {
  name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-${var.machine.architecture}"
}

# Every account has one, unless it was removed. A network of its own would need a NAT gateway, or the same public address.
data "aws_vpc" "default" {
  default = true
}

locals {
  region    = data.aws_region.current.name
  partition = data.aws_partition.current.partition
  account   = data.aws_caller_identity.current.account_id
  name      = "${var.name}-worker"
  tags      = merge(data.aws_default_tags.this.tags, { Name = local.name, Stack = var.name })

  # The last of the four ends, for a machine whose own timer and alarm both failed.
  last_end = timeadd(var.machine.until, "10m")
}

# Nothing comes in: the worker fetches its jobs. Only HTTPS goes out; the VPC's name and time servers need no rule.
resource "aws_security_group" "this" {
  name        = local.name
  description = "A model worker: nothing in, HTTPS out."
  vpc_id      = data.aws_vpc.default.id
}

resource "aws_vpc_security_group_egress_rule" "https" {
  security_group_id = aws_security_group.this.id
  description       = "AWS, the packages and the model."
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}
