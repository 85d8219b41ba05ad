"""Read-only checks before a deploy: one line a check, and each failure with its fix.

from scripts.doctor import examine"""

from scripts.doctor.run import examine

__all__ = ["examine"]
