"""A stack's dashboard as a picture: for the handbook, and for a stack in the emulator, which keeps a dashboard and shows none.

The body is the one that Terraform applied. The function's own metrics come out of the log's lines as CloudWatch would read them (the
embedded metric format), AWS's from the CloudWatch that the stack has; what that one does not count, such as API Gateway's in the emulator,
is drawn as without data.
"""
