"""Random calls, hostile functions, and the judgement of what they left."""
