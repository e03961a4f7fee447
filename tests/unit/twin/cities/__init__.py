"""Tests of the cities' resolvers, with fakes in place of name servers."""
