"""The Lambda function behind both APIs of Forever Us."""

__version__ = "0.1.0"
