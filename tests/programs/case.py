# SPDX-License-Identifier: Apache-2.0
"""A table of cases, filled by decorating functions."""
import collections

Case = collections.namedtuple('Case', 'play needs')


def table():
    """A new table and the decorator that fills it: @case('program', …) names what a case needs."""
    cases = {}

    def case(*needs):
        def add(play):
            cases[play.__name__] = Case(play, needs)
            return play
        return add
    return cases, case
