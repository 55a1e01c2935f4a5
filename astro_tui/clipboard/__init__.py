"""What can be copied, and the ways to reach the user's clipboard.

`offers` lists the texts that can be copied; `ways` sends one to a clipboard tool, tmux, the terminal, or a file. Both
block, so call them in a worker thread. Depends on `state`, `platform`, `document`, and `text`; knows no screen library.
"""
