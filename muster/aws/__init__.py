"""AWS as the tool reaches it: clients, credentials, and which account they act on."""
