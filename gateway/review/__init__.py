"""Policies looked at before they go live, and after: check, explain, compare, backtest."""
