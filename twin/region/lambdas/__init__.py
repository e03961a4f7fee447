"""Lambda in one Region: execution environments, their Runtime API, and Invoke."""
