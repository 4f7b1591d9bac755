"""(docstring of sync)"""
