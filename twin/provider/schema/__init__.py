"""How resource types are declared, and how declared properties map to AWS's parameters."""
