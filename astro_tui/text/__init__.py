"""Text from outside made safe, and the wording of times and counts: pure functions that use no other package.

`foreign` makes control characters visible and measures cells, `redaction` masks secrets, `times` formats ages and
counts, `common_prefix` finds the part in which two texts differ, and `fingerprint` identifies a text without keeping
it.
"""
