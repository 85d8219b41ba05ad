"""Bedrock's runtime API on this machine, in front of a real language model."""
