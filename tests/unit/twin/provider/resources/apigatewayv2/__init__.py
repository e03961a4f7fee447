"""Tests of twin/provider/resources/apigatewayv2."""
