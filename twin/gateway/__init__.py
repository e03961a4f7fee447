"""The one AWS endpoint: forwards each API call to the process that serves it."""
