"""Walks a stack through its whole life in a sandbox account, and writes down times and texts.

python -m tools.rehearsal run --stack sandbox --record sandbox.json
python -m tools.rehearsal compare twin.json sandbox.json
"""
