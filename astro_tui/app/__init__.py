"""The running application: it opens the first screen, owns the terminal driver, and keeps keys in order.

Start it through `app`. Only the command line may import this package.
"""
