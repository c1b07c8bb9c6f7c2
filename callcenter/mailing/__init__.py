"""Reports by e-mail: made, and handed to the site's mail server."""
