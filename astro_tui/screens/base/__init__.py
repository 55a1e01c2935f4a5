"""What all screens share: the page with its header and hints, requests, refreshes, and the menus.

Every other package of `screens` may import this one; it imports none of them.
"""
