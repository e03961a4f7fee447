"""Tests of twin/provider/resources/ec2."""
