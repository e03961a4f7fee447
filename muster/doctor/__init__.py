"""What can be checked before a deployment or a drill without changing anything.

`readers` and the modules beside it read; `checks` turns readings into findings, and is pure.
"""
