"""Conversations with an agent: what the stream says about a turn, the stored history, and the forms of questions.

`turn` has the values, and is pure, like `form`. `talk` follows one conversation on threads of its own, `writing` makes
a text safe while it is written, and `words` says how a turn went.
"""
