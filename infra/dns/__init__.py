"""The DNS front door: Route 53's names, and an HTTP API in each Region behind them."""
