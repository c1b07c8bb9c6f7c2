"""The administration pages, one module for each thing that is looked after.

Agents, their telephones, customers' passwords and webhooks are for administrators. What a support
team works with, the directory and the categories, and who did what, is a supervisor's as well.
"""

from callcenter.web.pages.admin import (
    agents,
    categories,
    companies,
    contacts,
    customers,
    directory,
    duplicates,
    imports,
    index,
    synchronisation,
    telephones,
    trail,
    webhooks,
)

PAGES = (
    index,
    agents,
    telephones,
    directory,
    companies,
    contacts,
    customers,
    duplicates,
    imports,
    synchronisation,
    categories,
    webhooks,
    trail,
)

routes = [route for module in PAGES for route in module.routes]
