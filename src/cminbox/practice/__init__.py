"""(docstring of practice)"""
