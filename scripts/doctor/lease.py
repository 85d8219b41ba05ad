"""What the lease of a worker's machine needs besides: rows as in scripts/doctor/actions.py. Only
`make llm-on BACKEND=worker` does these things, so a deploy does not ask for them."""

from scripts.doctor.actions import need

_GROUP = "arn:aws:ec2:{region}:{account}:security-group/*"
_FLEET = (
    "arn:aws:autoscaling:{region}:{account}:autoScalingGroup:*:autoScalingGroupName/{stack}-worker"
)

LEASE = {
    "aws_instance": need(
        "the worker's machine",
        "arn:aws:ec2:{region}:{account}:instance/*",
        "RunInstances DescribeInstances DescribeInstanceTypes DescribeInstanceAttribute DescribeImages DescribeVolumes DescribeVpcs "
        "TerminateInstances ModifyInstanceAttribute CreateTags ssm:GetParameter",
    ),
    "aws_iam_instance_profile": need(
        "the worker's role",
        "arn:aws:iam::{account}:instance-profile/{stack}-worker",
        "CreateInstanceProfile GetInstanceProfile AddRoleToInstanceProfile RemoveRoleFromInstanceProfile DeleteInstanceProfile "
        "TagInstanceProfile",
    ),
    "aws_security_group": need(
        "the worker's machine",
        _GROUP,
        "CreateSecurityGroup DescribeSecurityGroups RevokeSecurityGroupEgress DeleteSecurityGroup DescribeNetworkInterfaces CreateTags",
    ),
    "aws_vpc_security_group_egress_rule": need(
        "the worker's machine",
        _GROUP,
        "AuthorizeSecurityGroupEgress DescribeSecurityGroupRules RevokeSecurityGroupEgress CreateTags",
    ),
    "aws_cloudwatch_metric_alarm": need(
        "the worker's end",
        "arn:aws:cloudwatch:{region}:{account}:alarm:{stack}-worker*",
        "PutMetricAlarm DescribeAlarms DeleteAlarms ListTagsForResource TagResource iam:CreateServiceLinkedRole",
    ),
    "aws_scheduler_schedule": need(
        "the worker's end",
        "arn:aws:scheduler:{region}:{account}:schedule/default/{stack}-worker",
        "CreateSchedule GetSchedule UpdateSchedule DeleteSchedule",
    ),
    "aws_launch_template": need(
        "the group of workers",
        "arn:aws:ec2:{region}:{account}:launch-template/*",
        "CreateLaunchTemplate DescribeLaunchTemplates DescribeLaunchTemplateVersions CreateLaunchTemplateVersion ModifyLaunchTemplate "
        "DeleteLaunchTemplate DescribeInstanceTypeOfferings CreateTags",
    ),
    "aws_autoscaling_group": need(
        "the group of workers",
        _FLEET,
        "CreateAutoScalingGroup DescribeAutoScalingGroups UpdateAutoScalingGroup DeleteAutoScalingGroup DescribeScalingActivities "
        "CreateOrUpdateTags iam:CreateServiceLinkedRole",
    ),
    "aws_autoscaling_policy": need(
        "the group of workers", _FLEET, "PutScalingPolicy DescribePolicies DeletePolicy"
    ),
}
