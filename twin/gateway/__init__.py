"""The one AWS endpoint: sends each call to the process that answers it."""
