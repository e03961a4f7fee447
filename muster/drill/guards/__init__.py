"""Guards: the rules that allow, hold or refuse a step."""
