"""(docstring of inbox)"""
