import htmx from "htmx.org";

// A style element of htmx's own would break the content security policy.
htmx.config.includeIndicatorStyles = false;
