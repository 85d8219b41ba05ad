"""The Lambda function behind both APIs of Forever Us."""

__version__ = "0.2.0"
