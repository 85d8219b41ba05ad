"""What an account has in no region, one function for each service."""

from collections.abc import Iterator

from scripts.stack.inventory.account import GLOBAL, AwsAccount, Resource, pairs


def cloudfront(account: AwsAccount) -> Iterator[Resource]:
    """CloudFront: distributions and what they refer to."""
    client = account.client("cloudfront", GLOBAL)
    for one in account.pages("cloudfront", "list_distributions", "DistributionList.Items", GLOBAL):
        remove = f"disable, then delete {one['Id']} in the CloudFront console"
        tags = lambda arn=one["ARN"]: pairs(
            client.list_tags_for_resource(Resource=arn)["Tags"]["Items"]
        )
        yield Resource("distribution", one.get("Comment") or one["Id"], one["ARN"], remove, tags)
    start = f"arn:aws:cloudfront::{account.id}:"
    for one in client.list_origin_access_controls()["OriginAccessControlList"].get("Items") or []:
        remove = f"aws cloudfront delete-origin-access-control --id {one['Id']} --if-match ETAG"
        yield Resource(
            "origin access control",
            one["Name"],
            f"{start}origin-access-control/{one['Id']}",
            remove,
        )
    for one in (
        client.list_response_headers_policies(Type="custom")["ResponseHeadersPolicyList"].get(
            "Items"
        )
        or []
    ):
        policy = one["ResponseHeadersPolicy"]
        remove = (
            f"aws cloudfront delete-response-headers-policy --id {policy['Id']} --if-match ETAG"
        )
        name = policy["ResponseHeadersPolicyConfig"]["Name"]
        yield Resource(
            "response headers policy",
            name,
            f"{start}response-headers-policy/{policy['Id']}",
            remove,
        )
    for one in client.list_functions()["FunctionList"].get("Items") or []:
        remove = f"aws cloudfront delete-function --name {one['Name']} --if-match ETAG"
        yield Resource("edge function", one["Name"], one["FunctionMetadata"]["FunctionARN"], remove)


def iam(account: AwsAccount) -> Iterator[Resource]:
    """IAM: roles, the account's own policies, instance profiles."""
    client = account.client("iam")
    for role in account.pages("iam", "list_roles", "Roles"):
        name = role["RoleName"]
        remove = f"detach its policies, then aws iam delete-role --role-name {name}"
        yield Resource(
            "role",
            name,
            role["Arn"],
            remove,
            lambda name=name: pairs(client.list_role_tags(RoleName=name)["Tags"]),
        )
    for policy in account.pages("iam", "list_policies", "Policies", Scope="Local"):
        arn, remove = (
            policy["Arn"],
            f"detach it, then aws iam delete-policy --policy-arn {policy['Arn']}",
        )
        yield Resource(
            "policy",
            policy["PolicyName"],
            arn,
            remove,
            lambda arn=arn: pairs(client.list_policy_tags(PolicyArn=arn)["Tags"]),
        )
    for profile in account.pages("iam", "list_instance_profiles", "InstanceProfiles"):
        name = profile["InstanceProfileName"]
        remove = f"aws iam delete-instance-profile --instance-profile-name {name}"
        yield Resource(
            "instance profile",
            name,
            profile["Arn"],
            remove,
            lambda found=profile: pairs(found.get("Tags") or []),
        )


def budgets(account: AwsAccount) -> Iterator[Resource]:
    """AWS Budgets; an action goes with its budget."""
    client = account.client("budgets", GLOBAL)
    for budget in account.pages(
        "budgets", "describe_budgets", "Budgets", GLOBAL, AccountId=account.id
    ):
        name = budget["BudgetName"]
        arn = f"arn:aws:budgets::{account.id}:budget/{name}"
        remove = f"aws budgets delete-budget --account-id {account.id} --budget-name {name}"
        tags = lambda arn=arn: pairs(
            client.list_tags_for_resource(ResourceARN=arn).get("ResourceTags") or []
        )
        yield Resource("budget", name, arn, remove, tags)
