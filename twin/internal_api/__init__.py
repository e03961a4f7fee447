"""HTTP between the processes of a twin: message schemas, client, server."""
