"""What the user can do to a deployment. Each action is previewed, confirmed, sent once, followed, and recorded.

`kinds` has the actions, and `allowed` says which of them work now. `preview` shows one before it happens, `arming`
turns a confirmed preview into a permit, and `run` sends it. `follow` watches its effect, and `journal` keeps a
record of it on disk. Knows no screen library.
"""
