"""Show a plan and a running drill: text, live view, plain and JSON lines."""
