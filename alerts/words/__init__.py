"""All words and figures of the mails. Nothing outside turns a number into "%", "points", "weeks", a date or money."""
