"""django-helpdesk, by its REST interface."""
