"""People and keys: how they come to be, show who they are, and cease to be let in.

A service that hashes a password takes `begin` instead of a session, and has no transaction open while it hashes: that
takes 20 ms and more, and there are few connections to write on.
"""
