"""What sets the checkout up and drives it: no part of the product that gets deployed."""
