"""The figures of docs/performance.md, measured as ratios: ours and a bare reference alternate in one run.

Absolute rates of a shared machine mean little; the ratio of two rates taken in the same seconds means more. Every
server runs in a process of its own on one core, whoever loads it on another.
"""
