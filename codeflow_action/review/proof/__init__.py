"""Claims that code can check."""

from enum import StrEnum


class ClaimKind(StrEnum):
    """What a remark rests on."""

    UNDEFINED = "undefined"
    UNUSED = "unused"
    NEVER_CALLED = "never_called"
    MISSING_TEST = "missing_test"
    WAS_REMOVED = "was_removed"
    DUPLICATE_OF = "duplicate_of"
    FILE_MISSING = "file_missing"
    NOT_HANDLED_IN_CALLER = "not_handled_in_caller"
    OTHER = "other"
