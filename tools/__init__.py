"""Sets the checkout up, runs `make up`, and checks the code; nothing of it is deployed."""
