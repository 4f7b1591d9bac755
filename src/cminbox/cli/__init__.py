"""(docstring of cli)"""
