"""Derivatives as formulas: a graph becomes terms, the chain rule runs over them, terms become a graph again.

Read `terms` first, over `coefficients` (exact numbers) and `identities` (what is known of single functions), then
`normal_form`, `factor`, `derive`, `conditions`, `formulas`. How a derivative comes about is told by `applied`, over
`rule_forms` (rules with letters) and `simplified` (what a simplification did).
"""
